import { isSluiceError, SluiceError } from '../../../base/errors.ts';
import { didYouMean } from '../../../base/suggest.ts';
import type { ConnectClient } from '../../../connect/client/api.ts';
import { guarded } from '../../../connect/client/errors.ts';
import type { ConnectorName } from '../../../sql/ast/connectors.ts';
import type { StatementOf } from '../../../sql/ast/statement.ts';
import { formatName } from '../../../sql/printer/names.ts';
import { driftNotes } from '../../connectors/drift.ts';
import { connectorHealth } from '../../connectors/health.ts';
import { missingTopics } from '../../connectors/missing-topics.ts';
import { progressNotes } from '../../connectors/progress.ts';
import { maskConfig, maskStatus } from '../../connectors/mask.ts';
import { sinkColumnNotes } from '../../connectors/sink-columns.ts';
import { sinkTopics } from '../../connectors/sink-sources.ts';
import type { ConnectorDescription } from '../../results.ts';
import type { Answer, Call } from '../call.ts';
import { describeSource } from '../source-description.ts';
import { findConnector, requireConnect, unknownConnector } from './names.ts';
import { topicPrefix } from './show.ts';

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
    keys: keys.map((k) => ({
      name: k.name,
      type: k.type,
      required: k.required,
      defaultValue: k.default_value,
      importance: k.importance,
      documentation: k.documentation,
      group: k.group,
    })),
  };
}

/** The refusal with the plugin that is meant. */
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

export async function describeConnector(name: ConnectorName, extended: boolean, call: Call): Promise<Answer> {
  const connect = requireConnect(call.services);
  const found = await findConnector(connect, name.name);
  if (found === undefined)
    throw await unknownConnector(connect, name, 'Failed to query connector status: ', call.services.catalog.current);
  const [info, reported, topics] = await guarded(
    async () => [await connect.info(found), await connect.status(found), await connect.topics(found)] as const,
    'Failed to describe connector: ',
  );
  const status = await maskStatus(connect, reported, info.config);
  const catalog = call.services.catalog.current;
  // Connect knows the topics that have records; the embedded worker also those that are about to.
  const declared = (await connect.embedded?.sourceDeclarations(found, 0)) ?? [];
  const all = new Set([...topics, ...sinkTopics(info.config), ...declared.map((d) => d.topic)]);
  const described: ConnectorDescription['topics'][number][] = [];
  for (const topic of [...all].toSorted()) {
    const sources = catalog.sourcesOfTopic(topic);
    if (sources.length === 0) described.push({ topic, source: null });
    for (const source of sources) described.push({ topic, source: await describeSource(source, call.services, false) });
  }
  const progress = connect.embedded?.progress(found);
  const said = progressNotes(progress, true);
  const description: ConnectorDescription = {
    name: found,
    className: info.config['connector.class'] ?? '',
    type: info.type,
    topicPrefix: topicPrefix(info.config),
    config: await maskConfig(connect, info.config),
    state: status.connector.state,
    health: connectorHealth(status),
    workerId: status.connector.worker_id,
    trace: status.connector.trace ?? null,
    tasks: status.tasks.map((t) => ({ id: t.id, state: t.state, workerId: t.worker_id, trace: t.trace ?? null })),
    topics: described,
    progress: progress?.readings ?? [],
    news: said.news,
    extended,
  };
  return {
    kind: 'connector_description',
    description,
    notes: [
      ...(connect.embedded?.remarks(found) ?? []),
      ...(info.type === 'sink' ? missingTopics(info.config, await call.services.log.admin.listTopics()) : []),
      ...said.warnings,
      ...leftOutNotes(found, info.config, connect.embedded?.totals() ?? []),
      ...driftNotes(found, call.services),
      ...sinkColumnNotes(found, info.config, call.services.catalog.current),
    ],
  };
}

/** Records that the tasks could not handle and went on without, since they were started. */
function leftOutNotes(
  name: string,
  config: Readonly<Record<string, string>>,
  totals: ReturnType<NonNullable<ConnectClient['embedded']>['totals']>,
): string[] {
  const own = totals.filter((t) => t.name === name);
  const count = own.reduce((sum, t) => sum + t.failures, 0);
  if (count === 0 || config['errors.tolerance']?.toLowerCase() !== 'all') return [];
  const where =
    (config['errors.deadletterqueue.topic.name'] ?? '') === ''
      ? `the log has the reasons with 'errors.log.enable'='true', and 'errors.deadletterqueue.topic.name' keeps them`
      : `SHOW DEAD LETTERS OF ${formatName(name)}; has the reasons`;
  const last = own.find((t) => t.lastFailure !== undefined)?.lastFailure;
  return [
    `${count} record${count === 1 ? '' : 's'} left out since the tasks began ('errors.tolerance'='all'): ${where}${last === undefined ? '' : `. The last: ${last}`}`,
  ];
}
