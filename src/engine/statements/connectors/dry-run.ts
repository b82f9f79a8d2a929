import { messageOf } from '../../../base/errors.ts';
import type { PreviewedSource } from '../../../connect/client/api.ts';
import type { StatementOf } from '../../../sql/ast/statement.ts';
import { columnMeant, sqlNames } from '../../connectors/column-names.ts';
import { declarationStatement, nameFor } from '../../connectors/declare-sources.ts';
import { hiderOf } from '../../connectors/mask.ts';
import type { PlannedTopic } from '../../connector-results.ts';
import type { Services } from '../../services.ts';
import type { Call } from '../call.ts';
import type { CheckedConnector } from './check-create.ts';
import { requireConnect } from './names.ts';

/** What a connector with valid settings would create and read; `problem`: why it could not start. */
export interface DryRun {
  readonly topics: readonly PlannedTopic[];
  readonly notes: readonly string[];
  readonly problem?: string | undefined;
}

/** Examines what would be written, without writing anything. Rows are shown only to callers that may read. */
export async function dryRun(
  { name: { name: written }, type }: StatementOf<'CreateConnector'>,
  { config, replaces, notes = [] }: CheckedConnector,
  { services, session }: Call,
): Promise<DryRun> {
  const connect = requireConnect(services);
  const name = replaces ?? written;
  const mayRead = session.caller.may({ right: 'read' });
  let preview: PreviewedSource | undefined;
  try {
    preview = await connect.embedded?.preview(name, config);
  } catch (error) {
    return { topics: [], notes, problem: (await hiderOf(connect, config))(messageOf(error)) };
  }
  const names = new Map<string, string>();
  return {
    topics: (preview?.topics ?? []).map((topic) =>
      planned(name, mayRead ? topic : { ...topic, rows: [] }, services, names),
    ),
    notes: [
      ...notes,
      ...(preview?.remarks ?? []),
      ...(preview === undefined && type === 'SOURCE'
        ? ['Topics and rows of this connector are known when it runs, not before']
        : []),
    ],
  };
}

function planned(
  connector: string,
  { declaration, origins, rows }: PreviewedSource['topics'][number],
  { catalog }: Services,
  names: Map<string, string>,
): PlannedTopic {
  const naming = nameFor(connector, declaration, catalog.current, names);
  const { name } = naming;
  const isDeclared =
    declaration.declare && declaration.keyFormat !== undefined && declaration.valueFormat !== undefined;
  const taken = isDeclared ? naming.taken : undefined;
  if (isDeclared) names.set(name, declaration.topic);
  const { key } = declaration;
  return {
    topic: declaration.topic,
    partitions: declaration.partitions,
    name: isDeclared ? name : null,
    kind: declaration.isTable ? 'TABLE' : 'STREAM',
    statement: isDeclared && taken === undefined ? declarationStatement(connector, declaration, name) : null,
    note:
      taken === undefined
        ? [declaration.note, naming.apart].filter((text) => text !== undefined).join('. ') || null
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
