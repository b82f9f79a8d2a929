import { SluiceError } from '../../base/errors.ts';
import { putAside } from './known-causes.ts';
import type { ConnectorConfig } from '../../connect/client/api.ts';
import { rangesOf, type ScanRange } from '../../dataflow/views/topic-scan.ts';
import type { Log } from '../../log/api.ts';
import { BatchBuilder } from '../../log/record-batch/builder.ts';
import { RecordCursor } from '../../log/record-batch/cursor.ts';
import { decodeHeaders, encodeHeaders, type RecordHeader } from '../../log/record-batch/headers.ts';
import type { Expression } from '../../sql/ast/expressions.ts';
import type { TopicRecord } from '../../wire/topic-records.ts';
import { browseTopic } from '../print/browse-topic.ts';
import { FormatGuess } from '../print/guess-format.ts';
import { observe } from '../print/observe.ts';
import type { DeadLetter } from '../connector-results.ts';
import type { Services } from '../services.ts';
import { letterCondition } from './letter-condition.ts';
import { SentLetters } from './sent-letters.ts';

/*
 * Records that a connector put aside (KIP-298). They are stored in a topic with their original bytes, and their headers
 * tell where they came from if errors.deadletterqueue.context.headers.enable is set.
 */

/** The prefix of Connect's own headers. */
const CONTEXT = '__connect.errors.';
/** Records in one transaction of a retry. */
const RETRY_RECORDS = 1000;
/** The most records that SHOW examines to find those of one connector, and those that WHERE selects. */
const BROWSED_RECORDS = 1000;
const SEARCHED_RECORDS = 100_000;

/** @throws SluiceError STATEMENT where the connector has no dead letter topic */
export function deadLetterTopic(name: string, config: ConnectorConfig): string {
  const topic = (config['errors.deadletterqueue.topic.name'] ?? '').trim();
  if (topic !== '') return topic;
  throw new SluiceError('STATEMENT', `Connector ${name} keeps no dead letters: records that it cannot handle stop it`, {
    hint: putAside(name),
  });
}

/** The last dead letters that WHERE selects, oldest first. */
export async function deadLetters(
  topic: string,
  connector: string,
  { where, limit }: { readonly where: Expression | null; readonly limit: number },
  services: Services,
): Promise<{ readonly letters: readonly DeadLetter[]; readonly notes: readonly string[] }> {
  const condition = letterCondition(where, services);
  if ((await services.log.admin.describeTopic(topic)) === undefined) return { letters: [], notes: [] };
  const most = where === null ? BROWSED_RECORDS : SEARCHED_RECORDS;
  const browsed = await browseTopic(topic, { from: { at: 'end' }, limit: most }, services);
  const sent = await sentLetters(topic, connector, services.log);
  const chosen = browsed.records
    .map((record) => letterOf(record, connector, sent(record.partition)))
    .filter((letter) => letter !== undefined && condition.chooses(letter)) as DeadLetter[];
  const held = browsed.partitions.reduce((sum, p) => sum + p.latest - p.earliest, 0);
  const isCut = chosen.length < limit && (!browsed.complete || held > most);
  return {
    letters: chosen.slice(-limit),
    notes: [
      ...condition.notes,
      ...(isCut
        ? [`${browsed.records.length} of the about ${held} records of ${topic} were looked at, the last ones`]
        : []),
    ],
  };
}

/** How many letters a topic has that were not sent again; those of other connectors that use it count too. */
export async function unsentLetters(topic: string, connector: string, log: Log): Promise<number> {
  if ((await log.admin.describeTopic(topic)) === undefined) return 0;
  const sentOf = await sentLetters(topic, connector, log);
  let count = 0;
  for (const { partition, from, to } of await rangesOf(log, topic)) {
    const sent = sentOf(partition);
    count += Math.max(0, to - Math.max(from, sent.first)) - sent.behindFirst(from);
  }
  return count;
}

