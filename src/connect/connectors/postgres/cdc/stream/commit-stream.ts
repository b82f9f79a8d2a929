import type { OffsetMap } from '../../../../api/record.ts';
import { Changes, type NewChange, type StreamPosition } from './changes.ts';
import {
  hasUnchanged,
  MESSAGE,
  readMessage,
  readRelation,
  readTimeUs,
  skipTuple,
  textsOf,
  TUPLE,
  type Relation,
} from './pgoutput.ts';
import {
  OP,
  type Counted,
  type RecordForm,
  type TableForm,
  type Transaction,
  type TransactionOrder,
} from '../form/record-form.ts';
import { fullName } from '../../../database/table-names.ts';
import type { StreamHandler } from './replication-stream.ts';
import { TransactionCounts } from './transaction-counts.ts';
import { keyText } from './tuple-key.ts';
import { notifyWatching, touch, type Watching } from './watching.ts';

/** How many of the last transaction ids are kept, to detect that a snapshot still considers them running. */
const RECENT_MAX = 4096;

/** A table of the stream, with other recipients of its changes. */
export interface Listener {
  readonly form: TableForm;
  /** Whether values that were not sent are to be completed. */
  readonly completes: boolean;
  /** Whether TRUNCATE results in tombstones for the keys of the topic. */
  readonly takesKeysBack: boolean;
  /** Positions of the columns that identify the table's rows. */
  readonly rowKey: readonly number[];
  readonly partition: OffsetMap;
  /** Listeners for the keys of changed rows. */
  readonly watching: ReadonlySet<Watching>;
  /** Whether a change of a transaction is to be written; absent: all are. */
  admits?: ((transaction: Transaction) => boolean) | undefined;
  /** Whether its new rows are signals. */
  readonly isSignal?: boolean;
}

/** Prefix of a message that is sent only for its commit (chunk-reading.ts). */
export const OWN_PREFIX = 'sluice';

/** Bytes between the WAL position of a message (XLogData) and the message itself. */
const LSN_BEFORE = 24;

type Writable<T> = { -readonly [K in keyof T]: T[K] };

/** A TRUNCATE of a table, which separates the changes before and after it. */
export interface Truncation {
  readonly topic: string;
  readonly partition: OffsetMap;
  /** The positions at which to continue before and after it has been handled. */
  readonly before: StreamPosition;
  readonly position: StreamPosition;
  readonly time: number;
}

/** The most that is held in memory at once. */
export interface StreamLimits {
  readonly rows: number;
  readonly bytes: number;
}

/**
 * Converts messages to batches of changes with their position: known changes are skipped, and a transaction of any size
 * is split into pieces. Holds the stream when a piece is full, at a table that it has not seen, and after a TRUNCATE.
 */
export class CommitStream implements StreamHandler {
  readonly #listeners = new Map<number, Listener | undefined>();
  readonly #limits: StreamLimits;
  readonly #wake: () => void;
  readonly #form: Pick<RecordForm, 'transactions' | 'messages'>;
  /** Present if the form reports transactions. */
  readonly #counts: TransactionCounts | undefined;
  #known: StreamPosition;
  #piece = new Changes();
  #ready = false;
  /** Where the last transaction of the piece ends. */
  #lastEnd: bigint | undefined;
  /** Commit LSN of the current transaction; undefined between transactions. */
  #lsn: bigint | undefined;
  #transaction: Transaction = { xid: 0, lsn: 0n, timeUs: 0n, timeMs: 0, previous: undefined };
  /** Where the last transaction ended. */
  #committed: bigint | undefined;
  /** The position of its beginning in the WAL. */
  #beginLsn = 0n;
  #index = 0;
  /** The number of the transaction's changes that were handled before: they are skipped. */
  #skip = 0;
  /** Whether it contains one of our own messages. */
  #hasOurs = false;
  /** Everything that was committed before this position has been read. */
  passed = 0n;
  /** The server has reported that it sent everything before this position while no transaction was in progress. */
  idle = 0n;
  /** A table that must be examined before the next piece. */
  relation: Relation | undefined;
  readonly truncations: Truncation[] = [];
  /** The last transactions that were received. */
  readonly recent = new Set<number>();
  failure: Error | undefined;

  /** @param committed where the last transaction ended that an earlier run of the stream has seen */
  constructor(
    known: StreamPosition,
    limits: StreamLimits,
    form: Pick<RecordForm, 'transactions' | 'messages'>,
    wake: () => void,
    committed?: bigint,
  ) {
    this.#committed = committed;
    this.#form = form;
    this.#counts = form.transactions && new TransactionCounts();
    this.#known = known;
    this.#limits = limits;
    this.#wake = wake;
  }

  /** Sets the listener for a table's changes; undefined: they are ignored. */
  listen(relation: number, listener: Listener | undefined): void {
    this.#listeners.set(relation, listener);
  }

  /** Where the last transaction ended; undefined: none was seen. */
  get committed(): bigint | undefined {
    return this.#committed;
  }
  get inTransaction(): boolean {
    return this.#lsn !== undefined;
  }
  /** Whether the changes should be written now: a transaction has ended, or the piece is full. */
  get isReady(): boolean {
    return this.#ready && this.#piece.count > 0;
  }
  /** Whether the current changes are already known. */
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

