import type { RootDatabase } from 'lmdb';

/** An entry as lmdb-js has copied it from the file: whole keys, and values as stored. */
export interface CopiedEntry {
  key: Buffer;
  keyStart: number;
  keyEnd: number;
  value: Buffer;
  valueEnd: number;
}

/** What lmdb-js's `getRange` needs from its database besides LMDB. */
interface Decoding {
  readKey(bytes: Buffer, start: number, end: number): void;
  readonly decoder: { decode(bytes: Buffer, size: number): void };
  /** The decoder keeps no bytes, so they need not be copied. */
  readonly decoderCopies: true;
  lastSize: number;
}

interface Range {
  iterate(): { next(): { readonly done?: boolean }; return(): void };
}

/**
 * Reads ranges of an environment without an object for each key and value: lmdb-js copies both into reused buffers,
 * which are examined in place.
 */
export class LmdbScan {
  readonly #db: { getRange(options: object): Range };
  readonly #entry: CopiedEntry = { key: Buffer.alloc(0), keyStart: 0, keyEnd: 0, value: Buffer.alloc(0), valueEnd: 0 };

  constructor(db: RootDatabase<Buffer, Buffer>) {
    const entry = this.#entry;
    const [keys, values] = [new Views(), new Views()];
    const decoding: Decoding = {
      readKey(bytes, start, end) {
        entry.key = keys.of(bytes);
        entry.keyStart = start;
        entry.keyEnd = end;
      },
      decoder: {
        decode(bytes, size) {
          entry.value = values.of(bytes);
          entry.valueEnd = size;
        },
      },
      decoderCopies: true,
      lastSize: 0,
    };
    // Everything else is inherited from the database.
    this.#db = Object.assign(Object.create(db) as { getRange(options: object): Range }, decoding);
  }

  /** Shows the results of `getRange` until `visit` returns false. The same entry object is reused each time. */
  run(range: object, visit: (entry: CopiedEntry) => boolean): void {
    const entries = this.#db.getRange(range).iterate();
    let isOver = false;
    try {
      while (!isOver) isOver = entries.next().done === true || !visit(this.#entry);
    } finally {
      entries.return();
    }
  }
}

/**
 * lmdb-js gives its buffers a `length` property of their own, which makes them slow to read: these are plain views of
 * the same bytes.
 */
class Views {
  #given: Buffer | undefined;
  #view: Buffer = Buffer.alloc(0);

  of(bytes: Buffer): Buffer {
    if (bytes !== this.#given) {
      this.#given = bytes;
      this.#view = Buffer.from(bytes.buffer, bytes.byteOffset, bytes.byteLength);
    }
    return this.#view;
  }
}
