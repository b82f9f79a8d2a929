import type { Key } from '../types/row.ts';
import type { KeyedRow, StoredRow, StoreSpec } from './api.ts';
import { EntryCodec } from './entry-codec.ts';
import { afterPrefix, type OrderedReader, prefixRange } from './ordered.ts';
import { entryPages } from './entry-pages.ts';
import { storedKey } from './key-codec.ts';
import { storeSpace } from './provider.ts';

/** Committed rows of key-value stores of one kind, read for pull queries without caching. */
export class CommittedRows {
  readonly #codec: EntryCodec;
  readonly #name: string;

  constructor(spec: StoreSpec) {
    this.#codec = new EntryCodec(spec);
    this.#name = spec.name;
  }

  /** `prefix`: of the task's spaces, from `stateSpace`. */
  of(disk: OrderedReader, prefix: string): CommittedStore {
    return new CommittedStore(this.#codec, storeSpace(prefix, this.#name), disk);
  }
}

type Bytes = Uint8Array | undefined;

/** One task's store. Pages are in the order of serialized keys, as in `KeyValueStore`. */
export class CommittedStore {
  readonly #codec: EntryCodec;
  readonly #space: string;
  readonly #disk: OrderedReader;

  constructor(codec: EntryCodec, space: string, disk: OrderedReader) {
    this.#codec = codec;
    this.#space = space;
    this.#disk = disk;
  }

  get(key: Key): StoredRow | undefined {
    const value = this.#disk.get(this.#space, storedKey(this.#codec.keys.bytes(key)));
    return value === undefined ? undefined : this.#codec.decode(value);
  }

  all(): Iterable<readonly KeyedRow[]> {
    return this.#pages(undefined, undefined);
  }

  /** Both ends are included; undefined means unbounded. */
  range(from: Key | undefined, to: Key | undefined): Iterable<readonly KeyedRow[]> {
    const { keys } = this.#codec;
    return this.#pages(from && keys.bytes(from), to && afterPrefix(keys.bytes(to)));
  }

  /** Keys whose leading columns equal `prefix`. */
  prefix(prefix: Key): Iterable<readonly KeyedRow[]> {
    return this.#pages(...prefixRange(this.#codec.keys.bytes(prefix, prefix.length)));
  }

  #pages(from: Bytes, to: Bytes): Iterable<readonly KeyedRow[]> {
    return entryPages(this.#disk, this.#space, from, to, (entry) => this.#codec.decodePlaced(entry));
  }
}
