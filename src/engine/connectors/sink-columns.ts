import { must } from '../../base/assert.ts';
import type { Catalog } from '../../catalog/catalog.ts';
import type { ConnectorConfig } from '../../connect/client/api.ts';
import { formatName } from '../../sql/printer/names.ts';
import type { Services } from '../services.ts';
import { sinkSource, sinkTopics } from './sink-sources.ts';

interface Side {
  readonly columns: readonly { readonly name: string; readonly type: string }[];
}

/**
 * A sink with `sources='…'` writes the columns that its sources had when it was created. Reports columns that it does
 * not write, or writes with another type: one sentence for each source, with the statement that includes them.
 */
export function sinkColumnNotes(name: string, config: ConnectorConfig, catalog: Catalog): string[] {
  const key = sidesOf(config['key.converter.sources']);
  const value = sidesOf(config['value.converter.sources']);
  const topics = sinkTopics(config);
  const sourceOf = (topic: string) => catalog.sourcesOfTopic(topic)[0];
  const names = topics.map((topic) => sourceOf(topic)?.name);
  const again = names.includes(undefined)
    ? `CREATE OR REPLACE SINK CONNECTOR ${formatName(name)} WITH (…, sources='…');`
    : `ALTER CONNECTOR ${formatName(name)} SET ('sources'='${names.join(',')}');`;
  return topics.flatMap((topic) => {
    const known = [...(key[topic]?.columns ?? []), ...(value[topic]?.columns ?? [])];
    const sources = catalog.sourcesOfTopic(topic).map((source) => sinkSource(source));
    if (known.length === 0 || sources.length === 0) return [];
    const differing = sources.map(({ name: source, key: keys, value: values }) => {
      const now = [...(key[topic] ? keys : []), ...(value[topic] ? values : [])];
      const gone = known.filter((c) => !now.some((n) => n.name === c.name));
      const news = now.filter((c) => !known.some((k) => k.name === c.name && k.type === c.type));
      return { source, gone, news };
    });
    // With several sources over one topic it is unknown which was meant.
    if (differing.some(({ gone, news }) => gone.length + news.length === 0)) return [];
    const { source, gone, news } = must(differing[0], 'source');
    const parts = [
      ...(news.length > 0 ? [`does not write ${news.map((c) => `${c.name} ${c.type}`).join(', ')}`] : []),
      ...(gone.length > 0 ? [`has NULL for ${gone.map((c) => c.name).join(', ')}`] : []),
    ];
    return [`Sink connector ${name} has the columns that ${source} had before, and ${parts.join(' and ')}: ${again}`];
  });
}

/** How a change of the catalog affects sinks of the embedded worker that read the changed topics. */
export async function sinksBehind(
  before: Catalog,
  after: Catalog,
  { connect }: Pick<Services, 'connect'>,
): Promise<readonly string[]> {
  const embedded = connect?.embedded;
  if (embedded === undefined) return [];
  const dropped = [...before.sources.values()].filter((s) => after.source(s.name) === undefined);
  const changed = [...after.sources.values()].filter((s) => before.source(s.name) !== s);
  const topics = new Set([...dropped, ...changed].map((s) => s.topic.name));
  const users = new Set([...topics].flatMap((topic) => embedded.usersOf(topic)));
  const notes: string[] = [];
  for (const user of users) {
    const config = await connect!.config(user).catch(() => undefined);
    if (config === undefined) continue;
    const already = new Set(sinkColumnNotes(user, config, before));
    notes.push(...sinkColumnNotes(user, config, after).filter((note) => !already.has(note)));
    for (const { name, topic } of dropped)
      if (sinkTopics(config).includes(topic.name) && after.sourcesOfTopic(topic.name).length === 0)
        notes.push(
          `Sink connector ${user} reads topic ${topic.name} of ${name}, and goes on with what is written there. DROP CONNECTOR ${formatName(user)}; ends it`,
        );
  }
  return notes;
}

function sidesOf(text: string | undefined): Readonly<Record<string, Side>> {
  return text === undefined ? {} : (JSON.parse(text) as Record<string, Side>);
}
