import type { OffsetMap } from '../../../../api/record.ts';
import { Changes, type NewChange, type StreamPosition } from './changes.ts';
import { hasUnchanged, MESSAGE, readRelation, readTimeUs, skipTuple, TUPLE, type Relation } from './pgoutput.ts';
import { OP, type TableForm, type Transaction } from '../form/record-form.ts';
import type { StreamHandler } from './replication-stream.ts';
import { keyText } from './tuple-key.ts';

/** Transactions whose numbers are kept to tell that a snapshot still held them for running. */
const RECENT_MAX = 4096;

/** Told that a transaction changed the row of a key; null: every row. */
export interface Watching {
  touch(key: string | null, by: Transaction): void;
}

/** A table of the stream with who else must know of its changes. */
export interface Listener {
  readonly form: TableForm;
  /** Values that were not sent are to be completed. */
  readonly completes: boolean;
  /** TRUNCATE takes back the keys that the topic has. */
  readonly takesKeysBack: boolean;
  /** Positions of the columns that tell the table's rows apart. */
  readonly rowKey: readonly number[];
  readonly partition: OffsetMap;
  /** Who is told of the keys whose rows change, while there are any. */
  readonly watching: ReadonlySet<Watching>;
  /** Whether a change of a transaction is to be written; absent: all are. */
  admits?: ((transaction: Transaction) => boolean) | undefined;
}

type Writable<T> = { -readonly [K in keyof T]: T[K] };

/** TRUNCATE of a table stands between the changes before and behind it. */
export interface Truncation {
  readonly topic: string;
  readonly partition: OffsetMap;
  /** Where to go on when it is yet to be done, and when it is done. */
  readonly before: StreamPosition;
  readonly position: StreamPosition;
  readonly time: number;
}

/** How much is held at a time. */
export interface StreamLimits {
  readonly rows: number;
  readonly bytes: number;
}

/**
 * From messages to runs of changes with their position: what is known already is left out, a transaction of any size
 * comes in pieces. Holds the stream back when a piece is full, at a table that it has not seen, and behind a TRUNCATE.
 */
export class CommitStream implements StreamHandler {
  readonly #listeners = new Map<number, Listener | undefined>();
  readonly #limits: StreamLimits;
  readonly #wake: () => void;
  #known: StreamPosition;
  #piece = new Changes();
  #ready = false;
  /** Where the last transaction of the piece ends. */
  #lastEnd: bigint | undefined;
  /** Of the transaction under way: where it commits; undefined between two. */
  #lsn: bigint | undefined;
  #transaction: Transaction = { xid: 0, lsn: 0n, timeUs: 0n, timeMs: 0, previous: undefined };
  /** Where the last transaction ended. */
  #committed: bigint | undefined;
  #index = 0;
  /** So many changes of it are known. */
  #skip = 0;
  /** All that was committed before this has been read. */
  passed = 0n;
  /** The server has said that it sent all before this, and nothing was under way. */
  idle = 0n;
  /** Behind what the next piece is to be looked at. */
  relation: Relation | undefined;
  readonly truncations: Truncation[] = [];
  /** Transactions that have come, the last ones. */
  readonly recent = new Set<number>();
  failure: Error | undefined;

  constructor(known: StreamPosition, limits: StreamLimits, wake: () => void) {
    this.#known = known;
    this.#limits = limits;
    this.#wake = wake;
  }

  /** What becomes of a table's changes; undefined: nothing. */
  listen(relation: number, listener: Listener | undefined): void {
    this.#listeners.set(relation, listener);
  }

  get inTransaction(): boolean {
    return this.#lsn !== undefined;
  }
  /** Changes that are worth a write: a transaction has ended, or the piece is full. */
  get isReady(): boolean {
    return this.#ready && this.#piece.count > 0;
  }
  /** What comes now is known already. */
  get isSkipping(): boolean {
    return this.#lsn !== undefined && this.#index < this.#skip;
  }
  get hasChanges(): boolean {
    return this.#piece.count > 0;
  }
  /** Whether there is a new position. */
  get hasMoved(): boolean {
    return this.#ready || this.#lastEnd !== undefined;
  }

  /** What came since, with where to go on behind it. */
  take(): Changes {
    const piece = this.#piece;
    piece.position = this.truncations[0]?.before ?? this.#here();
    piece.end = this.#lastEnd;
    this.#piece = new Changes();
    this.#lastEnd = undefined;
    this.#ready = false;
    return piece;
  }

