import { SluiceError } from '../../base/errors.ts';
import { didYouMean } from '../../base/suggest.ts';
import type { Source } from '../../catalog/source.ts';
import { RecordCursor } from '../../log/record-batch/cursor.ts';
import { decodeHeaders } from '../../log/record-batch/headers.ts';
import { checkNotProtected } from '../protected-topics.ts';
import type { TopicRecord, TopicRecords } from '../../wire/topic-records.ts';
import type { Services } from '../services.ts';
import { DeclaredTexts, type DeclaredText } from './declared-texts.ts';
import { FormatGuess } from './guess-format.ts';
import { observe } from './observe.ts';

/**
 * Where to start: the last records, the first ones, an offset of a partition, or the first record at or after a time in
 * ms.
 */
export type BrowseFrom =
  | { readonly at: 'end' }
  | { readonly at: 'beginning' }
  | { readonly at: 'offset'; readonly offset: number }
  | { readonly at: 'time'; readonly ms: number };

export interface BrowseRequest {
  readonly from: BrowseFrom;
  /** All partitions when absent. */
  readonly partition?: number | undefined;
  /** The most records to return. */
  readonly limit: number;
  /** Only records whose key or value, as shown, contains this text in any case. */
  readonly contains?: string | undefined;
  /** Only records whose key, as shown, equals this text. */
  readonly key?: string | undefined;
  /** A stream or table over the topic, whose columns and formats are used to read records. */
  readonly as?: string | undefined;
}

/** How long one request may read, in ms. */
const PATIENCE_MS = 4000;
const POLL_MS = 200;
/** The most bytes of keys and values in one answer. */
const BYTES_MAX = 16 * 1024 * 1024;

/**
 * Reads records of a topic without a declared format, as PRINT does, or as a stream or table reads them; up to the
 * topic's end at the time of the request.
 * @throws SluiceError NOT_FOUND, REJECTED (a topic of the server's own), BAD_REQUEST
 */
export async function browseTopic(name: string, request: BrowseRequest, services: Services): Promise<TopicRecords> {
  const { log, config, env, registry } = services;
  const topic = await log.admin.describeTopic(name);
  if (topic === undefined) {
    const names = (await log.admin.listTopics()).filter((t) => !t.internal).map((t) => t.name);
    throw new SluiceError('NOT_FOUND', `There is no topic ${name}`, {
      hint: didYouMean(name, names) ?? 'SHOW TOPICS; lists them.',
    });
  }
  checkNotProtected(name, config);
  const declared =
    request.as === undefined ? undefined : new DeclaredTexts(sourceOver(name, request.as, services), services);
  const all = Array.from({ length: topic.partitions }, (_, partition) => partition);
  if (request.partition !== undefined && !all.includes(request.partition))
    throw new SluiceError(
      'BAD_REQUEST',
      `Topic ${name} has no partition ${request.partition}: they are 0 to ${topic.partitions - 1}`,
    );
  const partitions = await Promise.all(
    all.map(async (partition) => {
      const at = { topic: name, partition };
      const [earliest, latest] = await Promise.all([log.admin.earliestOffset(at), log.admin.latestOffset(at)]);
      return { partition, earliest, latest };
    }),
  );
  const wanted = partitions.filter((p) => request.partition === undefined || p.partition === request.partition);
  const starts = new Map<number, number>();
  for (const p of wanted) starts.set(p.partition, await startOf(name, p, request, services));
  const left = new Map(wanted.filter((p) => starts.get(p.partition)! < p.latest).map((p) => [p.partition, p.latest]));
  const guesses = { key: new FormatGuess('Key'), value: new FormatGuess('Value') };
  const notes: string[] = [];
  let found: Raw[] = [];
  let scanned = 0;
  let bytes = 0;
  const deadline = env.clock.monotonicMs() + PATIENCE_MS;
  const reader = log.createReader({});
  try {
    reader.assign([...left.keys()].map((partition) => ({ topic: name, partition, offset: starts.get(partition)! })));
    const cursor = new RecordCursor();
    const counts = new Map<number, number>();
    while (left.size > 0 && env.clock.monotonicMs() < deadline) {
      for (const fetched of await reader.poll(POLL_MS)) {
        const { partition } = fetched;
        const end = left.get(partition);
        if (end === undefined) continue;
        cursor.openFetched(fetched);
        const fresh: Raw[] = [];
        while (cursor.next()) {
          const { columns } = cursor;
          for (let i = 0; i < columns.count && columns.offset[i]! < end; i++) {
            fresh.push({
              partition,
              offset: columns.offset[i]!,
              timestamp: columns.timestamp[i]!,
              key: { bytes: copyOf(columns.key(i)) },
              value: { bytes: copyOf(columns.value(i)) },
              headers: decodeHeaders(columns.buffer, columns.headersStart[i]!, columns.headerCount[i]!).map((h) => ({
                key: h.key,
                value: h.value === null ? null : Buffer.from(h.value).toString('utf8'),
              })),
            });
          }
        }
        const done = fetched.nextOffset >= end;
        scanned += fresh.length;
        for (const record of fresh) {
          for await (const note of observe(guesses.key, record.key.bytes, registry)) notes.push(note);
          for await (const note of observe(guesses.value, record.value.bytes, registry)) notes.push(note);
          if (declared === undefined) continue;
          record.key.as = await declared.key(record.key.bytes);
          record.value.as = await declared.value(record.value.bytes);
        }
        const kept = fresh.filter((r) => isWanted(r, request, guesses));
        found.push(...kept);
        counts.set(partition, (counts.get(partition) ?? 0) + kept.length);
        // A search that starts near the end continues to the end, since the last records count.
        if (done || (request.from.at !== 'end' && counts.get(partition)! >= request.limit)) {
          left.delete(partition);
          reader.pause({ topic: name, partition });
        }
      }
      bytes = found.reduce((sum, r) => sum + sizeOf(r), 0);
      if (request.from.at === 'end') {
        // The last records count, so earlier ones are dropped.
        if (found.length > request.limit * 20 || bytes > BYTES_MAX) found = lastOf(found, request.limit);
      } else if (bytes > BYTES_MAX) break;
    }
  } finally {
    await reader.close();
  }
  const shown =
    request.from.at === 'end' ? lastOf(found, request.limit) : found.toSorted(byTime).slice(0, request.limit);
  return {
    topic: name,
    partitions,
    configs: topic.configs,
    keyFormat: declared?.keyFormat ?? formatOf(guesses.key),
    valueFormat: declared?.valueFormat ?? formatOf(guesses.value),
    records: shown.map((record) => ({
      partition: record.partition,
      offset: record.offset,
      timestamp: record.timestamp,
      key: textOf(record.key, guesses.key),
      value: textOf(record.value, guesses.value),
      headers: record.headers,
      ...schemaIdsOf(record, guesses),
      ...problemOf(record),
    })),
    scanned,
    complete: left.size === 0,
    notes: [...new Set(notes)],
  };
}

