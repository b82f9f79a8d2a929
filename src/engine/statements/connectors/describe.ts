import { isSluiceError, SluiceError } from '../../../base/errors.ts';
import { didYouMean } from '../../../base/suggest.ts';
import { within } from '../../../base/within.ts';
import type { ConnectClient, ConnectorInfo, ConnectorStatus } from '../../../connect/client/api.ts';
import { guarded } from '../../../connect/client/errors.ts';
import type { ConnectorName } from '../../../sql/ast/connectors.ts';
import type { StatementOf } from '../../../sql/ast/statement.ts';
import { driftNotes } from '../../connectors/drift.ts';
import { failureCause, withoutStop } from '../../connectors/failure-cause.ts';
import { connectorHealth } from '../../connectors/health.ts';
import { leftOutNotes } from '../../connectors/left-out.ts';
import { missingTopics } from '../../connectors/missing-topics.ts';
import { progressNotes } from '../../connectors/progress.ts';
import { maskConfig, maskInfos, maskStatus } from '../../connectors/mask.ts';
import { sinkColumnNotes } from '../../connectors/sink-columns.ts';
import { standstillOf } from '../../connectors/standstill.ts';
import { sinkTopics } from '../../connectors/sink-sources.ts';
import type { ConnectorDescription } from '../../connector-results.ts';
import type { Answer, Call } from '../call.ts';
import { describeSource } from '../source-description.ts';
import { findConnector, requireConnect, unknownConnector } from './names.ts';
import { invalidSettings } from './problems.ts';
import { topicPrefix } from './show.ts';

/** DESCRIBE CONNECTOR PLUGIN: the settings of a class. @throws SluiceError NOT_FOUND with the most similar class */
export async function describePlugin(statement: StatementOf<'DescribeConnectorPlugin'>, call: Call): Promise<Answer> {
  const connect = requireConnect(call.services);
  const known = connect.embedded?.describePlugin(statement.plugin);
  const keys =
    known?.config ??
    (await guarded(() => connect.pluginConfig(statement.plugin), 'Failed to describe connector plugin: ').catch(
      async (error: unknown) => {
        throw await withNearPlugin(error, statement.plugin, connect);
      },
    ));
  return {
    kind: 'connector_plugin_description',
    className: known?.className ?? statement.plugin,
    short:
      known && known.shortForm.length > 0 ? { name: known.name, type: known.type, keys: known.shortForm } : undefined,
    keys: keys.map((key) => ({
      name: key.name,
      type: key.type,
      required: key.required,
      defaultValue: key.default_value,
      importance: key.importance,
      documentation: key.documentation,
      group: key.group,
    })),
  };
}

/** The error, with the plugin that was probably meant. */
async function withNearPlugin(error: unknown, name: string, connect: ConnectClient): Promise<unknown> {
  if (!isSluiceError(error, 'NOT_FOUND')) return error;
  const classes = (await connect.plugins(true).catch(() => [])).map((p) => p.class);
  const short = classes.flatMap((c) => connect.embedded?.describePlugin(c)?.name ?? []);
  const simple = classes.map((c) => c.split('.').at(-1)!);
  const { code, message, cause, status, restCode } = error;
  return new SluiceError(code, message, {
    cause,
    status,
    restCode,
    hint: didYouMean(name, [...short, ...simple, ...classes]) ?? 'SHOW CONNECTOR PLUGINS; lists them.',
  });
}

