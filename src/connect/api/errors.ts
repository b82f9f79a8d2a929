import { hideSecrets } from '../../base/secrets/hide.ts';
import type { OffsetMap } from './record.ts';

/** The errors that a task may throw, and the worker's reaction to each. Any other error counts as ConnectError. */

/** The task cannot continue: it becomes FAILED, shows this trace, and waits for a restart. */
export class ConnectError extends Error {
  constructor(message: string, options?: { readonly cause?: unknown }) {
    super(message, options?.cause === undefined ? undefined : { cause: options.cause });
    this.name = 'ConnectError';
  }
}

/**
 * The same call may succeed later: a sink's `put` is repeated with the same records, a source's `poll` is repeated, and
 * a connector's or task's `start` is retried, each after growing pauses.
 */
export class RetriableError extends ConnectError {
  constructor(message: string, options?: { readonly cause?: unknown }) {
    super(message, options);
    this.name = 'RetriableError';
  }
}

/** One record cannot be converted or transformed: `errors.tolerance` decides whether the task fails or skips it. */
export class DataError extends ConnectError {
  constructor(message: string, options?: { readonly cause?: unknown }) {
    super(message, options);
    this.name = 'DataError';
  }
}

/**
 * `target`, and what a sink wrote to it, no longer exist: all tasks read `topics` again from the first existing record.
 * Offsets of other topics are kept.
 */
export class StartOver extends ConnectError {
  readonly target: string;
  readonly topics: readonly string[];

  constructor(message: string, target: string, topics: readonly string[]) {
    super(message);
    this.name = 'StartOver';
    this.target = target;
    this.topics = topics;
  }
}

/** One row of a source cannot be read. Like a DataError, thrown by a batch's `record`; later rows are still read. */
export class UnreadableRow extends DataError {
  readonly topic: string;
  readonly sourcePartition: OffsetMap;
  /** Where to continue after the row. */
  readonly sourceOffset: OffsetMap | null;
  /** The row as text, for later inspection. */
  readonly row: Readonly<Record<string, string | null>> | undefined;

  constructor(
    message: string,
    place: {
      readonly topic: string;
      readonly sourcePartition: OffsetMap;
      readonly sourceOffset: OffsetMap | null;
      readonly row?: Readonly<Record<string, string | null>> | undefined;
      readonly cause?: unknown;
    },
  ) {
    super(message, { cause: place.cause });
    this.name = 'DataError';
    this.topic = place.topic;
    this.sourcePartition = place.sourcePartition;
    this.sourceOffset = place.sourceOffset;
    this.row = place.row;
  }
}

/** The text of an error with its causes, as in a status. `hide` are secrets that must not appear. */
export function traceOf(error: unknown, hide: readonly string[] = []): string {
  const parts: string[] = [];
  const seen = new Set<unknown>();
  for (let at: unknown = error; at !== undefined && at !== null && !seen.has(at);) {
    seen.add(at);
    const prefix = parts.length === 0 ? '' : 'Caused by: ';
    if (at instanceof Error) {
      const frames = (at.stack ?? '').split('\n').filter((line) => /^\s+at /.test(line));
      const message = hideSecrets(`${prefix}${at.name}: ${at.message}`, hide);
      // Stack frames contain our own paths, in which a password like "postgres" would be hidden only by coincidence.
      parts.push(message, ...frames.slice(0, 16).map((line) => `\t${line.trim()}`));
      at = at.cause;
    } else {
      parts.push(hideSecrets(`${prefix}${String(at)}`, hide));
      break;
    }
  }
  return parts.join('\n');
}
