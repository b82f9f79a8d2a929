import { isSluiceError } from '../../../base/errors.ts';
import type { StatementOf } from '../../../sql/ast/statement.ts';
import { formatString } from '../../../sql/printer/names.ts';
import { maskConfig } from '../../connectors/mask.ts';
import { PlanningWorld } from '../../planning-world.ts';
import type { ConfigInfos } from '../../../connect/client/api.ts';
import type { ConnectorValidation, SettingState } from '../../connector-results.ts';
import type { Answer, Call } from '../call.ts';
import { checkCreateConnector, type CheckedConnector } from './check-create.ts';
import { dryRun } from './dry-run.ts';
import { requireConnect } from './names.ts';

/** The beginning of the message that has a line for each problem. */
const PROBLEMS = 'Validation error: ';

/** The statement that validates a connector of Connect's REST API. */
export function validateStatement(name: string, config: object): string {
  return `VALIDATE CONNECTOR FROM ${formatString(JSON.stringify({ name, config }))};`;
}

/**
 * VALIDATE CONNECTOR: what CREATE would report and do. Lists every problem, the settings with short forms expanded, the
 * topics with their columns and first rows, and the statements that would declare them. Nothing is created.
 */
export async function validateConnector(
  { connector: statement }: StatementOf<'ValidateConnector'>,
  call: Call,
): Promise<Answer> {
  const { services } = call;
  let checked: CheckedConnector;
  let settings: readonly SettingState[] = [];
  const onInfos = ({ configs }: ConfigInfos): void => {
    settings = configs.map(({ value: { name, visible, recommended_values: recommended } }) => ({
      name,
      visible,
      recommended,
    }));
  };
  try {
    const world = new PlanningWorld(services, services.catalog.current, 0);
    checked = await checkCreateConnector({ ...statement, ifNotExists: false }, { ...call, world }, onInfos);
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
      settings,
    });
  }
  const { topics, notes, problem } = await dryRun(statement, checked, call);
  return answer(
    {
      connectorName: checked.replaces ?? statement.name.name,
      isValid: problem === undefined,
      problems: problem === undefined ? [] : [problem],
      hint: null,
      config: await maskConfig(requireConnect(services), checked.config),
      topics,
      settings,
    },
    notes,
  );
}

function answer(validation: ConnectorValidation, notes: readonly string[] = []): Answer {
  return { kind: 'connector_validation', ...validation, notes };
}