/** DESCRIBE CONNECTOR: state, tasks, topics, progress. @throws SluiceError NOT_FOUND */
export async function describeConnector(name: ConnectorName, extended: boolean, call: Call): Promise<Answer> {
  const connect = requireConnect(call.services);
  const found = await findConnector(connect, name.name);
  if (found === undefined)
    throw await unknownConnector(connect, name, 'Failed to query connector status: ', call.services.catalog.current);
  const standstill = await standstillOf(connect, call.services);
  const isLogUnavailable = standstill?.isLogUnavailable === true;
  const [info, reported, topics] = await guarded(
    async () =>
      (standstill && !connect.embedded ? await asListed(connect, found) : undefined) ??
      ([await connect.info(found), await connect.status(found), await connect.topics(found)] as const),
    'Failed to describe connector: ',
  );
  const status = await maskStatus(connect, reported, info.config);
  const catalog = call.services.catalog.current;
  // Connect knows the topics that have records; the embedded worker also those that are about to.
  const declared = isLogUnavailable ? [] : ((await connect.embedded?.sourceDeclarations(found, 0)) ?? []);
  const all = new Set([...topics, ...sinkTopics(info.config), ...declared.map((d) => d.topic)]);
  const described: ConnectorDescription['topics'][number][] = [];
  for (const topic of [...all].toSorted()) {
    const sources = catalog.sourcesOfTopic(topic);
    if (sources.length === 0) described.push({ topic, source: null });
    for (const source of sources)
      described.push({ topic, source: await describeSource(source, call.services, { isLogUnavailable }) });
  }
  const progress = connect.embedded?.progress(found);
  const notes = progressNotes(progress, true);
  const description: ConnectorDescription = {
    name: found,
    className: info.config['connector.class'] ?? '',
    type: info.type,
    topicPrefix: topicPrefix(info.config),
    config: await maskConfig(connect, info.config),
    state: status.connector.state,
    health: connectorHealth(status, { config: info.config, standstill, isCluster: connect.embedded === undefined }),
    workerId: status.connector.worker_id,
    trace: status.connector.trace ?? null,
    tasks: status.tasks.map((t) => ({ id: t.id, state: t.state, workerId: t.worker_id, trace: t.trace ?? null })),
    topics: described,
    progress: progress?.readings ?? [],
    news: notes.news,
    extended,
  };
  return {
    kind: 'connector_description',
    description,
    notes: [
      ...(standstill === undefined ? await refusedByNow(connect, info, call.services) : []),
      ...(connect.embedded?.remarks(found) ?? []),
      ...(info.type === 'sink' && !isLogUnavailable
        ? missingTopics(info.config, await call.services.log.admin.listTopics())
        : []),
      ...(info.type === 'sink' ? sinkTopics(info.config).flatMap((topic) => connect.embedded?.endOf(topic) ?? []) : []),
      ...notes.warnings,
      ...(isLogUnavailable ? [] : await leftOutNotes(info, connect, call.services)),
      ...driftNotes(found, info.config, call.services),
      ...sinkColumnNotes(found, info.config, call.services.catalog.current),
    ],
  };
}

/**
 * What a list of all connectors has of one: a worker of Connect whose brokers are away gives that from its memory, and
 * waits for them with every other answer.
 */
async function asListed(
  connect: ConnectClient,
  name: string,
): Promise<readonly [ConnectorInfo, ConnectorStatus, readonly string[]] | undefined> {
  const { info, status } = (await connect.list())[name] ?? {};
  return info && status && [info, status, []];
}

/** How long a cluster may take to look at settings that it has, in ms. */
const LOOK_MS = 4000;

/**
 * What a cluster finds wrong with the settings of a connector that it runs. Connect tells RUNNING of tasks that try to
 * log in again and again, and shows nothing of it; its validation goes to the database as they do.
 */
async function refusedByNow(
  connect: ConnectClient,
  { name, config, type }: ConnectorInfo,
  { env }: Call['services'],
): Promise<readonly string[]> {
  if (connect.embedded !== undefined) return [];
  const looking = connect.validate(config['connector.class'] ?? '', { ...config, name }).then(
    async (infos) => invalidSettings(await maskInfos(connect, infos, config)),
    () => [],
  );
  const problems = (await within(env.timers, LOOK_MS, looking)) ?? [];
  return problems.map(({ text }) => {
    const advice = failureCause(`${config['connector.class'] ?? ''}\nCaused by: ${text}`, name, config).advice;
    return `The ${type}'s settings are refused by now, whatever its tasks say: ${withoutStop(text)}${advice === null ? '' : `. ${advice}`}`;
  });
}