/** A record of the topic, where it is a dead letter of the connector. */
function letterOf(record: TopicRecord, connector: string, sent: SentLetters): DeadLetter | undefined {
  const context = contextOf(record);
  if ((context('connector.name') ?? connector) !== connector) return undefined;
  const originalTopic = context('topic');
  return {
    partition: record.partition,
    offset: record.offset,
    timestamp: record.timestamp,
    originalTopic,
    originalPartition: numberOf(context('partition')),
    originalOffset: numberOf(context('offset')),
    stage: context('stage'),
    errorClass: context('exception.class.name'),
    error: context('exception.message'),
    key: record.key,
    value: record.value,
    // A record without its origin was passed over.
    retried: originalTopic !== null && sent.has(record.offset),
  };
}

function contextOf({ headers }: Pick<TopicRecord, 'headers'>): (name: string) => string | null {
  return (name) => headers.find((h) => h.key === CONTEXT + name)?.value ?? null;
}

function numberOf(text: string | null): number | null {
  return text === null || !/^\d+$/.test(text) ? null : Number(text);
}

export interface Retried {
  /** Records that were returned to their topics. */
  readonly sent: number;
  /** Records whose headers do not tell their origin, or that belong to another connector. */
  readonly left: number;
  /** Records that WHERE does not select; they may be sent later. */
  readonly unchosen: number;
  readonly topics: readonly string[];
  readonly notes: readonly string[];
}

/**
 * Writes the dead letters that WHERE selects and that were not sent before to their original partitions, each once:
 * what was sent is committed with the records in one transaction. @throws SluiceError
 */
export async function retryDeadLetters(
  topic: string,
  connector: string,
  where: Expression | null,
  services: Services,
): Promise<Retried> {
  const { log, env, registry } = services;
  const condition = letterCondition(where, services);
  if ((await log.admin.describeTopic(topic)) === undefined)
    return { sent: 0, left: 0, unchosen: 0, topics: [], notes: [] };
  const sentOf = await sentLetters(topic, connector, log);
  const ranges = (await rangesOf(log, topic)).map((r) => ({ ...r, from: Math.max(r.from, sentOf(r.partition).first) }));
  const group = retryGroup(connector);
  const writer = await log.createWriter({ transactionalId: `${group}-${env.random.uuid()}` });
  const topics = new Set<string>();
  const partitionsOf = new Map<string, number>();
  const guesses = { key: new FormatGuess('Key'), value: new FormatGuess('Value') };
  /** In the form of SHOW; undefined: it belongs to another connector. */
  const shown = async (record: RawRecord, partition: number): Promise<DeadLetter | undefined> => {
    for (const side of ['key', 'value'] as const) for await (const _ of observe(guesses[side], record[side], registry));
    const rendered = (side: 'key' | 'value'): string | null =>
      record[side] === null ? null : guesses[side].render(record[side]);
    const headers = record.headers.map((h) => ({ key: h.key, value: h.value?.toString() ?? null }));
    const { offset, timestamp } = record;
    const browsed = { partition, offset, timestamp, key: rendered('key'), value: rendered('value'), headers };
    return letterOf(browsed, connector, sentOf(partition));
  };
  let [sent, left, unchosen] = [0, 0, 0];
  try {
    for await (const { partition, records, next } of chunksOf(topic, ranges, log)) {
      const done = sentOf(partition);
      const batches = new Map<string, Target & { readonly batch: BatchBuilder }>();
      // Offsets without records, and records that this connector can never send, count as done.
      let at = done.first;
      const stays = (offset: number): void => {
        done.add(at, offset);
        at = offset + 1;
      };
      for (const record of records) {
        if (done.has(record.offset)) continue;
        const letter = await shown(record, partition);
        const target = letter && (await targetOf(letter, partitionsOf, services));
        if (target === undefined) {
          left++;
          // The topic may be created again.
          if (letter !== undefined && letter.originalTopic !== null) stays(record.offset);
          continue;
        }
        if (!condition.chooses(letter!)) {
          unchosen++;
          stays(record.offset);
          continue;
        }
        const place = `${target.partition}/${target.topic}`;
        let open = batches.get(place);
        if (open === undefined) batches.set(place, (open = { ...target, batch: new BatchBuilder() }));
        const own = record.headers.filter((h) => !h.key.startsWith(CONTEXT));
        open.batch.add(record.timestamp, record.key, record.value, own.length === 0 ? null : encodeHeaders(own));
        topics.add(target.topic);
        sent++;
      }
      done.add(at, next);
      const committed = done.committed();
      for (const open of batches.values()) writer.append(open.topic, open.partition, open.batch.finish(), true);
      writer.commitOffsets(group, [{ topic, partition, ...committed }]);
      await writer.commit();
    }
  } catch (error) {
    await writer.abort().catch(() => undefined);
    throw error;
  } finally {
    await writer.close();
  }
  return { sent, left, unchosen, topics: [...topics].toSorted(), notes: condition.notes };
}

