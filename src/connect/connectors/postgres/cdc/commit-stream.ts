import { Changes, type StreamPosition } from './changes.ts';
import type { ChangeShape } from './change-shape.ts';
import { hasUnchanged, MESSAGE, readRelation, readTimeMs, skipTuple, TUPLE, type Relation } from './pgoutput.ts';
import type { StreamHandler } from './replication-stream.ts';

/** Transactions whose numbers are kept to tell that a snapshot still held them for running. */
const RECENT_MAX = 4096;

/** A table of the stream with who else must know of its changes. */
export interface Listener {
  readonly shape: ChangeShape;
  /** A key's row changed; null: every row. */
  touched?: ((key: string | null, xid: number) => void) | undefined;
  /** Whether a change of a transaction is to be written; absent: all are. */
  admits?: ((xid: number) => boolean) | undefined;
}

/** TRUNCATE of a table stands between the changes before and behind it. */
export interface Truncation {
  readonly shape: ChangeShape;
  /** Where to go on when it is yet to be done, and when it is done. */
  readonly before: StreamPosition;
  readonly position: StreamPosition;
  readonly time: number;
}

/**
 * From messages to runs of changes with their position: what is known already is left out, a transaction of any size
 * comes in pieces. Holds the stream back when a piece is full, at a table that it has not seen, and behind a TRUNCATE.
 */
export class CommitStream implements StreamHandler {
  private readonly listeners = new Map<number, Listener | undefined>();
  private readonly limits: { readonly rows: number; readonly bytes: number };
  private readonly wake: () => void;
  private known: StreamPosition;
  private piece = new Changes();
  private ready = false;
  /** Where the last transaction of the piece ends. */
  private lastEnd: bigint | undefined;
  /** Of the transaction under way: where it commits; undefined between two. */
  private lsn: bigint | undefined;
  private xid = 0;
  private time = 0;
  private index = 0;
  /** So many changes of it are known. */
  private skip = 0;
  /** All that was committed before this has been read. */
  passed = 0n;
  /** The server has said that it sent all before this, and nothing was under way. */
  idle = 0n;
  /** Behind what the next piece is to be looked at. */
  relation: Relation | undefined;
  readonly truncations: Truncation[] = [];
  readonly recent = new Set<number>();
  failure: Error | undefined;
  /** Time of the last commit, ms since the epoch. */
  committedAtMs = 0;

  constructor(known: StreamPosition, limits: CommitStream['limits'], wake: () => void) {
    this.known = known;
    this.limits = limits;
    this.wake = wake;
  }

  /** What becomes of a table's changes; undefined: nothing. */
  listen(relation: number, listener: Listener | undefined): void {
    this.listeners.set(relation, listener);
  }

  get inTransaction(): boolean {
    return this.lsn !== undefined;
  }
  /** Changes that are worth a write: a transaction has ended, or the piece is full. */
  get isReady(): boolean {
    return this.ready && this.piece.count > 0;
  }
  /** What comes now is known already. */
  get isSkipping(): boolean {
    return this.lsn !== undefined && this.index < this.skip;
  }
  get hasChanges(): boolean {
    return this.piece.count > 0;
  }
  /** Whether there is a new position. */
  get hasMoved(): boolean {
    return this.ready || this.lastEnd !== undefined;
  }

  /** What came since, with where to go on behind it. */
  take(): Changes {
    const { piece } = this;
    piece.position = this.truncations[0]?.before ?? this.here();
    piece.end = this.lastEnd;
    this.piece = new Changes();
    this.lastEnd = undefined;
    this.ready = false;
    return piece;
  }

  private here(): StreamPosition | undefined {
    if (this.lsn !== undefined && this.skip !== Infinity && this.index > this.skip)
      return { lsn: this.lsn, index: this.index };
    return this.lastEnd === undefined ? undefined : { lsn: this.lastEnd, index: 0 };
  }

