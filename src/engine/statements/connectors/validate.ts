import { isSluiceError, messageOf } from '../../../base/errors.ts';
import type { ConnectClient, ConnectorConfig, PreviewedSource } from '../../../connect/client/api.ts';
import type { StatementOf } from '../../../sql/ast/statement.ts';
import { columnMeant, sqlNames } from '../../connectors/column-names.ts';
import { declarationStatement, sourceName } from '../../connectors/declare-sources.ts';
import { hiderOf, maskConfig } from '../../connectors/mask.ts';
import { PlanningWorld } from '../../planning-world.ts';
import type { ConnectorValidation, PlannedTopic } from '../../results.ts';
import type { Services } from '../../services.ts';
import type { Answer, Call } from '../call.ts';
import { checkCreateConnector, type CheckedConnector } from './check-create.ts';
import { requireConnect } from './names.ts';

/** How the message begins that has a line for each problem. */
const PROBLEMS = 'Validation error: ';

/**
 * VALIDATE CONNECTOR: what CREATE would say and do. Every problem, the settings with all that short forms stand for,
 * the topics with their columns and first rows, the statements that would declare them. Nothing is made.
 */
export async function validateConnector(
  { connector: statement }: StatementOf<'ValidateConnector'>,
  call: Call,
): Promise<Answer> {
  const { services } = call;
  const connect = requireConnect(services);
  let checked: CheckedConnector;
  try {
    const world = new PlanningWorld(services, services.catalog.current, 0);
    checked = await checkCreateConnector({ ...statement, ifNotExists: false }, { ...call, world });
  } catch (error) {
    if (!isSluiceError(error)) throw error;
    const problems = error.message.startsWith(PROBLEMS)
      ? error.message.slice(PROBLEMS.length).split('\n')
      : [error.message];
    return answer({
      connectorName: statement.name.name,
      isValid: false,
      problems,
      hint: error.hint ?? null,
      config: {},
      topics: [],
    });
  }
  const name = checked.replaces ?? statement.name.name;
  // Rows are for those who may read.
  const mayRead = call.session.caller.may({ right: 'read' });
  const { preview, problem } = await lookAhead(connect, name, checked.config);
  return answer(
    {
      connectorName: name,
      isValid: problem === undefined,
      problems: problem === undefined ? [] : [problem],
      hint: null,
      config: await maskConfig(connect, checked.config),
      topics: (preview?.topics ?? []).map((topic) => planned(name, mayRead ? topic : { ...topic, rows: [] }, services)),
    },
    [
      ...(checked.notes ?? []),
      ...(preview?.remarks ?? []),
      ...(preview === undefined && problem === undefined && statement.type === 'SOURCE'
        ? ['Topics and rows of this connector are known when it runs, not before']
        : []),
    ],
  );
}

function answer(validation: ConnectorValidation, notes: readonly string[] = []): Answer {
  return { kind: 'connector_validation', ...validation, notes };
}

async function lookAhead(
  connect: ConnectClient,
  name: string,
  config: ConnectorConfig,
): Promise<{ readonly preview?: PreviewedSource | undefined; readonly problem?: string }> {
  try {
    return { preview: await connect.embedded?.preview(name, config) };
  } catch (error) {
    return { problem: (await hiderOf(connect, config))(messageOf(error)) };
  }
}

function planned(
  connector: string,
  { declaration, origins, rows }: PreviewedSource['topics'][number],
  { catalog }: Services,
): PlannedTopic {
  const name = sourceName(declaration.name);
  const isDeclared =
    declaration.declare && declaration.keyFormat !== undefined && declaration.valueFormat !== undefined;
  const taken = isDeclared ? catalog.current.source(name) : undefined;
  const { key } = declaration;
  return {
    topic: declaration.topic,
    partitions: declaration.partitions,
    name: isDeclared ? name : null,
    kind: declaration.isTable ? 'TABLE' : 'STREAM',
    statement: isDeclared && taken === undefined ? declarationStatement(connector, declaration, name) : null,
    note:
      taken === undefined
        ? (declaration.note ?? null)
        : `The name ${name} is taken by a ${taken.kind.toLowerCase()} over topic ${taken.topic.name}`,
    columns: sqlNames(declaration).named.map(({ name: column, column: { name: written, type } }) => {
      const origin = columnMeant(written, origins);
      return {
        name: column,
        type,
        isKey: key.some((k) => k.name === written),
        sourceType: origin?.type ?? null,
        loss: origin?.loss ?? null,
      };
    }),
    rows,
  };
}
