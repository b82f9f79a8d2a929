import { createHash } from 'node:crypto';
import { readFile, stat, truncate } from 'node:fs/promises';
import type { SourceTaskContext } from '../../../../api/connector.ts';
import type { OffsetMap } from '../../../../api/record.ts';
import { signalOf, type Received, type SignalChannel } from './signal-channel.ts';

/** A file of signals that is larger is none. */
const BYTES_MAX = 1024 * 1024;
const NEWLINE = 10;

const digestOf = (bytes: Uint8Array): string => createHash('sha256').update(bytes).digest('hex');

/**
 * Signals from a file, one JSON object a line. As in Debezium it is emptied when they are done. What was done is kept
 * by its length and hash, so that a crash before, or a file that may not be written, does nothing twice.
 */
export class SignalFile implements SignalChannel {
  readonly partition: OffsetMap;
  readonly #path: string;
  readonly #task: SourceTaskContext;
  /** Bytes of the file that were read last. */
  #read = 0;

  constructor(path: string, task: SourceTaskContext) {
    this.partition = { mode: 'cdc', signals: `file ${path}` };
    this.#path = path;
    this.#task = task;
  }

  async read(kept: OffsetMap | undefined): Promise<Received | undefined> {
    const bytes = await this.#bytes();
    if (bytes === undefined) return undefined;
    const done = doneOf(kept, bytes);
    // What comes next is new, whatever it says.
    if (kept !== undefined && bytes.length === 0) return { signals: [], offset: null };
    // A last line without its end is still being written.
    const end = bytes.lastIndexOf(NEWLINE) + 1;
    this.#read = bytes.length === end ? end : 0;
    if (end <= done) return end > 0 && (await this.done()) ? { signals: [], offset: null } : undefined;
    const signals = bytes
      .toString('utf8', done, end)
      .split('\n')
      .flatMap((line) => {
        if (line.trim() === '') return [];
        const signal = signalOf(line);
        if (signal === undefined)
          this.#task.remark(`A line of ${this.#path} is no signal, and left out: ${line.slice(0, 100)}`);
        return signal === undefined ? [] : [signal];
      });
    return { signals, offset: { bytes: end, sha256: digestOf(bytes.subarray(0, end)) } };
  }

  /** Empties it, unless something was written behind what was read. */
  async done(): Promise<boolean> {
    const read = this.#read;
    this.#read = 0;
    try {
      if (read === 0 || (await stat(this.#path)).size !== read) return false;
      await truncate(this.#path);
      return true;
    } catch (error) {
      this.#task.remark(
        `File ${this.#path} cannot be emptied ('signal.file'): ${(error as Error).message}. Signals that are done stay there, and are not done again`,
      );
      return false;
    }
  }

  /** undefined: there is none, or it cannot be read. */
  async #bytes(): Promise<Buffer | undefined> {
    try {
      const { size } = await stat(this.#path);
      if (size <= BYTES_MAX) return await readFile(this.#path);
      this.#task.remark(`File ${this.#path} ('signal.file') is left out: it has ${size} bytes, more than ${BYTES_MAX}`);
    } catch (error) {
      // It is made when there is something to say.
      if ((error as NodeJS.ErrnoException).code !== 'ENOENT')
        this.#task.remark(`File ${this.#path} ('signal.file') cannot be read: ${(error as Error).message}`);
    }
    return undefined;
  }
}

/** How many bytes at the beginning are done. */
function doneOf(kept: OffsetMap | undefined, bytes: Buffer): number {
  const done = Number(kept?.['bytes'] ?? 0);
  return done <= bytes.length && digestOf(bytes.subarray(0, done)) === kept?.['sha256'] ? done : 0;
}
