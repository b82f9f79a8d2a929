import type { TopicNumber } from '../../base/quantities.ts';
import { messageOf } from '../../base/errors.ts';
import { baseOffsetOf, checkBatch, lastOffsetOf } from '../record-batch/batch-header.ts';
import { isSealed, unseal } from '../../store/sealed-value.ts';
import { BATCHES, OFFSETS, PARTITIONS, positionOf, TOPICS } from './keys.ts';

const SPACE_BYTES = 4;
/** The most findings that are reported for one store. */
const TOLD_MAX = 20;

interface Finding {
  readonly topicId: TopicNumber | undefined;
  readonly text: string;
}

/**
 * Checks the entries of an embedded log's store in order (docs/formats/embedded-log.md), as far as they have a checksum
 * or a format of their own. In spaces of an earlier version only record batches have one.
 */
export class EntryCheck {
  readonly #spaces = new Map<number, string>();
  readonly #topics = new Map<number, string>();
  readonly #findings: Finding[] = [];
  #found = 0;
  #batches = 0;
  #sealed = 0;
  /** The last checked batch: its partition, and the offset after it. */
  #last = { at: '', next: 0 };

  /** Checks an entry, whose value `value` reads. Returns whether it is sound. */
  take(key: Buffer, value: () => Buffer): boolean {
    const before = this.#found;
    try {
      this.#inspect(key, value);
    } catch (error) {
      // The entry ends before its fields do.
      if (!(error instanceof RangeError)) throw error;
      this.#report(undefined, `the entry ${key.toString('hex', 0, 24)} cannot be read`);
    }
    return this.#found === before;
  }

  #inspect(key: Buffer, stored: () => Buffer): void {
    const space = key.readUInt32BE();
    let value = stored;
    if (isSealed(space)) {
      const found = unseal(key, stored());
      this.#sealed++;
      if (found === undefined) {
        this.#report(undefined, `an entry of ${this.#spaces.get(space) ?? `space ${space}`} fails its checksum`);
        return;
      }
      value = () => found;
    }
    const rest = key.subarray(SPACE_BYTES);
    if (space === 0) {
      if (rest[0] !== 0) this.#spaces.set(value().readUInt32BE(), rest.toString());
      return;
    }
    switch (this.#spaces.get(space)) {
      case undefined:
        this.#report(undefined, `an entry of space ${space}, which has no name`);
        break;
      case TOPICS:
        this.#topic(rest, value());
        break;
      case PARTITIONS:
        if (value().length < 16) this.#report(rest.readUInt32BE(), 'the offsets of a partition cannot be read');
        break;
      case OFFSETS:
        if (value().length < 8)
          this.#report(undefined, `an offset of ${rest.toString().split('\0')[0]} cannot be read`);
        break;
      case BATCHES:
        this.#batch(rest, value());
        break;
      default:
    }
  }

  /** Number of entries with a checksum, apart from record batches. */
  get sealed(): number {
    return this.#sealed;
  }

  get batches(): number {
    return this.#batches;
  }

  /** Descriptions of the damage. */
  get findings(): readonly string[] {
    return this.#findings.map(({ topicId, text }) =>
      topicId === undefined ? text : `topic ${this.#topics.get(topicId) ?? `number ${topicId}`}: ${text}`,
    );
  }

  #report(topicId: TopicNumber | undefined, text: string): void {
    this.#found++;
    if (this.#findings.length < TOLD_MAX) this.#findings.push({ topicId, text });
  }

  #topic(name: Buffer, value: Buffer): void {
    try {
      this.#topics.set((JSON.parse(value.toString()) as { readonly id: number }).id, name.toString());
    } catch {
      this.#report(undefined, `the description of topic ${name.toString()} cannot be read`);
    }
  }

  #batch(key: Buffer, value: Buffer): void {
    const topicId = key.readUInt32BE();
    const offset = positionOf(key);
    const place = `partition ${key.readUInt32BE(4)}, the batch at offset ${offset}`;
    this.#batches++;
    try {
      checkBatch(value);
    } catch (error) {
      this.#report(topicId, `${place}: ${messageOf(error).replace(/^.*?: /, '')}`);
      return;
    }
    const at = key.toString('latin1', 0, 8);
    if (baseOffsetOf(value) !== offset) this.#report(topicId, `${place} is said to begin at ${baseOffsetOf(value)}`);
    else if (at === this.#last.at && offset < this.#last.next)
      this.#report(topicId, `${place} overlaps the one before it`);
    this.#last = { at, next: lastOffsetOf(value) + 1 };
  }
}
