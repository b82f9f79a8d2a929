import { guarded } from '../../../connect/client/errors.ts';
import type { StatementOf } from '../../../sql/ast/statement.ts';
import { maskConfig } from '../../connectors/mask.ts';
import { PlanningWorld } from '../../planning-world.ts';
import type { Answer, Call } from '../call.ts';
import { checkCreateConnector } from './check-create.ts';
import { dryRun } from './dry-run.ts';
import { requireConnect } from './names.ts';
import { ofText, validationError } from './problems.ts';

/**
 * EXPLAIN CREATE [OR REPLACE] CONNECTOR: checks the settings, compares them with the connector's current ones, and
 * examines what would be written. Real values are compared, so that a changed secret is noticed; masked ones are shown.
 * Nothing is executed. @throws SluiceError STATEMENT with every problem
 */
export async function explainConnector(statement: StatementOf<'CreateConnector'>, call: Call): Promise<Answer> {
  const { services } = call;
  const connect = requireConnect(services);
  const checked = await checkCreateConnector(
    { ...statement, orReplace: true, ifNotExists: false },
    { ...call, world: new PlanningWorld(services, services.catalog.current, 0) },
  );
  const { config, replaces } = checked;
  const before =
    replaces === undefined
      ? {}
      : (await guarded(() => connect.info(replaces), 'Failed to describe connector: ')).config;
  const [shownBefore, shownAfter] = [await maskConfig(connect, before), await maskConfig(connect, config)];
  const keys = [...new Set([...Object.keys(before), ...Object.keys(config)])].filter((key) => key !== 'name');
  const changed = keys.filter((key) => before[key] !== config[key]);
  // An unchanged connector shows by itself what it writes.
  const { topics, notes, problem } =
    changed.length === 0 ? { topics: [], notes: [] } : await dryRun(statement, checked, call);
  if (problem !== undefined) throw validationError([ofText(problem)], statement);
  return {
    kind: 'connector_difference',
    connectorName: replaces ?? statement.name.name,
    exists: replaces !== undefined,
    changes: changed.map((name) => ({ name, from: shownBefore[name] ?? null, to: shownAfter[name] ?? null })),
    topics,
    notes,
  };
}
