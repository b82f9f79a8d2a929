import type { PlacedEntry } from '../store/ordered-store.ts';
import { type OrderedReader, scanEntries } from './ordered.ts';

/** A page is read without interruption. The first is small, since most readers want few entries; later ones double. */
const FIRST_PAGE_ENTRIES = 16;
const PAGE_ENTRIES = 256;
const ZERO = Buffer.alloc(1);

/**
 * Maps the entries of a space with from <= key < to (undefined: unbounded) by `show`, in key order and in pages.
 * Entries that it maps to nothing are left out but count, so a page may be empty.
 */
export function* entryPages<T>(
  disk: OrderedReader,
  space: string,
  from: Uint8Array | undefined,
  to: Uint8Array | undefined,
  show: (entry: PlacedEntry) => T | undefined,
): Generator<readonly T[]> {
  let start = from;
  for (let most = FIRST_PAGE_ENTRIES; ; most = Math.min(2 * most, PAGE_ENTRIES)) {
    const page: T[] = [];
    let seen = 0;
    scanEntries(disk, space, start, to, (entry) => {
      const shown = show(entry);
      if (shown !== undefined) page.push(shown);
      if (++seen < most) return true;
      const { key, keyStart, keyEnd } = entry;
      // The lowest key after this one.
      start = Buffer.concat([key.subarray(keyStart, keyEnd), ZERO]);
      return false;
    });
    if (seen > 0) yield page;
    if (seen < most) return;
  }
}
