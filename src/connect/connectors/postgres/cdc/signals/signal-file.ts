import { createHash } from 'node:crypto';
import { readFile, stat, truncate } from 'node:fs/promises';
import type { SourceTaskContext } from '../../../../api/connector.ts';
import type { OffsetMap } from '../../../../api/record.ts';
import { signalOf, type Received, type SignalChannel } from './signal-channel.ts';

/** The largest accepted signal file, in bytes. */
const BYTES_MAX = 1024 * 1024;
const NEWLINE = 10;

const digestOf = (bytes: Uint8Array): string => createHash('sha256').update(bytes).digest('hex');

/**
 * Signals from a file with one JSON object per line. As in Debezium, the file is emptied when they are executed. The
 * length and hash of the executed part are committed, so that signals are not executed twice after a crash, or if the
 * file cannot be written.
 */
export class SignalFile implements SignalChannel {
  readonly partition: OffsetMap;
  readonly #path: string;
  readonly #task: SourceTaskContext;
  /** Size of the file when it was last read, in bytes; 0: not read completely. */
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
    // Anything that is written after this is new, even if it has the same contents.
    if (kept !== undefined && bytes.length === 0) return { signals: [], offset: null };
    // The last line is still being written if it has no line end.
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

  /** Empties the file, unless something was appended since it was read. */
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

  /** undefined: the file does not exist or cannot be read. */
  async #bytes(): Promise<Buffer | undefined> {
    try {
      const { size } = await stat(this.#path);
      if (size <= BYTES_MAX) return await readFile(this.#path);
      this.#task.remark(`File ${this.#path} ('signal.file') is left out: it has ${size} bytes, more than ${BYTES_MAX}`);
    } catch (error) {
      // The user creates the file only to send signals.
      if ((error as NodeJS.ErrnoException).code !== 'ENOENT')
        this.#task.remark(`File ${this.#path} ('signal.file') cannot be read: ${(error as Error).message}`);
    }
    return undefined;
  }
}

/** The number of bytes at the beginning that have been executed. */
function doneOf(kept: OffsetMap | undefined, bytes: Buffer): number {
  const done = Number(kept?.['bytes'] ?? 0);
  return done <= bytes.length && digestOf(bytes.subarray(0, done)) === kept?.['sha256'] ? done : 0;
}