  message(bytes: Buffer, at: number, end: number): boolean {
    switch (bytes[at]) {
      case MESSAGE.begin: {
        const lsn = bytes.readBigUInt64BE(at + 1);
        this.lsn = lsn;
        this.time = readTimeMs(bytes, at + 9);
        this.xid = bytes.readUInt32BE(at + 17);
        this.index = 0;
        this.skip = lsn < this.known.lsn ? Infinity : lsn === this.known.lsn ? this.known.index : 0;
        this.remember(this.xid);
        return true;
      }
      case MESSAGE.commit: {
        const behind = bytes.readBigUInt64BE(at + 10);
        this.lsn = undefined;
        this.committedAtMs = this.time;
        if (behind > this.passed) this.passed = behind;
        if (behind > this.known.lsn) {
          this.lastEnd = behind;
          this.ready = true;
          this.wake();
        }
        return true;
      }
      case MESSAGE.insert:
      case MESSAGE.update:
      case MESSAGE.delete:
        return this.change(bytes, at, end);
      case MESSAGE.truncate:
        return this.truncate(bytes, at);
      case MESSAGE.relation:
        this.relation = readRelation(bytes, at);
        this.wake();
        return false;
      default:
        // Messages of others, origins, types: nothing to write.
        return true;
    }
  }

  keepalive(walEnd: bigint): void {
    if (this.lsn !== undefined) return;
    if (walEnd > this.passed) this.passed = walEnd;
    if (walEnd > this.idle) this.idle = walEnd;
    this.wake();
  }

  ended(error: Error | undefined): void {
    this.failure = error ?? new Error('Connection terminated');
    this.wake();
  }

  private change(bytes: Buffer, at: number, end: number): boolean {
    const { piece } = this;
    if (this.index++ < this.skip) return true;
    const listener = this.listeners.get(bytes.readUInt32BE(at + 1));
    if (listener === undefined || listener.admits?.(this.xid) === false) return this.behind(0);
    const { shape } = listener;
    const first = at + 6;
    const kind = bytes[at];
    if (kind === MESSAGE.insert) {
      listener.touched?.(shape.keyText(bytes, first), this.xid);
      piece.upsert(shape, bytes, first, -1, this.time, undefined);
    } else if (kind === MESSAGE.delete) {
      listener.touched?.(shape.keyText(bytes, first), this.xid);
      // A row without a key cannot be taken back.
      if (shape.hasKey) piece.tombstone(shape, bytes, first, this.time);
    } else {
      const hasOld = bytes[at + 5] !== TUPLE.new;
      const fresh = hasOld ? skipTuple(bytes, first) + 1 : first;
      const old = hasOld ? first : -1;
      if (shape.hasKey && (hasOld || listener.touched !== undefined)) {
        const key = shape.keyText(bytes, fresh, old);
        const before = hasOld ? shape.keyText(bytes, old) : key;
        listener.touched?.(key, this.xid);
        if (before !== key) {
          listener.touched?.(before, this.xid);
          piece.tombstone(shape, bytes, old, this.time);
        }
      }
      const isWhole = bytes[at + 5] === TUPLE.old;
      const isOpen = !isWhole && hasUnchanged(bytes, fresh);
      piece.upsert(shape, bytes, fresh, old, this.time, isOpen ? this.xid : undefined);
    }
    return this.behind(end - at);
  }

  private truncate(bytes: Buffer, at: number): boolean {
    if (this.index++ < this.skip) return true;
    const count = bytes.readInt32BE(at + 1);
    for (let i = 0; i < count; i++) {
      const listener = this.listeners.get(bytes.readUInt32BE(at + 6 + 4 * i));
      if (listener === undefined || listener.admits?.(this.xid) === false) continue;
      listener.touched?.(null, this.xid);
      if (!listener.shape.hasKey) continue;
      this.truncations.push({
        shape: listener.shape,
        before: { lsn: this.lsn!, index: this.index - 1 },
        position: { lsn: this.lsn!, index: this.index },
        time: this.time,
      });
    }
    if (this.truncations.length === 0) return true;
    this.wake();
    return false;
  }

  /** The piece reaches to here. */
  private behind(bytes: number): boolean {
    const { piece, limits } = this;
    piece.bytes += bytes;
    if (piece.count < limits.rows && piece.bytes < limits.bytes) return true;
    this.ready = true;
    this.wake();
    return false;
  }

  private remember(xid: number): void {
    this.recent.add(xid);
    if (this.recent.size > RECENT_MAX) this.recent.delete(this.recent.values().next().value!);
  }
}
