import { createHash } from 'node:crypto';
import type { BigIntStats } from 'node:fs';
import { lstat, open, readdir, stat, type FileHandle } from 'node:fs/promises';
import path from 'node:path';
import { ConnectError } from '../../api/errors.ts';
import type { OffsetMap } from '../../api/record.ts';

const CHUNK_BYTES = 256 * 1024;
/** How many of the last bytes that were read are compared with the current content of the file. */
const MARK_BYTES = 1024;
/** A renamed file is read until this many checks find nothing new, because its writer may still have it open. */
const QUIET_LOOKS = 10;
const NOTHING = Buffer.alloc(0);

/** What happened to a file: a sentence for the user, and whether lines may have been lost. */
export interface FileChange {
  readonly text: string;
  readonly isLossy: boolean;
}

type FileRead =
  | { readonly kind: 'bytes'; readonly bytes: Buffer }
  /** The current end of the file. `isMissing`: it was read before, and no file has its name now. */
  | { readonly kind: 'nothing'; readonly isMissing: boolean }
  /**
   * Nothing more follows what was read so far: the next read starts at the beginning of the file that has the name now.
   */
  | { readonly kind: 'over'; readonly change: FileChange };

/**
 * A file that is followed by its name while it grows, across renaming, replacement and truncation. A file is identified
 * by its inode and by the bytes before the position, since the inode of a deleted file may be reused, and a truncated
 * file may have grown beyond the position again.
 */
export class FollowedFile {
  readonly #path: string;
  #handle: FileHandle | undefined;
  /** Device and inode of the open file. */
  #identity: string | undefined;
  #inode: string | undefined;
  #position: number;
  /**
   * The identity of the file according to the offset; undefined: the offset has none, or the file has been identified.
   */
  #expected: { readonly inode: string | undefined; readonly mark: string | undefined } | undefined;
  /** The last bytes before the position. */
  #tail: Buffer = NOTHING;
  /** Bytes after the position that were returned and not consumed. */
  #rest: Buffer = NOTHING;
  /** Checks that found nothing new in a file that has lost its name. */
  #quiet = 0;

  constructor(file: string, offset: OffsetMap | undefined) {
    this.#path = file;
    this.#position = Number(offset?.['position'] ?? 0);
    const inode = offset?.['inode'];
    const [position, mark] = String(offset?.['mark'] ?? '').split(':');
    this.#expected = {
      inode: typeof inode === 'string' ? inode : undefined,
      // The mark of another position: a user has set the position manually.
      mark: position === String(this.#position) ? mark : undefined,
    };
  }

  get position(): number {
    return this.#position;
  }

