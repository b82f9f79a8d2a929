import { dropOrder } from '../../catalog/drop-check.ts';
import type { Source } from '../../catalog/source.ts';
import type { ConnectClient } from '../../connect/client/api.ts';
import type { Services } from '../services.ts';

/** What uses a topic and would lose it: one sentence each, with the statement that ends the use. */
export async function topicUsers(
  topic: string,
  services: Services,
  except: { readonly sources?: readonly Source[]; readonly connector?: string } = {},
): Promise<string[]> {
  const catalog = services.catalog.current;
  const sources = catalog.sourcesOfTopic(topic).filter((s) => except.sources?.includes(s) !== true);
  const connectors = (await connectorsOf(topic, services.connect)).filter((name) => name !== except.connector);
  return [
    ...sources.map((s) => {
      const queries = [...catalog.readersOf(s.name), ...catalog.writersOf(s.name)].map((q) => q.id);
      const used = queries.length === 0 ? '' : `, used by ${queries.join(', ')}`;
      return `${s.kind.toLowerCase()} ${s.name} is over it${used}: ${dropOrder(catalog, s.name).join(' ')}`;
    }),
    ...connectors.map((name) => `connector ${name} uses it: DROP CONNECTOR ${name};`),
  ];
}

async function connectorsOf(topic: string, connect: ConnectClient | undefined): Promise<readonly string[]> {
  if (connect === undefined) return [];
  if (connect.embedded) return connect.embedded.usersOf(topic);
  const found: string[] = [];
  for (const [name, { info }] of Object.entries(await connect.list())) {
    const listed = (info?.config['topics'] ?? '').split(',').map((t) => t.trim());
    if (listed.includes(topic) || (await connect.topics(name).catch((): string[] => [])).includes(topic))
      found.push(name);
  }
  return found;
}

/** Deletes a topic with what is known of it: its schemas, and what the worker remembers. */
export async function deleteTopic(topic: string, services: Services): Promise<void> {
  await services.log.admin.deleteTopic(topic);
  await services.connect?.embedded?.forgetTopic(topic);
  for (const subject of [`${topic}-key`, `${topic}-value`]) {
    try {
      if ((await services.registry.latest(subject)) !== undefined) await services.registry.deleteSubject(subject);
    } catch (error) {
      // The topic is gone; a schema left behind is only worth a line.
      services.env.logger.warn('Could not delete the schemas of a deleted topic', { subject, error: String(error) });
    }
  }
}
