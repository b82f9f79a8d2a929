import { type ErrorCode, isSluiceError, messageOf, SluiceError } from '../../base/errors.ts';
import { ConnectError, DataError, RetriableError, StartOver, UnreadableRow } from '../api/errors.ts';
import type { OffsetMap } from '../api/record.ts';

/**
 * An error as plain data, with the properties that the worker needs. A plugin may have its own copy of
 * `sluice/connect`, or none, so classes are compared by name.
 */
export interface PlainError {
  readonly name: string;
  readonly message: string;
  readonly stack?: string | undefined;
  readonly code?: ErrorCode | undefined;
  readonly retriable?: boolean | undefined;
  readonly startOver?: { readonly target: string; readonly topics: readonly string[] } | undefined;
  readonly row?: UnreadablePlace | undefined;
  readonly cause?: PlainError | undefined;
}

interface UnreadablePlace {
  readonly topic: string;
  readonly sourcePartition: OffsetMap;
  readonly sourceOffset: OffsetMap | null;
  readonly row?: Readonly<Record<string, string | null>> | undefined;
}

/** The deepest chain of causes that is kept. */
const DEPTH_MAX = 10;

export function plainError(error: unknown, depth = 0): PlainError {
  if (!(error instanceof Error)) return { name: 'Error', message: messageOf(error) };
  const own = error as Error & Partial<StartOver> & Partial<UnreadableRow>;
  return {
    name: isOf(error, 'RetriableError') ? 'RetriableError' : isOf(error, 'DataError') ? 'DataError' : error.name,
    message: error.message,
    stack: error.stack,
    ...(isSluiceError(error) && { code: error.code, retriable: error.retriable }),
    ...(isOf(error, 'StartOver') && { startOver: { target: own.target!, topics: own.topics! } }),
    ...(isOf(error, 'UnreadableRow') && {
      row: {
        topic: own.topic!,
        sourcePartition: own.sourcePartition!,
        sourceOffset: own.sourceOffset ?? null,
        row: own.row,
      },
    }),
    ...(error.cause !== undefined && depth < DEPTH_MAX && { cause: plainError(error.cause, depth + 1) }),
  };
}

/** Whether an error is of a class with that name, whatever the class's origin. */
function isOf(error: Error, name: string): boolean {
  if (error.name === name) return true;
  for (let at: unknown = Object.getPrototypeOf(error); at !== null; at = Object.getPrototypeOf(at))
    if ((at as { constructor?: { name?: string } }).constructor?.name === name) return true;
  return false;
}

export function errorOf(plain: PlainError): Error {
  const { name, message, row, startOver, code } = plain;
  const cause = plain.cause === undefined ? undefined : errorOf(plain.cause);
  const error = made();
  if (plain.stack !== undefined) error.stack = plain.stack;
  return error;

  function made(): Error {
    if (row !== undefined) return new UnreadableRow(message, { ...row, cause });
    if (startOver !== undefined) return new StartOver(message, startOver.target, startOver.topics);
    if (code !== undefined) return new SluiceError(code, message, { retriable: plain.retriable, cause });
    if (name === 'RetriableError') return new RetriableError(message, { cause });
    if (name === 'DataError') return new DataError(message, { cause });
    if (name === 'ConnectError') return new ConnectError(message, { cause });
    const other = new Error(message, { cause });
    other.name = name;
    return other;
  }
}