/** The consumer group that records what was sent again. */
function retryGroup(connector: string): string {
  return `connect-${connector}-dead-letters`;
}

async function sentLetters(topic: string, connector: string, log: Log): Promise<(partition: number) => SentLetters> {
  const committed = (await log.admin.committedOffsets(retryGroup(connector))).filter((o) => o.topic === topic);
  const known = new Map(committed.map((o) => [o.partition, new SentLetters(o)]));
  return (partition) => {
    let sent = known.get(partition);
    if (sent === undefined) known.set(partition, (sent = new SentLetters(undefined)));
    return sent;
  };
}

interface RawRecord {
  readonly offset: number;
  readonly timestamp: number;
  readonly key: Buffer | null;
  readonly value: Buffer | null;
  readonly headers: readonly RecordHeader[];
}

interface Chunk {
  readonly partition: number;
  readonly records: readonly RawRecord[];
  /** The offset after the last one. */
  readonly next: number;
}

async function* chunksOf(topic: string, ranges: readonly ScanRange[], log: Log): AsyncGenerator<Chunk, void> {
  const open = new Map(ranges.filter((r) => r.from < r.to).map((r) => [r.partition, r.to]));
  const reader = log.createReader({});
  const cursor = new RecordCursor();
  try {
    reader.assign(
      ranges.filter((r) => open.has(r.partition)).map((r) => ({ topic, partition: r.partition, offset: r.from })),
    );
    while (open.size > 0) {
      for (const fetched of await reader.poll(200)) {
        const { partition } = fetched;
        const end = open.get(partition);
        if (end === undefined) continue;
        cursor.openFetched(fetched);
        let records: RawRecord[] = [];
        while (cursor.next()) {
          const { columns } = cursor;
          for (let i = 0; i < columns.count && columns.offset[i]! < end; i++) {
            // Fetched buffers are reused at the next poll.
            records.push({
              offset: columns.offset[i]!,
              timestamp: columns.timestamp[i]!,
              key: bytesOf(columns.key(i)),
              value: bytesOf(columns.value(i)),
              headers: decodeHeaders(columns.buffer, columns.headersStart[i]!, columns.headerCount[i]!).map((h) => ({
                key: h.key,
                value: bytesOf(h.value),
              })),
            });
            if (records.length < RETRY_RECORDS) continue;
            yield { partition, records, next: columns.offset[i]! + 1 };
            records = [];
          }
        }
        yield { partition, records, next: Math.min(end, fetched.nextOffset) };
        if (fetched.nextOffset < end) continue;
        open.delete(partition);
        reader.pause({ topic, partition });
      }
    }
  } finally {
    await reader.close();
  }
}

function bytesOf(bytes: Uint8Array | null): Buffer | null {
  return bytes === null ? null : Buffer.from(bytes);
}

interface Target {
  readonly topic: string;
  readonly partition: number;
}

/** Where a dead letter came from; undefined when its headers do not tell, or the place no longer exists. */
async function targetOf(
  { originalTopic: topic, originalPartition: partition }: DeadLetter,
  partitionsOf: Map<string, number>,
  { log }: Services,
): Promise<Target | undefined> {
  if (topic === null || partition === null) return undefined;
  let partitions = partitionsOf.get(topic);
  if (partitions === undefined)
    partitionsOf.set(topic, (partitions = (await log.admin.describeTopic(topic))?.partitions ?? 0));
  return partition < partitions ? { topic, partition } : undefined;
}