  /** The offset to store for the current position. */
  get offset(): OffsetMap {
    return {
      position: this.#position,
      ...(this.#inode !== undefined && { inode: this.#inode, mark: `${this.#position}:${markOf(this.#tail)}` }),
    };
  }

  /** Bytes that were returned and not consumed. */
  get rest(): Buffer {
    return this.#rest;
  }

  /** Marks the first `bytes` of `rest` as processed. */
  consume(bytes: number): void {
    if (bytes === 0) return;
    this.#tail = lastOf(this.#tail, this.#rest.subarray(0, bytes));
    this.#rest = this.#rest.subarray(bytes);
    this.#position += bytes;
  }

  /** Reads what follows `rest`. @throws ConnectError when the file cannot be read */
  async read(): Promise<FileRead> {
    try {
      const change = this.#handle === undefined ? await this.#open() : undefined;
      if (change !== undefined) return await this.#over(change);
      if (this.#handle === undefined) return { kind: 'nothing', isMissing: this.#position > 0 };
      return await this.#readOn(this.#handle);
    } catch (error) {
      if (error instanceof ConnectError) throw error;
      throw new ConnectError(`Cannot read ${this.#path}: ${(error as Error).message}`, { cause: error });
    }
  }

  async close(): Promise<void> {
    const handle = this.#handle;
    this.#handle = undefined;
    await handle?.close();
  }

  async #readOn(handle: FileHandle): Promise<FileRead> {
    const known = lastOf(this.#tail, this.#rest);
    const at = this.#position + this.#rest.length;
    const chunk = Buffer.allocUnsafeSlow(CHUNK_BYTES);
    const { bytesRead } = await handle.read(chunk, 0, CHUNK_BYTES, at - known.length);
    if (bytesRead < known.length) {
      const { size } = await handle.stat();
      return await this.#over(cut(this.#path, size, at));
    }
    if (!known.equals(chunk.subarray(0, known.length))) return await this.#over(rewritten(this.#path, at));
    if (bytesRead > known.length) {
      this.#quiet = 0;
      const bytes = chunk.subarray(known.length, bytesRead);
      this.#rest = this.#rest.length === 0 ? bytes : Buffer.concat([this.#rest, bytes]);
      return { kind: 'bytes', bytes };
    }
    const now = await statOf(this.#path);
    if (now !== undefined && identityOf(now) === this.#identity) {
      this.#quiet = 0;
      return { kind: 'nothing', isMissing: false };
    }
    const isQuiet = ++this.#quiet > QUIET_LOOKS;
    if (now === undefined) return { kind: 'nothing', isMissing: isQuiet };
    if (!isQuiet) return { kind: 'nothing', isMissing: false };
    return await this.#over({
      text: `${this.#path} is another file than before, which was read to its end, position ${at}: read from its beginning`,
      isLossy: false,
    });
  }

  /** Opens the file if it exists. A result means that it is not the file that was read before. */
  async #open(): Promise<FileChange | undefined> {
    const expected = this.#expected;
    const found = await statOf(this.#path);
    const isOther = found !== undefined && expected?.inode !== undefined && String(found.ino) !== expected.inode;
    // A file renamed while nobody read it still has its last lines, even if no other file has its old name yet.
    const earlier = found === undefined || isOther ? await this.#renamed() : undefined;
    if (earlier !== undefined) await this.#adopt(earlier);
    else {
      if (found === undefined) return undefined;
      if (isOther && this.#position > 0)
        return {
          text: `${this.#path} is another file than the one that was read up to position ${this.#position}: read from its beginning. What came to the earlier one after that was not read`,
          isLossy: true,
        };
      const handle = await openFile(this.#path);
      if (handle === undefined) return undefined;
      await this.#adopt(handle);
      const { size } = await handle.stat();
      if (size < this.#position) return cut(this.#path, size, this.#position);
      if (expected?.mark !== undefined && expected.mark !== markOf(this.#tail))
        return rewritten(this.#path, this.#position);
    }
    this.#expected = undefined;
    return undefined;
  }

  /** The file of the offset, if it has another name in the same folder: `app.log.1` for `app.log`. */
  async #renamed(): Promise<FileHandle | undefined> {
    const expected = this.#expected;
    if (expected?.inode === undefined || expected.mark === undefined || this.#position === 0) return undefined;
    const folder = path.dirname(this.#path);
    const name = path.basename(this.#path);
    for (const other of await readdir(folder).catch(() => [])) {
      if (other === name || !other.startsWith(path.parse(name).name)) continue;
      const file = path.join(folder, other);
      const found = await lstat(file, { bigint: true }).catch(() => undefined);
      if (found?.isFile() !== true || String(found.ino) !== expected.inode) continue;
      const handle = await openFile(file);
      if (handle === undefined) continue;
      if (markOf(await tailOf(handle, this.#position)) === expected.mark) return handle;
      await handle.close();
    }
    return undefined;
  }

  async #adopt(handle: FileHandle): Promise<void> {
    this.#handle = handle;
    const found = await handle.stat({ bigint: true });
    this.#identity = identityOf(found);
    this.#inode = String(found.ino);
    this.#tail = await tailOf(handle, this.#position);
  }

  async #over(change: FileChange): Promise<FileRead> {
    await this.close();
    return { kind: 'over', change };
  }

  /** To be called after `over`: the next read starts at the beginning of the file that has the name. */
  restart(): void {
    this.#position = 0;
    this.#tail = NOTHING;
    this.#rest = NOTHING;
    this.#inode = undefined;
    this.#expected = undefined;
    this.#quiet = 0;
  }
}

const cut = (file: string, size: number, at: number): FileChange => ({
  text: `${file} was cut to ${size} bytes (position was ${at}): read from its beginning. What was written to it just before that may not have been read: renaming a file, in place of copying and cutting it, loses nothing`,
  isLossy: true,
});

const rewritten = (file: string, at: number): FileChange => ({
  text: `${file} has other bytes before position ${at} than were read, it was written anew: read from its beginning. What was written to it just before that may not have been read`,
  isLossy: true,
});

/** The last bytes of both, at most MARK_BYTES. */
function lastOf(before: Buffer, after: Buffer): Buffer {
  if (after.length >= MARK_BYTES) return Buffer.from(after.subarray(after.length - MARK_BYTES));
  const both = Buffer.concat([before, after]);
  return both.length > MARK_BYTES ? both.subarray(both.length - MARK_BYTES) : both;
}

function markOf(tail: Buffer): string {
  return createHash('sha256').update(tail).digest('hex').slice(0, 16);
}

/** The bytes before a position; fewer if the file is shorter. */
async function tailOf(handle: FileHandle, position: number): Promise<Buffer> {
  const length = Math.min(MARK_BYTES, position);
  if (length === 0) return NOTHING;
  const { buffer, bytesRead } = await handle.read(Buffer.alloc(length), 0, length, position - length);
  return buffer.subarray(0, bytesRead);
}

const identityOf = ({ dev, ino }: BigIntStats): string => `${dev}:${ino}`;

async function statOf(file: string): Promise<BigIntStats | undefined> {
  return await stat(file, { bigint: true }).catch(absent);
}

async function openFile(file: string): Promise<FileHandle | undefined> {
  return await open(file, 'r').catch(absent);
}

function absent(error: unknown): undefined {
  if ((error as NodeJS.ErrnoException).code === 'ENOENT') return undefined;
  throw error;
}
