import { must } from '../../../base/assert.ts';
import { RecordCursor } from '../../../log/record-batch/cursor.ts';
import { decodeHeaders, type RecordHeader } from '../../../log/record-batch/headers.ts';
import { NeedsPreparation } from '../../api/converter.ts';
import type { SinkRecord } from '../../api/record.ts';
import type { DeadLetter, DeadLetterBox } from './dead-letter-box.ts';
import type { FailedRecord, Stage } from './error-policy.ts';
import { headerOf } from './header-text.ts';
import type { TaskSite } from './task-site.ts';

const NONE: readonly never[] = [];

/** A record that has to wait. */
interface Waiting {
  readonly ready: () => Promise<void>;
  /** Whether it is converted again afterwards; otherwise it has been put aside. */
  readonly again: boolean;
}

/** Records of one batch that were decoded in advance, by position: they stay the same objects. */
type Decoded = Map<number, SinkRecord>;

/** What the records of a sink pass through before the task receives them: converters, transforms, dead letters. */
export class SinkRecords {
  readonly #site: TaskSite;
  readonly #letters: DeadLetterBox;
  /** Raw bytes of records that a task may still report; kept only when dead letters have a topic. */
  readonly #raws = new WeakMap<SinkRecord, DeadLetter>();
  readonly #keepsRaw: boolean;
  /** The current batch, whose records are converted. */
  readonly cursor = new RecordCursor();

  constructor(site: TaskSite, letters: DeadLetterBox) {
    this.#site = site;
    this.#letters = letters;
    this.#keepsRaw = letters.isKept;
  }

  /**
   * When transforms or converters run in other threads: sends them all records of the cursor's current batch, and
   * returns those that are decoded by then.
   */
  async foresee(topic: string, partition: number): Promise<Decoded | undefined> {
    const { foresight } = this.#site;
    if (foresight === undefined) return undefined;
    const { columns } = this.cursor;
    const headersOf = (i: number): readonly RecordHeader[] => this.#headersAt(i);
    await foresight.bytes(topic, columns, headersOf);
    const decoded: Decoded = new Map();
    try {
      for (let i = 0; i < columns.count; i++)
        decoded.set(
          i,
          this.#decoded(topic, partition, i, headersOf(i), () => undefined),
        );
    } catch {
      // The error recurs when the record is handled.
    }
    await foresight.records([...decoded.values()]);
    return decoded;
  }

  /** Converts the record at a position of the batch for the task; null: a transform has dropped it. */
  convert(topic: string, partition: number, i: number, decoded: Decoded | undefined): SinkRecord | null | Waiting {
    const { columns } = this.cursor;
    const headers = this.#headersAt(i);
    let stage: Stage = 'KEY_CONVERTER';
    try {
      const record = decoded?.get(i) ?? this.#decoded(topic, partition, i, headers, (reached) => (stage = reached));
      decoded?.set(i, record);
      stage = 'TRANSFORMATION';
      const result = this.#site.transforms === undefined ? record : this.#site.transforms.apply(record);
      if (result !== null && this.#keepsRaw) this.#raws.set(result, this.#rawAt(i, headers));
      this.#site.handled();
      return result;
    } catch (error) {
      if (error instanceof NeedsPreparation) return { ready: () => this.#site.retrying(error.ready), again: true };
      const again = this.#site.retryOf(error);
      if (again !== undefined) return { ready: again, again: true };
      const offset = must(columns.offset[i], 'offset');
      const failed: FailedRecord = { stage, error, className: this.#site.classOf(stage), topic, partition, offset };
      this.#site.policy.onFailure(failed);
      const raw = this.#rawAt(i, headers);
      return { ready: () => this.#bury(failed, raw), again: false };
    }
  }

  /** Handles the task's report of a record that it cannot write. */
  async reportErrant(record: SinkRecord, error: unknown): Promise<void> {
    const failed: FailedRecord = {
      stage: 'TASK_PUT',
      error,
      className: this.#site.classOf('TASK_PUT'),
      topic: record.originalTopic,
      partition: record.partition,
      offset: record.offset,
    };
    this.#site.policy.onFailure(failed);
    await this.#bury(failed, this.#raws.get(record));
  }

  /** The record after the converters; `at` receives the stage in progress. */
  #decoded(
    topic: string,
    partition: number,
    i: number,
    headers: readonly RecordHeader[],
    at: (stage: Stage) => void,
  ): SinkRecord {
    const { columns } = this.cursor;
    const timestamp = must(columns.timestamp[i], 'timestamp');
    at('KEY_CONVERTER');
    const key = this.#site.keys.decode(topic, columns.key(i));
    at('VALUE_CONVERTER');
    const value = this.#site.values.decode(topic, columns.value(i));
    at('HEADER_CONVERTER');
    const converter = this.#site.headers;
    const converted =
      headers.length === 0
        ? NONE
        : headers.map((h) =>
            converter === undefined ? headerOf(h.key, h.value) : { key: h.key, ...converter.decode(topic, h.value) },
          );
    return {
      topic,
      originalTopic: topic,
      partition,
      offset: must(columns.offset[i], 'offset'),
      keySchema: key.schema,
      key: key.value,
      valueSchema: value.schema,
      value: value.value,
      timestamp: timestamp < 0 ? undefined : timestamp,
      headers: converted,
    };
  }

  #headersAt(i: number): readonly RecordHeader[] {
    const { columns } = this.cursor;
    const count = must(columns.headerCount[i], 'number of headers');
    return count === 0 ? NONE : decodeHeaders(columns.buffer, must(columns.headersStart[i], 'headers'), count);
  }

  /** Copied, because the fetched buffer is reused after the poll. */
  #rawAt(i: number, headers: readonly RecordHeader[]): DeadLetter {
    const { columns } = this.cursor;
    const key = columns.key(i);
    const value = columns.value(i);
    return {
      key: key === null ? null : Buffer.from(key),
      value: value === null ? null : Buffer.from(value),
      headers: headers.map((h) => ({ key: h.key, value: h.value === null ? null : Buffer.from(h.value) })),
      timestamp: Math.max(0, must(columns.timestamp[i], 'timestamp')),
    };
  }

  /** Writes the record as it was read to the dead letter topic, with the next commit. */
  async #bury(failed: FailedRecord, raw: DeadLetter | undefined): Promise<void> {
    if (this.#site.policy.settings.deadLetters === undefined || raw === undefined) return;
    await this.#letters.ensureTopic();
    this.#letters.add(failed, raw);
  }
}
