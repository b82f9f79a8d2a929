import { messageOf } from '../../base/errors.ts';
import {
  ConnectRequestError,
  type ConnectClient,
  type ConnectorConfig,
  type SourceDeclaration,
} from '../../connect/client/api.ts';
import type { RegistrySchema } from '../../formats/api.ts';
import type { Log } from '../../log/api.ts';
import type { Services } from '../services.ts';
import { columnMeant } from './column-names.ts';
import { inferTopic, schemaIdsOf } from './infer-topic.ts';
import { sampleTopic } from './sample-topic.ts';

const POLL_MS = 300;
const READ_TIMEOUT_MS = 2000;

/**
 * What may be declared over the topics of a source connector of a Connect cluster, by what it really wrote. Waits up to
 * `waitMs` for its first records, and not longer than its tasks live.
 * @param only these topics are looked at and waited for
 */
export async function clusterDeclarations(
  connect: ConnectClient,
  connector: string,
  waitMs: number,
  services: Services,
  only?: ReadonlySet<string>,
): Promise<SourceDeclaration[]> {
  const { timers, clock } = services.env;
  const deadline = clock.monotonicMs() + waitMs;
  const config = await connect.config(connector);
  if (config['sql.declare'] === 'false') return [];
  const found = new Map<string, SourceDeclaration>();
  let topics: readonly string[] = [];
  let quiet = 0;
  const inspect = async (): Promise<boolean> => {
    const before = topics.length;
    topics = await topicsOf(connect, connector, config, services.log);
    for (const topic of topics) {
      if (found.has(topic) || isOwnTopic(topic, config) || (only !== undefined && !only.has(topic))) continue;
      const declaration = await declarationOf(connector, topic, config, services);
      if (declaration) found.set(topic, declaration);
    }
    // A snapshot reads one table after the other: stop when no topic has appeared for a while.
    quiet = found.size > 0 && topics.length === before ? quiet + 1 : 0;
    return quiet >= 3 || clock.monotonicMs() >= deadline || (await hasFailed(connect, connector));
  };
  try {
    while (!(await inspect())) await timers.sleep(POLL_MS);
  } catch (error) {
    // The connector exists nevertheless, and what it writes is declared later.
    services.env.logger.warn('Looking for the topics of a connector failed', { connector, error: messageOf(error) });
  }
  return [...found.values()].toSorted((a, b) => (a.topic < b.topic ? -1 : 1));
}

/** The topics that a source connector has written. A cluster may not track them; then the topics with its prefix. */
export async function topicsOf(
  connect: ConnectClient,
  connector: string,
  config: ConnectorConfig,
  log: Log,
): Promise<readonly string[]> {
  try {
    return await connect.topics(connector);
  } catch (error) {
    // The response is "Topic tracking is disabled."
    if (!(error instanceof ConnectRequestError) || error.status !== 403) throw error;
  }
  const own = [config['topic'], config['kafka.topic']];
  const prefix = config['topic.prefix'];
  const all = (await log.admin.listTopics()).map((t) => t.name);
  return all.filter(
    (name) => own.includes(name) || (prefix !== undefined && name !== prefix && name.startsWith(prefix)),
  );
}

async function hasFailed(connect: ConnectClient, connector: string): Promise<boolean> {
  const { connector: own, tasks } = await connect.status(connector);
  return (
    own.state === 'FAILED' ||
    own.state === 'STOPPED' ||
    own.state === 'PAUSED' ||
    (tasks.length > 0 && tasks.every((t) => t.state === 'FAILED'))
  );
}

async function declarationOf(
  connector: string,
  topic: string,
  config: ConnectorConfig,
  services: Services,
): Promise<SourceDeclaration | undefined> {
  const { log, env, registry } = services;
  const records = await sampleTopic(log, topic, () => env.clock.monotonicMs(), READ_TIMEOUT_MS);
  if (records.length === 0) return undefined;
  const schemas = new Map<number, RegistrySchema>();
  const problems: string[] = [];
  for (const id of schemaIdsOf(records)) {
    try {
      const schema = await registry.schemaById(id);
      if (schema) schemas.set(id, schema);
    } catch (error) {
      problems.push(messageOf(error));
    }
  }
  const inferred = inferTopic(records, schemas);
  const entity = entityOf(topic, config);
  const prefix = config['sql.name.prefix'];
  const hasKey = inferred.keyed && inferred.keyFormat !== undefined && inferred.key.length > 0;
  const isEvent = inferred.notes.some((note) => note.startsWith('These are change events'));
  const notes = [...inferred.notes, ...problems];
  if (inferred.valueFormat === undefined)
    notes.push(`SQL reads no format that fits the records of ${topic}: declare it yourself, or set value.converter`);
  return {
    connector,
    topic,
    entity,
    name: prefix === undefined ? `${connector}_${entity}` : `${prefix}${entity}`,
    key: hasKey ? inferred.key : [],
    // The record of a row repeats its key in the value, in another case where formats differ.
    value: hasKey
      ? inferred.value.filter((v) => !inferred.key.some((k) => columnMeant(k.name, inferred.value) === v))
      : inferred.value,
    keyFormat: hasKey ? inferred.keyFormat : 'KAFKA',
    valueFormat: inferred.valueFormat,
    isTable: hasKey && isRowSource(config) && !isEvent,
    partitions: (await log.admin.describeTopic(topic))?.partitions ?? 1,
    // CONNECT_JSON reads both forms.
    bareValue: inferred.bareValue && inferred.valueFormat !== 'CONNECT_JSON',
    note: notes.length === 0 ? undefined : notes.join('\n'),
    declare: true,
  };
}

/**
 * Connectors whose keyed records are rows of a database, where the newest record of a key counts. Others write events.
 */
function isRowSource(config: ConnectorConfig): boolean {
  const name = config['connector.class'] ?? '';
  return (
    name.startsWith('io.debezium.') ||
    /jdbc.*source/i.test(name) ||
    /(Postgres|MySql|MariaDb|SqlServer|Oracle)Connector$/.test(name)
  );
}

/** Debezium topics that contain no rows: heartbeats, transactions, the schema history. */
function isOwnTopic(topic: string, config: ConnectorConfig): boolean {
  const prefix = config['topic.prefix'];
  return (
    topic.startsWith('__debezium') ||
    topic === prefix ||
    (prefix !== undefined && (topic === `${prefix}.transaction` || topic.startsWith(`__debezium-heartbeat.${prefix}`)))
  );
}

/**
 * `users` for `dbz.public.users` and `jdbc-users`: the part after the prefix, without the schema if it is the default
 * one.
 */
function entityOf(topic: string, config: ConnectorConfig): string {
  const prefix = config['topic.prefix'] ?? '';
  const rest = topic.startsWith(prefix) ? topic.slice(prefix.length).replace(/^[.\-_]+/, '') : topic;
  const parts = (rest === '' ? topic : rest).split('.');
  return parts.length === 2 && /^(public|dbo)$/i.test(parts[0]!) ? parts[1]! : parts.join('_');
}
