import type { Offset, PartitionNumber } from '../../base/quantities.ts';
import { type ErrorCode, isSluiceError, messageOf, SluiceError } from '../../base/errors.ts';
import { type CommittedOffset, Fenced, type LogAdmin, OffsetOutOfRange, type TopicPartition } from '../api.ts';
import type { PackedEntries } from '../../store/ordered-store.ts';
import type { Extent } from './stored-reader.ts';

/** How far a partition is committed, and where its batches are in the store. */
export interface KnownExtent extends Extent {
  readonly topic: string;
}

/**
 * Messages between a worker thread and the thread that owns the embedded log. The worker asks, and each question has
 * one answer. It reads records from the store itself; data that it writes is transferred, not copied.
 */
export type LogAsk =
  | { readonly method: 'admin'; readonly name: keyof LogAdmin; readonly args: readonly unknown[] }
  | { readonly method: 'dropState'; readonly prefix: string }
  /** Answered with `KnownExtent`s of the partitions that have more records, as soon as there are some. */
  | {
      readonly method: 'extents';
      readonly reader: number;
      readonly partitions: readonly CommittedOffset[];
      readonly timeoutMs: number;
    }
  | { readonly method: 'wakeup' | 'closeReader'; readonly reader: number }
  | { readonly method: 'createWriter'; readonly writer: number; readonly transactionalId: string | undefined }
  | { readonly method: 'closeWriter'; readonly writer: number }
  | ({ readonly method: 'commit'; readonly writer: number } & SharedWork);

/** The writes of one transaction. */
export interface SharedWork {
  readonly appends: readonly {
    readonly topic: string;
    readonly partition: PartitionNumber;
    readonly batch: Uint8Array;
  }[];
  readonly offsets: readonly { readonly group: string; readonly offsets: readonly CommittedOffset[] }[];
  readonly state: PackedEntries;
}

/** An error as plain data. */
export interface PlainError {
  readonly kind: 'sluice' | 'fenced' | 'range' | 'other';
  readonly message: string;
  readonly code?: ErrorCode | undefined;
  readonly hint?: string | undefined;
  readonly retriable?: boolean | undefined;
  readonly at?: TopicPartition | undefined;
  readonly offset?: Offset | undefined;
}

export function plainError(error: unknown): PlainError {
  const message = messageOf(error);
  if (error instanceof OffsetOutOfRange) {
    const { topic, partition } = error.at;
    return { kind: 'range', message, at: { topic, partition }, offset: error.offset };
  }
  if (error instanceof Fenced) return { kind: 'fenced', message };
  if (!isSluiceError(error)) return { kind: 'other', message };
  return { kind: 'sluice', message, code: error.code, hint: error.hint, retriable: error.retriable };
}

export function errorOf({ kind, message, code, hint, retriable, at, offset }: PlainError): Error {
  if (kind === 'range') return new OffsetOutOfRange(at!, offset!);
  if (kind === 'fenced') return new Fenced(message);
  return kind === 'sluice' ? new SluiceError(code!, message, { hint, retriable }) : new Error(message);
}
