import type { LogicalMessage } from '../form/record-form.ts';

/**
 * Messages of Postgres' own output plugin, protocol 1 ("Logical Replication Message Formats" in its manual). The
 * changes of a transaction are sent at its commit, in order; a tuple consists of a count (int16) and for each column a
 * kind: `n` NULL, `u` an unchanged TOAST value that is not sent, `t` a length (int32) and a text.
 */

export const MESSAGE = {
  begin: 66,
  commit: 67,
  delete: 68,
  insert: 73,
  message: 77,
  origin: 79,
  relation: 82,
  truncate: 84,
  update: 85,
  type: 89,
} as const;

/** The letters before a tuple: the key of the old row, the new row, the complete old row. */
export const TUPLE = { key: 75, new: 78, old: 79 } as const;
/** The kinds of a column's value in a tuple. */
export const KIND = { null: 110, text: 116, unchanged: 117 } as const;

/** Microseconds from 1970 to 2000, the epoch of Postgres' timestamps. */
const POSTGRES_EPOCH_US = 946_684_800_000_000n;

export interface RelationColumn {
  readonly name: string;
  /** The type of the column itself: domains are not resolved. */
  readonly oid: number;
  readonly modifier: number;
  /** Whether it is part of the replica identity. */
  readonly identifies: boolean;
}

/** The columns of a table for the changes that follow. Sent before its first change, and after each schema change. */
export interface Relation {
  readonly id: number;
  readonly schema: string;
  readonly name: string;
  /** `d` default, `f` full, `i` index, `n` nothing. */
  readonly identity: string;
  readonly columns: readonly RelationColumn[];
}

/** Reads an `R` message that starts at `at`. */
export function readRelation(bytes: Buffer, at: number): Relation {
  const id = bytes.readUInt32BE(at + 1);
  let next = at + 5;
  const text = (): string => {
    const stop = bytes.indexOf(0, next);
    const found = bytes.toString('utf8', next, stop);
    next = stop + 1;
    return found;
  };
  // An empty schema means pg_catalog.
  const schema = text();
  const name = text();
  const identity = String.fromCharCode(bytes[next]!);
  const count = bytes.readInt16BE(next + 1);
  next += 3;
  const columns: RelationColumn[] = [];
  for (let i = 0; i < count; i++) {
    const identifies = (bytes[next]! & 1) === 1;
    next++;
    const column = text();
    columns.push({ name: column, oid: bytes.readUInt32BE(next), modifier: bytes.readInt32BE(next + 4), identifies });
    next += 8;
  }
  return { id, schema: schema === '' ? 'pg_catalog' : schema, name, identity, columns };
}

/** Reads an `M` message: flags, WAL position, prefix and content. It is sent only if messages were requested. */
export function readMessage(bytes: Buffer, at: number): LogicalMessage {
  const stop = bytes.indexOf(0, at + 10);
  const from = stop + 5;
  return {
    isTransactional: (bytes[at + 1]! & 1) === 1,
    lsn: bytes.readBigUInt64BE(at + 2),
    prefix: bytes.toString('utf8', at + 10, stop),
    // Copied, because the socket's buffer is larger.
    content: Buffer.from(bytes.subarray(from, from + bytes.readInt32BE(stop + 1))),
  };
}

/** Converts a timestamp of the protocol to µs since the epoch. */
export function readTimeUs(bytes: Buffer, at: number): bigint {
  return bytes.readBigInt64BE(at) + POSTGRES_EPOCH_US;
}

/** Returns the position after the tuple that starts at `at`. */
export function skipTuple(bytes: Buffer, at: number): number {
  const count = (bytes[at]! << 8) | bytes[at + 1]!;
  let next = at + 2;
  for (let i = 0; i < count; i++) {
    const kind = bytes[next]!;
    next += kind === KIND.null || kind === KIND.unchanged ? 1 : 5 + bytes.readInt32BE(next + 1);
  }
  return next;
}

/** Whether a column of the tuple was not sent. */
export function hasUnchanged(bytes: Buffer, at: number): boolean {
  const count = (bytes[at]! << 8) | bytes[at + 1]!;
  let next = at + 2;
  for (let i = 0; i < count; i++) {
    const kind = bytes[next]!;
    if (kind === KIND.unchanged) return true;
    next += kind === KIND.null ? 1 : 5 + bytes.readInt32BE(next + 1);
  }
  return false;
}

/** Returns the values of the tuple: null, a text, or undefined for a value that was not sent. */
export function textsOf(bytes: Buffer, at: number): (string | null | undefined)[] {
  const count = (bytes[at]! << 8) | bytes[at + 1]!;
  let next = at + 2;
  const found: (string | null | undefined)[] = [];
  for (let i = 0; i < count; i++) {
    const kind = bytes[next]!;
    if (kind === KIND.null || kind === KIND.unchanged) {
      found.push(kind === KIND.null ? null : undefined);
      next++;
    } else {
      const length = bytes.readInt32BE(next + 1);
      found.push(bytes.toString('utf8', next + 5, next + 5 + length));
      next += 5 + length;
    }
  }
  return found;
}
