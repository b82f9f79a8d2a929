import type { ProcessingLog, ProcessingLogEntry } from '../../base/env.ts';

/** The most queries whose last entry is kept: more than a server runs at once. */
const KEPT = 1000;

/**
 * Keeps the last entry of each query in addition to the processing log, for DESCRIBE: a count of errors does not show
 * the reason.
 */
export class LastProblems implements ProcessingLog {
  readonly #log: ProcessingLog;
  readonly #last = new Map<string, ProcessingLogEntry>();

  constructor(log: ProcessingLog) {
    this.#log = log;
  }

  write(entry: ProcessingLogEntry): void {
    const id = entry.logger.split('.')[1] ?? '';
    this.#last.delete(id);
    this.#last.set(id, entry);
    if (this.#last.size > KEPT) this.#last.delete(this.#last.keys().next().value!);
    this.#log.write(entry);
  }

  /** The last record or row that a query could not handle since the server started, and why; undefined: none. */
  of(queryId: string): string | undefined {
    const entry = this.#last.get(queryId);
    if (entry === undefined) return undefined;
    const { topic, partition, offset, message } = entry;
    const at = topic === undefined ? '' : ` (topic ${topic}${offset === undefined ? '' : `, ${partition}:${offset}`})`;
    return `${message}${at}`;
  }
}
