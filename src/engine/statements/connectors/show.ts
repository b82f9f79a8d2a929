import type { ConnectorConfig } from '../../../connect/client/api.ts';
import { guarded } from '../../../connect/client/errors.ts';
import type { StatementOf } from '../../../sql/ast/statement.ts';
import { driftNotes } from '../../connectors/drift.ts';
import { connectorHealth } from '../../connectors/health.ts';
import { leftOutNotes } from '../../connectors/left-out.ts';
import { missingTopics } from '../../connectors/missing-topics.ts';
import { progressNotes } from '../../connectors/progress.ts';
import { sinkColumnNotes } from '../../connectors/sink-columns.ts';
import { sinkTopics } from '../../connectors/sink-sources.ts';
import { standstillOf } from '../../connectors/standstill.ts';
import { maskStatus } from '../../connectors/mask.ts';
import type { ConnectorSummary } from '../../connector-results.ts';
import type { Answer, Call } from '../call.ts';
import { requireConnect } from './names.ts';

/** SHOW CONNECTORS, by name: states, causes of problems, and classes. */
export async function listConnectors(statement: StatementOf<'ListConnectors'>, call: Call): Promise<Answer> {
  const connect = requireConnect(call.services);
  const listing = await guarded(() => connect.list(), 'Failed to list connectors: ');
  const standstill = await standstillOf(connect, call.services);
  const notes: string[] = [];
  const news: string[] = [];
  let known: readonly { readonly name: string }[] | undefined;
  const topics = async () => (known ??= await call.services.log.admin.listTopics());
  const connectors: ConnectorSummary[] = [];
  for (const [name, { info, status }] of Object.entries(listing).toSorted(([a], [b]) => (a < b ? -1 : 1))) {
    if (!info) notes.push(`Could not describe connector ${name}: no information`);
    const type = info?.type ?? status?.type ?? 'unknown';
    if (statement.scope !== 'ALL' && type.toUpperCase() !== statement.scope) continue;
    const lines = progressNotes(connect.embedded?.progress(name), statement.extended);
    news.push(...lines.news.map((text) => `${name}: ${text}`));
    notes.push(
      ...(connect.embedded?.gone(name) ?? []).map((text) => `${name}: ${text}`),
      ...(type === 'sink' && info
        ? sinkTopics(info.config)
            .flatMap((topic) => connect.embedded?.endOf(topic) ?? [])
            .map((text) => `${name}: ${text}`)
        : []),
      ...driftNotes(name, info?.config ?? {}, call.services),
      ...(info ? sinkColumnNotes(name, info.config, call.services.catalog.current) : []),
      ...(type === 'sink' && info && !standstill?.isLogUnavailable
        ? missingTopics(info.config, await topics()).map((text) => `${name}: ${text}`)
        : []),
      ...lines.warnings.map((text) => `${name}: ${text}`),
      ...(info && !standstill?.isLogUnavailable
        ? (await leftOutNotes(info, connect, call.services)).map((text) => `${name}: ${text}`)
        : []),
    );
    connectors.push({
      name,
      type,
      className: info?.config['connector.class'] ?? null,
      topicPrefix: info ? topicPrefix(info.config) : null,
      ...(status
        ? connectorHealth(await maskStatus(connect, status, info?.config ?? {}), {
            config: info?.config,
            standstill,
            isCluster: connect.embedded === undefined,
          })
        : { state: null, cause: null, advice: null }),
    });
  }
  if (statement.scope !== 'SINK') notes.push(...Object.values(connect.embedded?.leftovers() ?? {}).flat());
  return { kind: 'connector_list', connectors, news, notes };
}

export async function listPlugins(call: Call): Promise<Answer> {
  const connect = requireConnect(call.services);
  const plugins = await guarded(() => connect.plugins(true), 'Failed to list connector plugins: ');
  return {
    kind: 'connector_plugins_list',
    plugins: plugins.map((p) => {
      const known = connect.embedded?.describePlugin(p.class);
      const short = known && known.shortForm.length > 0 ? known.name.replace(/-(?:source|sink)$/, '') : undefined;
      return { className: p.class, type: p.type, version: p.version ?? '', ...(short && { shortName: short }) };
    }),
  };
}

/** The topic, or its prefix, that a connector writes or reads, under its class's setting. */
export function topicPrefix(config: ConnectorConfig): string | null {
  return config['topic.prefix'] ?? config['kafka.topic'] ?? config['topic'] ?? null;
}