  /** Takes the changes received since the last call, with the position at which to continue after them. */
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
        this.#beginLsn = bytes.readBigUInt64BE(at - LSN_BEFORE);
        this.#counts?.begin();
        this.#hasOurs = false;
        this.#index = 0;
        this.#skip = lsn < this.#known.lsn ? Infinity : lsn === this.#known.lsn ? this.#known.index : 0;
        this.#remember(this.#transaction.xid);
        return true;
      }
      case MESSAGE.commit: {
        const behind = bytes.readBigUInt64BE(at + 10);
        if (this.#skip !== Infinity) this.#end(behind);
        this.#lsn = undefined;
        if (!this.#isOnlyOurs) this.#committed = behind;
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
      case MESSAGE.message:
        return this.#message(bytes, at, end);
      default:
        // Origins and types need no action.
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

  /** Counts one more change; returns whether it is already known. */
  #isKnown(): boolean {
    const isKnown = this.#index++ < this.#skip;
    if (this.#index === 1 && !isKnown) this.#begin();
    return isKnown;
  }

  /** Whether the transaction holds only the connector's own message. */
  get #isOnlyOurs(): boolean {
    return this.#hasOurs && this.#index === 0;
  }

  #begin(): void {
    const transaction = this.#transaction;
    const record = this.#form.transactions?.begin(transaction, this.#beginLsn);
    if (record !== undefined) this.#piece.addMade(record, transaction);
  }

  #end(lsn: bigint): void {
    const { transactions } = this.#form;
    if (transactions === undefined || this.#isOnlyOurs) return;
    // All changes of the transaction may have been omitted.
    if (this.#index === 0) this.#begin();
    this.#piece.addMade(transactions.end(this.#transaction, lsn, this.#counts!.byTable), this.#transaction);
  }

  /** The position of a change's records in its transaction, if the form reports it. */
  #orderOf(form: TableForm, change: Counted): TransactionOrder | undefined {
    const count = this.#counts === undefined ? 0 : (form.counted?.(change) ?? form.count(change));
    return count === 0 ? undefined : this.#counts!.add(fullName(form.info), count);
  }

  #change(bytes: Buffer, at: number, end: number): boolean {
    const isKnown = this.#isKnown();
    // Known changes are counted if the positions of the unknown ones depend on them.
    if (isKnown && (this.#counts === undefined || this.#skip === Infinity)) return true;
    const listener = this.#listeners.get(bytes.readUInt32BE(at + 1));
    const transaction = this.#transaction;
    if (listener === undefined || listener.admits?.(transaction) === false) return isKnown || this.#behind(0);
    const { form, rowKey, watching } = listener;
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
      order: undefined,
    };
    let isOpen = false;
    switch (bytes[at]) {
      case MESSAGE.insert:
        if (listener.isSignal === true && !isKnown) this.#piece.signals.push(textsOf(bytes, first));
        break;
      case MESSAGE.delete:
        change.op = OP.delete;
        change.at = -1;
        change.old = first;
        change.isOldWhole = bytes[at + 5] === TUPLE.old;
        break;
      default:
        change.op = OP.update;
        if (bytes[at + 5] !== TUPLE.new) {
          change.old = first;
          change.at = skipTuple(bytes, first) + 1;
          change.isOldWhole = bytes[at + 5] === TUPLE.old;
          const { keyAt } = form;
          if (keyAt.length > 0 && keyText(bytes, first, keyAt) !== keyText(bytes, change.at, keyAt, first))
            change.op = OP.rekey;
        }
        isOpen = listener.completes && !change.isOldWhole && hasUnchanged(bytes, change.at);
    }
    if (this.#counts !== undefined) change.order = this.#orderOf(form, change);
    if (isKnown) return true;
    if (watching.size > 0) notifyWatching(watching, rowKey, change);
    this.#piece.add(form, change, isOpen);
    return this.#behind(end - at);
  }

  #truncate(bytes: Buffer, at: number): boolean {
    const isKnown = this.#isKnown();
    if (isKnown && (this.#counts === undefined || this.#skip === Infinity)) return true;
    const transaction = this.#transaction;
    const count = bytes.readInt32BE(at + 1);
    for (let i = 0; i < count; i++) {
      const listener = this.#listeners.get(bytes.readUInt32BE(at + 6 + 4 * i));
      if (listener === undefined || listener.admits?.(transaction) === false) continue;
      const { form } = listener;
      const change = { op: OP.truncate, bytes, message: at, at: -1, old: -1, isOldWhole: false, transaction };
      const order = this.#orderOf(form, change);
      if (isKnown) continue;
      touch(listener.watching, null, transaction);
      this.#piece.add(form, { ...change, index: this.#index - 1, order }, false);
      if (!listener.takesKeysBack || form.keyAt.length === 0) continue;
      this.truncations.push({
        topic: form.topic,
        partition: listener.partition,
        before: { lsn: this.#lsn!, index: this.#index - 1 },
        position: { lsn: this.#lsn!, index: this.#index },
        time: transaction.timeMs,
      });
    }
    if (this.truncations.length === 0) return isKnown || this.#behind(0);
    this.#wake();
    return false;
  }

  #message(bytes: Buffer, at: number, end: number): boolean {
    const { messages } = this.#form;
    if (messages === undefined) return true;
    const message = readMessage(bytes, at);
    if (message.prefix === OWN_PREFIX) {
      this.#hasOurs = true;
      return true;
    }
    const transaction = this.#transaction;
    if (!message.isTransactional) {
      if (message.lsn < this.#known.lsn) return true;
      const record = messages.record(message, { ...transaction, previous: this.#committed }, () => undefined);
      if (record !== undefined) this.#piece.addMade(record, transaction);
      this.#lastEnd = message.lsn + 1n;
      this.#ready = true;
      this.#wake();
      return this.#behind(end - at);
    }
    const isKnown = this.#isKnown();
    if (this.#skip === Infinity) return true;
    const record = messages.record(message, transaction, () => this.#counts?.add(messages.countedAs, 1));
    if (isKnown) return true;
    if (record !== undefined) this.#piece.addMade(record, transaction);
    return this.#behind(end - at);
  }

  /** Extends the piece up to here. Returns false if it is full. */
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
