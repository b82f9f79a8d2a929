import { hideSecrets } from '../../base/secrets/hide.ts';
import type { OffsetMap } from './record.ts';

/** What a task may throw, and what each makes the worker do. Anything else counts as ConnectError. */

/** The task cannot go on: it becomes FAILED, shows this trace, and waits for a restart. */
export class ConnectError extends Error {
  constructor(message: string, options?: { readonly cause?: unknown }) {
    super(message, options?.cause === undefined ? undefined : { cause: options.cause });
    this.name = 'ConnectError';
  }
}

/**
 * The same call may succeed later: a sink's `put` is called again with the same records, a source's `poll` is called
 * again, a connector's or task's `start` is tried again; each after a growing pause.
 */
export class RetriableError extends ConnectError {
  constructor(message: string, options?: { readonly cause?: unknown }) {
    super(message, options);
    this.name = 'RetriableError';
  }
}

/** One record cannot be converted or transformed: `errors.tolerance` decides between failing and skipping. */
export class DataError extends ConnectError {
  constructor(message: string, options?: { readonly cause?: unknown }) {
    super(message, options);
    this.name = 'DataError';
  }
}

/**
 * What a sink wrote to `target` is gone with it: all its tasks read `topics` again, from the first record that is
 * there. Offsets of other topics stay.
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

/**
 * One row of a source cannot be read: as a DataError, thrown by a batch's `record`. What is beyond it is read all the
 * same.
 */
export class UnreadableRow extends DataError {
  readonly topic: string;
  readonly sourcePartition: OffsetMap;
  /** Where to go on after the row. */
  readonly sourceOffset: OffsetMap | null;
  /** The row in words, for whoever looks at it later. */
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

/** The text of an error with its causes, as a status shows it. `hide` are secrets that must not appear. */
export function traceOf(error: unknown, hide: readonly string[] = []): string {
  const parts: string[] = [];
  const seen = new Set<unknown>();
  for (let at: unknown = error; at !== undefined && at !== null && !seen.has(at);) {
    seen.add(at);
    const prefix = parts.length === 0 ? '' : 'Caused by: ';
    if (at instanceof Error) {
      const frames = (at.stack ?? '').split('\n').filter((line) => /^\s+at /.test(line));
      const message = hideSecrets(`${prefix}${at.name}: ${at.message}`, hide);
      // Frames hold paths of ours, where a password like "postgres" would only be hidden by accident.
      parts.push(message, ...frames.slice(0, 16).map((line) => `\t${line.trim()}`));
      at = at.cause;
    } else {
      parts.push(hideSecrets(`${prefix}${String(at)}`, hide));
      break;
    }
  }
  return parts.join('\n');
}
