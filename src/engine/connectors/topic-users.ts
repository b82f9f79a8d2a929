import { dropOrder } from '../../catalog/drop-check.ts';
import type { Source } from '../../catalog/source.ts';
import type { ConnectClient, EmbeddedConnect } from '../../connect/client/api.ts';
import { sinkTopics } from './sink-sources.ts';
import { formatBareName } from '../../sql/printer/names.ts';
import type { Services } from '../services.ts';

/** Uses of a topic that prevent its deletion: one sentence each, with the statement that ends the use. */
export async function topicUsers(
  topic: string,
  services: Services,
  except: { readonly sources?: readonly Source[]; readonly connector?: string } = {},
): Promise<string[]> {
  const catalog = services.catalog.current;
  const sources = catalog.sourcesOfTopic(topic).filter((s) => except.sources?.includes(s) !== true);
  const { elsewhere } = services;
  const users = (await connectorsOf(topic, services.connect)).filter(({ name }) => name !== except.connector);
  const here = elsewhere === undefined ? [] : await connectorsOf(topic, elsewhere.own);
  return [
    ...sources.map((s) => {
      const queries = [...catalog.readersOf(s.name), ...catalog.writersOf(s.name)].map((q) => q.id);
      const used = queries.length === 0 ? '' : `, used by ${queries.join(', ')}`;
      return `${s.kind.toLowerCase()} ${s.name} is over it${used}: ${dropOrder(catalog, s.name).join(' ')}`;
    }),
    ...users.map(({ name }) => `connector ${name} uses it: DROP CONNECTOR ${name};`),
    ...here.map(({ name }) => `connector ${name} of this server uses it: drop it first`),
  ];
}

/** Other connectors that read a topic, in the statement's Connect and in the server's own worker. */
export async function topicReaders(topic: string, services: Services, except: string): Promise<readonly string[]> {
  const { elsewhere } = services;
  const readers = (await connectorsOf(topic, services.connect)).filter((c) => !c.writes && c.name !== except);
  const here = elsewhere === undefined ? [] : (await connectorsOf(topic, elsewhere.own)).filter((c) => !c.writes);
  return [...readers.map(({ name }) => name), ...here.map(({ name }) => `${name} of this server`)];
}

interface TopicUser {
  readonly name: string;
  readonly writes: boolean;
}

async function connectorsOf(topic: string, connect: ConnectClient | undefined): Promise<readonly TopicUser[]> {
  if (connect === undefined) return [];
  const { embedded } = connect;
  if (embedded) return embedded.usersOf(topic).map((name) => ({ name, writes: embedded.writerOf(topic) === name }));
  const found: TopicUser[] = [];
  for (const [name, { info }] of Object.entries(await connect.list())) {
    const uses =
      sinkTopics(info?.config ?? {}).includes(topic) ||
      (await connect.topics(name).catch((): string[] => [])).includes(topic);
    if (uses) found.push({ name, writes: info?.type === 'source' });
  }
  return found;
}

/**
 * The statements that drop a source connector together with topics that it wrote: first what else uses them, since it
 * is refused while something does.
 */
export function dropWithTopics(connector: string, topics: readonly string[], services: Services): string {
  const catalog = services.catalog.current;
  const before = new Set<string>();
  let isRead = false;
  for (const topic of topics) {
    for (const source of catalog.sourcesOfTopic(topic)) {
      if (source.createdBy === connector)
        isRead ||= catalog.readersOf(source.name).length + catalog.writersOf(source.name).length > 0;
      else for (const statement of dropOrder(catalog, source.name)) before.add(statement);
    }
    for (const user of services.connect?.embedded?.usersOf(topic) ?? [])
      if (user !== connector) before.add(`DROP CONNECTOR ${formatBareName(user)};`);
  }
  const drop = `DROP CONNECTOR ${formatBareName(connector)} TERMINATE DELETE TOPICS${isRead ? ' CASCADE' : ''};`;
  return [...before, drop].join(' ');
}

/** The worker in this server, whichever cluster a statement is for. */
export const ownWorker = ({ connect, elsewhere }: Services): EmbeddedConnect | undefined =>
  (elsewhere === undefined ? connect : elsewhere.own)?.embedded;

/** Deletes a topic and everything known of it: its schemas, and what the worker remembers. */
export async function deleteTopic(topic: string, services: Services): Promise<void> {
  await services.log.admin.deleteTopic(topic);
  await ownWorker(services)?.forgetTopic(topic);
  for (const subject of [`${topic}-key`, `${topic}-value`]) {
    try {
      if ((await services.registry.latest(subject)) !== undefined) await services.registry.deleteSubject(subject);
    } catch (error) {
      // The topic has been deleted; a remaining schema is merely logged.
      services.env.logger.warn('Could not delete the schemas of a deleted topic', { subject, error: String(error) });
    }
  }
}
