import { Config } from '../../api/config-spec.ts';
import type { Choice, ChoiceContext, ProbeContext } from '../../api/connector.ts';
import type { Connection, Dialect } from './dialect.ts';
import { choiceOfQuery } from './query-source.ts';
import { sourceContext, type SourceContext } from './source-settings.ts';
import { CONNECTION } from './connection-keys.ts';
import { choiceOf } from './source-tables.ts';
import { fullName } from './table-names.ts';
import { problemsOf } from './source-probe.ts';

/**
 * The mode of a source that names none: change capture if the database provides it for all chosen tables; otherwise the
 * default, with what capture would need. The choice is stored in the settings and never changes by itself.
 */
export async function choose(dialect: Dialect, config: Config, context: ChoiceContext): Promise<Choice> {
  const { capture } = dialect.reading;
  const source = sourceContext(dialect, config);
  const nothing = { settings: {}, notes: [] };
  const isQuery = source.settings.query !== '';
  if (capture === undefined && !isQuery) return nothing;
  let connection: Connection | undefined;
  try {
    connection = await dialect.connect(source.target, { name: 'sluice-validate', access: 'read' });
  } catch {
    // Reported by the probe, with the setting at fault.
  }
  if (isQuery || capture === undefined) {
    try {
      return await withProblems(connection, source, await choiceOfQuery(connection, source, context.name), context);
    } finally {
      await connection?.end().catch(() => {});
    }
  }
  if (connection === undefined) return nothing;
  try {
    const { tables, leftOut } = await choiceOf(connection, { ...source, capture }, (p) => context.refusal(p));
    // Of all tables those that the mode cannot read are left out, and said with the connector.
    const leavesOut = source.settings.lists.whitelist.length === 0 && tables.length > 0;
    const unfit = leavesOut ? [] : leftOut.filter(({ table, reason }) => reason === table.uncaptured);
    const needs = [
      ...unfit.map(({ table, reason }) => `another table than ${fullName(table)} (${reason})`),
      ...(await capture.needs(connection, source, context.name, tables)),
    ];
    const choice: Choice =
      needs.length === 0
        ? { settings: { mode: capture.name }, notes: [] }
        : {
            settings: {},
            notes: [
              `Mode ${source.settings.mode}: the database is asked for new and changed rows, deleted ones stay in the tables here. Mode ${capture.name} sees every change as it is committed; it needs ${needs.map((need) => need.replace(/;$/, '')).join('; and ')}`,
            ],
          };
    const unnamed = /^(?:jdbc:)?\w+:\/\/[^/?]*\/?(?:\?|$)/.test(config.get(CONNECTION.connectionUrl))
      ? [`The URL names no database: ${source.target.database} is read`]
      : [];
    return await withProblems(connection, source, { ...choice, notes: [...choice.notes, ...unnamed] }, context);
  } catch (error) {
    context.env.logger.warn(`The mode could not be chosen: ${dialect.errors.reasonOf(error)}`);
    return nothing;
  } finally {
    await connection.end().catch(() => {});
  }
}

/** Adds the probe's result for the chosen settings, so that one connection serves both. */
async function withProblems(
  connection: Connection | undefined,
  { dialect, config }: SourceContext,
  choice: Choice,
  context: ProbeContext,
): Promise<Choice> {
  if (connection === undefined) return choice;
  try {
    const source = sourceContext(dialect, Config.of({ ...config.raw, ...choice.settings }));
    return { ...choice, problems: await problemsOf(connection, source, context) };
  } catch {
    // Reported by the probe, which then connects again.
    return choice;
  }
}
