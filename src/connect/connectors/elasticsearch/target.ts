import { ConnectError } from '../../api/errors.ts';
import { requireSuccess, type Cluster } from './cluster.ts';
import { missingFields, type Field, type Fields } from './mapping.ts';

/** The current state of an index, alias or data stream. */
export interface Target {
  readonly kind: 'index' | 'alias' | 'data stream';
  /** UUID of an index, which distinguishes it from a later index of the same name. */
  readonly uuid: string | undefined;
  readonly fields: Fields;
  /** Our notes in its mapping, by topic. */
  readonly topics: Readonly<Record<string, TopicNote>>;
}

/**
 * The incarnation of a topic whose documents an index has, and the generation number of that incarnation in the index.
 */
export interface TopicNote {
  readonly incarnation: string;
  readonly generation: number;
}

/** Our member of a mapping's `_meta`. */
const META = 'sluice';
const NOTE_ATTEMPTS = 20;

const path = (name: string): string => `/${encodeURIComponent(name)}`;

interface IndexState {
  readonly mappings?: { readonly properties?: Fields; readonly _meta?: Readonly<Record<string, any>> };
  readonly settings?: { readonly index?: { readonly uuid?: string } };
}

/**
 * The state of the index, alias or data stream of a name; undefined: it does not exist. @throws RetriableError,
 * ConnectError
 */
export async function readTarget(cluster: Cluster, name: string): Promise<Target | undefined> {
  const answer = await cluster.send('GET', path(name));
  if (answer.status === 404) return undefined;
  const found = Object.entries(requireSuccess(answer, `Cannot read index ${name}`).body as Record<string, IndexState>);
  if (found.length === 0) return undefined;
  const topics: Record<string, TopicNote> = {};
  let fields: Fields = {};
  // An alias or a data stream has several indices; the last one is the newest.
  for (const [, { mappings = {} }] of found) {
    fields = { ...fields, ...mappings.properties };
    const notes = (mappings._meta?.[META] ?? {}) as Record<string, TopicNote>;
    for (const [topic, note] of Object.entries(notes))
      if (note.generation >= (topics[topic]?.generation ?? 0)) topics[topic] = note;
  }
  const [own] = found;
  const isStream = found.every(([index]) => index.startsWith('.ds-'));
  const kind = isStream ? 'data stream' : found.length === 1 && own![0] === name ? 'index' : 'alias';
  return { kind, uuid: kind === 'index' ? own![1].settings?.index?.uuid : undefined, fields, topics };
}

/** Creates an index, unless another task already has. @throws RetriableError, ConnectError */
export async function createIndex(cluster: Cluster, name: string, fields: Fields): Promise<void> {
  const answer = await cluster.send('PUT', path(name), { mappings: { properties: fields } });
  const type: unknown = answer.body?.error?.type;
  if (type === 'resource_already_exists_exception' || type === 'index_already_exists_exception') return;
  requireSuccess(answer, `Cannot create index ${name}`);
}

/**
 * Creates a data stream, and the index template it needs if none matches its name.
 * @throws RetriableError, ConnectError
 */
export async function createDataStream(
  cluster: Cluster,
  name: string,
  template: string,
  fields: Fields,
): Promise<void> {
  const create = async (): Promise<string | undefined> => {
    const answer = await cluster.send('PUT', `/_data_stream${path(name)}`);
    const { type, reason } = (answer.body?.error ?? {}) as { type?: string; reason?: string };
    if (type === 'resource_already_exists_exception') return undefined;
    if (answer.status === 400 && /no matching index template|matches? (?:no|an) index template/i.test(reason ?? ''))
      return reason;
    requireSuccess(answer, `Cannot create data stream ${name}`);
    return undefined;
  };
  const lacking = await create();
  if (lacking === undefined) return;
  const made = await cluster.send('PUT', `/_index_template${path(template)}`, {
    index_patterns: [name],
    data_stream: {},
    priority: 200,
    template: { mappings: { properties: fields } },
  });
  requireSuccess(made, `Cannot create index template ${template} of data stream ${name}`);
  const still = await create();
  if (still !== undefined) throw new ConnectError(`Cannot create data stream ${name}: ${still}`);
}

/** Adds the fields that are missing. @throws RetriableError, ConnectError */
export async function addFields(cluster: Cluster, name: string, target: Target, wanted: Fields): Promise<void> {
  const missing = missingFields(wanted, target.fields);
  if (missing === undefined) return;
  const answer = await cluster.send('PUT', `${path(name)}/_mapping`, { properties: missing });
  requireSuccess(answer, `Cannot add the fields ${Object.keys(missing).join(', ')} to ${target.kind} ${name}`);
}

/**
 * The generation of an incarnation of a topic in a target: the noted one, or else one above all noted generations,
 * which is then noted. Offsets begin again with each incarnation; a higher generation prevents new documents from
 * looking older than those of the previous incarnation. `first`: the generation for a target without notes.
 * @throws RetriableError, ConnectError
 */
export async function generationOf(
  cluster: Cluster,
  name: string,
  topic: string,
  incarnation: string,
  first: number,
): Promise<number> {
  // A mapping's metadata is written as a whole, so a concurrent write may overwrite the note: it is read again to
  // check.
  for (let attempt = 0; attempt < NOTE_ATTEMPTS; attempt++) {
    const target = await readTarget(cluster, name);
    if (target === undefined) throw new ConnectError(`Index ${name} is gone`);
    const known = target.topics[topic];
    if (known?.incarnation === incarnation) return known.generation;
    const noted = Object.values(target.topics).map((note) => note.generation);
    const generation = noted.length === 0 ? first : Math.max(...noted) + 1;
    const notes = { ...target.topics, [topic]: { incarnation, generation } };
    const current = await cluster.send('GET', `${path(name)}/_mapping`);
    const meta = Object.values((current.body ?? {}) as Record<string, IndexState>).at(-1)?.mappings?._meta ?? {};
    const put: Record<string, Field | object> = { _meta: { ...meta, [META]: notes } };
    requireSuccess(await cluster.send('PUT', `${path(name)}/_mapping`, put), `Cannot note topic ${topic} in ${name}`);
  }
  throw new ConnectError(`Cannot note topic ${topic} in ${name}: others write the mapping all the time`);
}

/** The UUIDs of indices, by name; a deleted index has no entry. @throws RetriableError, ConnectError */
export async function uuidsOf(cluster: Cluster, names: readonly string[]): Promise<ReadonlyMap<string, string>> {
  const list = names.map(encodeURIComponent).join(',');
  const answer = await cluster.send(
    'GET',
    `/${list}/_settings/index.uuid?ignore_unavailable=true&allow_no_indices=true`,
  );
  const found = requireSuccess(answer, 'Cannot look at the indices').body as Record<string, IndexState>;
  return new Map(Object.entries(found).map(([name, { settings }]) => [name, settings?.index?.uuid ?? '']));
}

/** Whether a target has no documents. @throws RetriableError, ConnectError */
export async function isEmpty(cluster: Cluster, name: string): Promise<boolean> {
  const answer = await cluster.send('GET', `${path(name)}/_count`);
  // An index that has not been refreshed yet may count as empty, which affects only the first offsets of a topic.
  return (requireSuccess(answer, `Cannot count the documents of ${name}`).body as { count: number }).count === 0;
}