  #here(): StreamPosition | undefined {
    if (this.#lsn !== undefined && this.#skip !== Infinity && this.#index > this.#skip)
      return { lsn: this.#lsn, index: this.#index };
    return this.#lastEnd === undefined ? undefined : { lsn: this.#lastEnd, index: 0 };
  }

  message(bytes: Buffer, at: number, end: number): boolean {
    switch (bytes[at]) {
      case MESSAGE.begin: {
        const lsn = bytes.readBigUInt64BE(at + 1);
        this.#lsn = lsn;
        const timeUs = readTimeUs(bytes, at + 9);
        this.#transaction = {
          xid: bytes.readUInt32BE(at + 17),
          lsn,
          timeUs,
          timeMs: Math.floor(Number(timeUs) / 1000),
          previous: this.#committed,
        };
        this.#index = 0;
        this.#skip = lsn < this.#known.lsn ? Infinity : lsn === this.#known.lsn ? this.#known.index : 0;
        this.#remember(this.#transaction.xid);
        return true;
      }
      case MESSAGE.commit: {
        const behind = bytes.readBigUInt64BE(at + 10);
        this.#lsn = undefined;
        this.#committed = behind;
        if (behind > this.passed) this.passed = behind;
        if (behind > this.#known.lsn) {
          this.#lastEnd = behind;
          this.#ready = true;
          this.#wake();
        }
        return true;
      }
      case MESSAGE.insert:
      case MESSAGE.update:
      case MESSAGE.delete:
        return this.#change(bytes, at, end);
      case MESSAGE.truncate:
        return this.#truncate(bytes, at);
      case MESSAGE.relation:
        this.relation = readRelation(bytes, at);
        this.#wake();
        return false;
      default:
        // Messages of others, origins, types: nothing to write.
        return true;
    }
  }

  keepalive(walEnd: bigint): void {
    if (this.#lsn !== undefined) return;
    if (walEnd > this.passed) this.passed = walEnd;
    if (walEnd > this.idle) this.idle = walEnd;
    this.#wake();
  }

  ended(error: Error | undefined): void {
    this.failure = error ?? new Error('Connection terminated');
    this.#wake();
  }

  #change(bytes: Buffer, at: number, end: number): boolean {
    if (this.#index++ < this.#skip) return true;
    const listener = this.#listeners.get(bytes.readUInt32BE(at + 1));
    const transaction = this.#transaction;
    if (listener === undefined || listener.admits?.(transaction) === false) return this.#behind(0);
    const { form, rowKey, watching } = listener;
    const isWatched = watching.size > 0;
    const first = at + 6;
    const change: Writable<NewChange> = {
      op: OP.insert,
      bytes,
      message: at,
      at: first,
      old: -1,
      isOldWhole: false,
      transaction,
      index: this.#index - 1,
    };
    let isOpen = false;
    switch (bytes[at]) {
      case MESSAGE.insert:
        if (isWatched) touch(watching, keyText(bytes, first, rowKey), transaction);
        break;
      case MESSAGE.delete:
        if (isWatched) touch(watching, keyText(bytes, first, rowKey), transaction);
        change.op = OP.delete;
        change.at = -1;
        change.old = first;
        change.isOldWhole = bytes[at + 5] === TUPLE.old;
        break;
      default: {
        const hasOld = bytes[at + 5] !== TUPLE.new;
        change.op = OP.update;
        if (hasOld) {
          change.old = first;
          change.at = skipTuple(bytes, first) + 1;
          change.isOldWhole = bytes[at + 5] === TUPLE.old;
          const { keyAt } = form;
          if (keyAt.length > 0 && keyText(bytes, first, keyAt) !== keyText(bytes, change.at, keyAt, first))
            change.op = OP.rekey;
        }
        if (isWatched) {
          const key = keyText(bytes, change.at, rowKey, change.old);
          const before = hasOld ? keyText(bytes, first, rowKey) : key;
          touch(watching, key, transaction);
          if (before !== key) touch(watching, before, transaction);
        }
        isOpen = listener.completes && !change.isOldWhole && hasUnchanged(bytes, change.at);
      }
    }
    this.#piece.add(form, change, isOpen);
    return this.#behind(end - at);
  }

  #truncate(bytes: Buffer, at: number): boolean {
    if (this.#index++ < this.#skip) return true;
    const transaction = this.#transaction;
    const count = bytes.readInt32BE(at + 1);
    for (let i = 0; i < count; i++) {
      const listener = this.#listeners.get(bytes.readUInt32BE(at + 6 + 4 * i));
      if (listener === undefined || listener.admits?.(transaction) === false) continue;
      const { form } = listener;
      touch(listener.watching, null, transaction);
      const change = { op: OP.truncate, bytes, message: at, at: -1, old: -1, isOldWhole: false, transaction };
      this.#piece.add(form, { ...change, index: this.#index - 1 }, false);
      if (!listener.takesKeysBack || form.keyAt.length === 0) continue;
      this.truncations.push({
        topic: form.topic,
        partition: listener.partition,
        before: { lsn: this.#lsn!, index: this.#index - 1 },
        position: { lsn: this.#lsn!, index: this.#index },
        time: transaction.timeMs,
      });
    }
    if (this.truncations.length === 0) return this.#behind(0);
    this.#wake();
    return false;
  }

  /** The piece reaches to here. */
  #behind(bytes: number): boolean {
    const piece = this.#piece;
    const limits = this.#limits;
    piece.bytes += bytes;
    if (piece.count < limits.rows && piece.bytes < limits.bytes) return true;
    this.#ready = true;
    this.#wake();
    return false;
  }

  #remember(xid: number): void {
    this.recent.add(xid);
    if (this.recent.size > RECENT_MAX) this.recent.delete(this.recent.values().next().value!);
  }
}

function touch(watching: ReadonlySet<Watching>, key: string | null, by: Transaction): void {
  for (const one of watching) one.touch(key, by);
}