interface Raw {
  readonly partition: number;
  readonly offset: number;
  readonly timestamp: number;
  readonly key: Side;
  readonly value: Side;
  readonly headers: TopicRecord['headers'];
}

interface Side {
  readonly bytes: Uint8Array | null;
  /** As read by the requested stream or table. */
  as?: DeclaredText;
}

const sizeOf = (r: Raw): number => (r.key.bytes?.length ?? 0) + (r.value.bytes?.length ?? 0);

const byTime = (a: Raw, b: Raw): number =>
  a.timestamp - b.timestamp || a.partition - b.partition || a.offset - b.offset;

/** The last records by time, as many as are wanted and fit. */
function lastOf(records: readonly Raw[], limit: number): Raw[] {
  const last: Raw[] = [];
  let bytes = 0;
  for (const record of records.toSorted(byTime).toReversed()) {
    bytes += sizeOf(record);
    if (last.length >= limit || (bytes > BYTES_MAX && last.length > 0)) break;
    last.push(record);
  }
  return last.toReversed();
}

interface Guesses {
  readonly key: FormatGuess;
  readonly value: FormatGuess;
}

async function startOf(
  topic: string,
  { partition, earliest, latest }: { readonly partition: number; readonly earliest: number; readonly latest: number },
  { from, limit, contains, key }: BrowseRequest,
  { log }: Services,
): Promise<number> {
  switch (from.at) {
    case 'beginning':
      return earliest;
    case 'offset':
      return Math.min(latest, Math.max(earliest, from.offset));
    case 'time':
      return (await log.admin.offsetForTimestamp({ topic, partition }, from.ms)) ?? latest;
    default:
      return contains === undefined && key === undefined ? Math.max(earliest, latest - limit) : earliest;
  }
}

function isWanted(record: Raw, { contains, key }: BrowseRequest, guesses: Guesses): boolean {
  if (contains === undefined && key === undefined) return true;
  const keyText = textOf(record.key, guesses.key);
  if (key !== undefined && keyText !== key) return false;
  const text = contains?.toLowerCase();
  return (
    text === undefined ||
    keyText?.toLowerCase().includes(text) === true ||
    textOf(record.value, guesses.value)?.toLowerCase().includes(text) === true
  );
}

function textOf({ bytes, as }: Side, guess: FormatGuess): string | null {
  if (as !== undefined && as.problem === undefined) return as.text;
  return bytes === null ? null : guess.render(bytes);
}

function schemaIdsOf(
  { key, value }: Raw,
  guesses: Guesses,
): { readonly keySchemaId?: number; readonly valueSchemaId?: number } {
  const [keySchemaId, valueSchemaId] = [guesses.key.schemaIdOf(key.bytes), guesses.value.schemaIdOf(value.bytes)];
  return { ...(keySchemaId !== undefined && { keySchemaId }), ...(valueSchemaId !== undefined && { valueSchemaId }) };
}

function problemOf({ key, value }: Raw): { readonly problem?: string } {
  const problems = Object.entries({ key, value }).flatMap(([side, { as }]) =>
    as?.problem === undefined ? [] : [`The ${side}: ${as.problem}`],
  );
  return problems.length === 0 ? {} : { problem: problems.join('\n') };
}

/** @throws SluiceError NOT_FOUND when the stream or table does not exist, BAD_REQUEST when it has another topic */
function sourceOver(topic: string, name: string, { catalog }: Services): Source {
  const source = catalog.current.source(name) ?? catalog.current.source(name.toUpperCase());
  if (source === undefined) throw new SluiceError('NOT_FOUND', `There is no stream or table ${name}`);
  if (source.topic.name !== topic)
    throw new SluiceError('BAD_REQUEST', `${source.name} is declared over topic ${source.topic.name}, not ${topic}`);
  return source;
}

function formatOf(guess: FormatGuess): string {
  return guess.announcement()?.replace(/^\w+ format: /, '') ?? '';
}

/** Fetched buffers are reused at the next poll. */
function copyOf(bytes: Uint8Array | null): Uint8Array | null {
  return bytes === null ? null : Buffer.from(bytes);
}
