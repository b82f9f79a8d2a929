import { SluiceError } from '../../base/errors.ts';
import type { ConnectorConfig } from '../../connect/client/api.ts';
import { rangesOf, type ScanRange } from '../../dataflow/views/topic-scan.ts';
import type { CommittedOffset, Log } from '../../log/api.ts';
import { BatchBuilder } from '../../log/record-batch/builder.ts';
import { RecordCursor } from '../../log/record-batch/cursor.ts';
import { decodeHeaders, encodeHeaders, type RecordHeader } from '../../log/record-batch/headers.ts';
import { browseTopic, type BrowsedRecord } from '../print/browse-topic.ts';
import type { DeadLetter } from '../results.ts';
import type { Services } from '../services.ts';

/*
 * Records that a connector put aside (KIP-298): they lie in a topic with their own bytes, and their headers say where
 * they came from, if errors.deadletterqueue.context.headers.enable is set.
 */

/** What Connect's own headers begin with. */
const CONTEXT = '__connect.errors.';
/** Records of one transaction of a retry. */
const RETRY_RECORDS = 1000;
/** The most that SHOW looks at for those of one connector. */
const BROWSED_RECORDS = 1000;

/** @throws SluiceError STATEMENT where the connector puts nothing aside */
export function deadLetterTopic(name: string, config: ConnectorConfig): string {
  const topic = (config['errors.deadletterqueue.topic.name'] ?? '').trim();
  if (topic !== '') return topic;
  throw new SluiceError('STATEMENT', `Connector ${name} keeps no dead letters: records that it cannot handle stop it`, {
    hint: `ALTER CONNECTOR ${name} SET ('errors.tolerance'='all', 'errors.deadletterqueue.topic.name'='${name.toLowerCase()}-dead-letters', 'errors.deadletterqueue.context.headers.enable'='true');`,
  });
}

/** The last ones, the oldest of them first. */
export async function deadLetters(
  topic: string,
  connector: string,
  limit: number,
  services: Services,
): Promise<readonly DeadLetter[]> {
  if ((await services.log.admin.describeTopic(topic)) === undefined) return [];
  const { records } = await browseTopic(topic, { from: { at: 'end' }, limit: BROWSED_RECORDS }, services);
  const retried = new Map((await retriedOffsets(topic, connector, services.log)).map((o) => [o.partition, o.offset]));
  return records
    .map((record) => ({ record, context: contextOf(record) }))
    .filter(({ context }) => (context('connector.name') ?? connector) === connector)
    .slice(-limit)
    .map(({ record, context }) => ({
      partition: record.partition,
      offset: record.offset,
      timestamp: record.timestamp,
      originalTopic: context('topic'),
      originalPartition: numberOf(context('partition')),
      originalOffset: numberOf(context('offset')),
      stage: context('stage'),
      errorClass: context('exception.class.name'),
      error: context('exception.message'),
      key: record.key,
      value: record.value,
      retried: record.offset < (retried.get(record.partition) ?? 0),
    }));
}

function contextOf({ headers }: BrowsedRecord): (name: string) => string | null {
  return (name) => headers.find((h) => h.key === CONTEXT + name)?.value ?? null;
}

function numberOf(text: string | null): number | null {
  return text === null || !/^\d+$/.test(text) ? null : Number(text);
}

export interface Retried {
  /** Records that went back to the topics that they came from. */
  readonly sent: number;
  /** Records whose headers do not say where they came from, or of another connector. */
  readonly left: number;
  readonly topics: readonly string[];
}

/**
 * Writes the dead letters that were not sent again before to the partitions that they came from, each once: what was
 * sent is committed with the records in one transaction. @throws SluiceError
 */
export async function retryDeadLetters(topic: string, connector: string, services: Services): Promise<Retried> {
  const { log, env } = services;
  if ((await log.admin.describeTopic(topic)) === undefined) return { sent: 0, left: 0, topics: [] };
  const done = new Map((await retriedOffsets(topic, connector, log)).map((o) => [o.partition, o.offset]));
  const ranges = (await rangesOf(log, topic)).map((r) => ({
    ...r,
    from: Math.max(r.from, done.get(r.partition) ?? 0),
  }));
  const group = retryGroup(connector);
  const writer = await log.createWriter({ transactionalId: `${group}-${env.random.uuid()}` });
  const topics = new Set<string>();
  const partitionsOf = new Map<string, number>();
  let [sent, left] = [0, 0];
  try {
    for await (const { partition, records, next } of chunksOf(topic, ranges, log)) {
      const batches = new Map<
        string,
        { readonly topic: string; readonly partition: number; readonly batch: BatchBuilder }
      >();
      for (const record of records) {
        const target = await targetOf(record, connector, partitionsOf, services);
        if (target === undefined) {
          left++;
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
      for (const open of batches.values()) writer.append(open.topic, open.partition, open.batch.finish(), true);
      writer.commitOffsets(group, [{ topic, partition, offset: next }]);
      await writer.commit();
    }
  } catch (error) {
    await writer.abort().catch(() => undefined);
    throw error;
  } finally {
    await writer.close();
  }
  return { sent, left, topics: [...topics].toSorted() };
}

/** The consumer group that holds what was sent again. */
function retryGroup(connector: string): string {
  return `connect-${connector}-dead-letters`;
}

async function retriedOffsets(topic: string, connector: string, log: Log): Promise<readonly CommittedOffset[]> {
  return (await log.admin.committedOffsets(retryGroup(connector))).filter((o) => o.topic === topic);
}

interface RawRecord {
  readonly timestamp: number;
  readonly key: Buffer | null;
  readonly value: Buffer | null;
  readonly headers: readonly RecordHeader[];
}

interface Chunk {
  readonly partition: number;
  readonly records: readonly RawRecord[];
  /** The offset behind the last one. */
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
            // What was fetched is the log's again at the next poll.
            records.push({
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

/**
 * Where a dead letter came from; undefined: its headers do not say, it is another connector's, or the place is gone.
 */
async function targetOf(
  { headers }: RawRecord,
  connector: string,
  partitionsOf: Map<string, number>,
  { log }: Services,
): Promise<{ readonly topic: string; readonly partition: number } | undefined> {
  const context = (name: string): string | null =>
    headers.find((h) => h.key === CONTEXT + name)?.value?.toString() ?? null;
  const topic = context('topic');
  const partition = numberOf(context('partition'));
  if (topic === null || partition === null || (context('connector.name') ?? connector) !== connector) return undefined;
  let partitions = partitionsOf.get(topic);
  if (partitions === undefined)
    partitionsOf.set(topic, (partitions = (await log.admin.describeTopic(topic))?.partitions ?? 0));
  return partition < partitions ? { topic, partition } : undefined;
}
