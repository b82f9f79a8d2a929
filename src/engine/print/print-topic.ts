import { SluiceError } from '../../base/errors.ts';
import { didYouMean } from '../../base/suggest.ts';
import { kindWord } from '../../catalog/source.ts';
import { RecordCursor } from '../../log/record-batch/cursor.ts';
import type { StatementOf } from '../../sql/ast/statement.ts';
import type { PrintHandle } from '../query-handle.ts';
import { checkNotProtected } from '../protected-topics.ts';
import type { Services } from '../services.ts';
import { FormatGuess } from './guess-format.ts';
import { observe } from './observe.ts';

/** How long one poll waits, in ms; a closed PRINT ends within this time. */
const POLL_MS = 500;

/** PRINT topic [FROM BEGINNING] [INTERVAL n] [LIMIT n]: ends at the limit, or when it is closed. */
export async function printTopic(statement: StatementOf<'PrintTopic'>, services: Services): Promise<PrintHandle> {
  const { log } = services;
  const topics = await log.admin.listTopics();
  const exact = topics.find((t) => t.name === statement.topic);
  const alike = topics.filter((t) => t.name.toLowerCase() === statement.topic.toLowerCase());
  // Of one topic that differs in case alone there is no doubt; of two there is.
  const topic = exact ?? (alike.length === 1 ? alike[0] : undefined);
  if (!topic) {
    const names = topics.filter((t) => !t.internal).map((t) => t.name);
    throw new SluiceError(
      'STATEMENT',
      `Could not find topic '${statement.topic}', or the KSQL user does not have permissions to list the topic. Topic names are case-sensitive.`,
      {
        span: statement.span,
        hint:
          (alike.length > 1
            ? `${alike.map((t) => t.name).join(' and ')} differ in case alone: ${alike.map((t) => `PRINT '${t.name}';`).join(' or ')}`
            : undefined) ??
          topicOf(statement.topic, services) ??
          didYouMean(statement.topic, names) ??
          'SHOW TOPICS; lists the topics. A stream or table is shown by SELECT * FROM name EMIT CHANGES;',
      },
    );
  }
  checkNotProtected(topic.name, services.config, statement.span);
  const reader = log.createReader({});
  const partitions = Array.from({ length: topic.partitions }, (_, partition) => ({ topic: topic.name, partition }));
  reader.assign(
    await Promise.all(
      partitions.map(async (at) => ({
        ...at,
        offset: statement.fromBeginning ? await log.admin.earliestOffset(at) : await log.admin.latestOffset(at),
      })),
    ),
  );
  let closed = false;
  const close = async (): Promise<void> => {
    if (closed) return;
    closed = true;
    reader.wakeup();
    await Promise.resolve();
  };

  async function* lines(): AsyncGenerator<string, void> {
    const key = new FormatGuess('Key');
    const value = new FormatGuess('Value');
    const cursor = new RecordCursor();
    const every = Math.max(1, statement.every ?? 1);
    let seen = 0;
    let printed = 0;
    try {
      while (!closed && statement.limit !== 0) {
        // All fetched records are observed before any is shown: a key of eight letters is no BIGINT when the next one
        // has nine.
        const fetched: PrintedRecord[] = [];
        for (const batch of await reader.poll(POLL_MS)) {
          cursor.openFetched(batch);
          while (cursor.next()) {
            const { columns } = cursor;
            for (let i = 0; i < columns.count; i++) {
              if (seen++ % every !== 0) continue;
              const record = { timestamp: columns.timestamp[i]!, partition: batch.partition };
              fetched.push({ ...record, key: copyOf(columns.key(i)), value: copyOf(columns.value(i)) });
            }
          }
        }
        for (const record of fetched) {
          yield* observe(key, record.key, services.registry);
          yield* observe(value, record.value, services.registry);
        }
        if (fetched.length > 0)
          for (const line of [key.announcement(), value.announcement()]) if (line !== undefined) yield line;
        for (const record of fetched) {
          yield `rowtime: ${rowtime(record.timestamp)}, key: ${key.render(record.key)}, value: ${value.render(record.value)}, partition: ${record.partition}`;
          if (statement.limit !== null && ++printed >= statement.limit) return;
        }
      }
    } finally {
      closed = true;
      await reader.close();
    }
  }

  return { kind: 'PRINT', lines, close };
}

interface PrintedRecord {
  readonly timestamp: number;
  readonly partition: number;
  readonly key: Uint8Array | null;
  readonly value: Uint8Array | null;
}

/** Fetched buffers are reused at the next poll, and while a schema is awaited. */
function copyOf(bytes: Uint8Array | null): Uint8Array | null {
  return bytes === null ? null : Buffer.from(bytes);
}

/** `2022/12/02 17:22:02.556 Z` */
function rowtime(ms: number): string {
  if (ms < 0) return 'N/A';
  return `${new Date(ms).toISOString().replaceAll('-', '/').replace('T', ' ').replace('Z', '')} Z`;
}

/** PRINT of a stream or table names its topic. */
function topicOf(name: string, { catalog }: Services): string | undefined {
  const source = catalog.current.source(name.toUpperCase());
  return source === undefined
    ? undefined
    : `${source.name} is a ${kindWord(source.kind)}: its topic is ${source.topic.name}, PRINT '${source.topic.name}';`;
}
