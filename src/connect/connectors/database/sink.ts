import type { Config, ConfigProblem } from '../../api/config-spec.ts';
import type { KnownSchemas, ProbeContext, SinkImplementation } from '../../api/connector.ts';
import { ConnectError } from '../../api/errors.ts';
import type { SinkRecord } from '../../api/record.ts';
import type { ConnectSchema } from '../../api/schema.ts';
import { targetOf } from './connecting.ts';
import type { Connection, Dialect } from './dialect.ts';
import { isCaseBlind, sharedByCase } from './shared-tables.ts';
import { sinkChoices } from './sink-choices.ts';
import { planFor } from './sink-plan.ts';
import { checkTarget } from './sink-table.ts';
import { DatabaseSinkTask } from './sink-task.ts';
import { splitName } from './table-names.ts';
import { OneConfigSinkConnector } from '../internal/one-config-sink.ts';

async function probe(dialect: Dialect, config: Config, { schemas }: ProbeContext): Promise<readonly ConfigProblem[]> {
  const target = targetOf(dialect, config);
  let connection: Connection | undefined;
  try {
    if ((await dialect.writing.isThere?.(target)) === false)
      return dialect.writing.caseBlind === true ? sharedTables(dialect, config) : [];
    connection = await dialect.connect(target, { name: 'sluice-validate', access: 'write' });
    const shared = (await isCaseBlind(dialect.writing, connection)) ? sharedTables(dialect, config) : [];
    if (shared.length > 0) return shared;
    return await misfits(dialect, connection, config, schemas);
  } catch (error) {
    return [dialect.errors.problem(error, target)];
  } finally {
    await connection?.end().catch(() => {});
  }
}

function sharedTables(dialect: Dialect, config: Config): ConfigProblem[] {
  const { tables } = sinkChoices(config, config.raw['name'] ?? '', dialect);
  const message = sharedByCase(tables, topicsOf(config));
  return message === undefined ? [] : [{ key: 'topics', message }];
}

function topicsOf(config: Config): string[] {
  return (config.raw['topics'] ?? '').split(',').map((t) => t.trim());
}

/**
 * Existing tables that cannot hold the rows of their topics, if the schemas are known: reported before the first row.
 */
async function misfits(
  dialect: Dialect,
  connection: Connection,
  config: Config,
  schemas: ProbeContext['schemas'],
): Promise<ConfigProblem[]> {
  const choices = sinkChoices(config, config.raw['name'] ?? '', dialect);
  const problems: ConfigProblem[] = [];
  for (const topic of topicsOf(config)) {
    const known = schemas(topic);
    if (known === undefined) continue;
    const target = await dialect.writing.readTarget(connection, splitName(choices.tables.of(topic)));
    if (target === undefined) continue;
    const settings = choices.appended.has(topic) ? choices.appending : choices.settings;
    try {
      checkTarget(
        dialect,
        target,
        planFor(settings, anyRecord(topic, known)),
        choices.ddl,
        settings.insertMode === 'upsert',
      );
    } catch (error) {
      if (!(error instanceof ConnectError)) throw error;
      problems.push({ key: 'topics', message: `The rows of topic ${topic} do not fit their table: ${error.message}` });
    }
  }
  return problems;
}

/** A record of these schemas, whose values are not read. */
function anyRecord(topic: string, { key, value }: KnownSchemas): SinkRecord {
  const of = (schema: ConnectSchema | null): unknown => (schema === null ? null : []);
  return {
    topic,
    originalTopic: topic,
    partition: 0,
    offset: 0,
    keySchema: key,
    key: of(key),
    valueSchema: value,
    value: of(value),
    timestamp: undefined,
    headers: [],
  };
}

export function sinkImplementation(dialect: Dialect): SinkImplementation {
  return {
    probe: (config, context) => probe(dialect, config, context),
    createConnector: () => new OneConfigSinkConnector(),
    createTask: () => new DatabaseSinkTask(dialect),
  };
}
