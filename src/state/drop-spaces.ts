import type { OrderedStore } from '../store/ordered-store.ts';

/** Keys: prefixes of spaces that are being dropped, so that a crash in between leaves nothing behind. */
const DROPPING = '#dropping';
/** Entries that go in one piece. */
const PIECE = 1000;

/**
 * Forgets every space whose name begins with a prefix: the state of a query that is gone (see `stateSpace`). In pieces:
 * a state may have millions of entries. `breathe` is awaited between two.
 */
export async function dropSpaces(store: OrderedStore, prefix: string, breathe: () => Promise<void>): Promise<void> {
  if (!store.spaces().some((name) => name.startsWith(prefix))) return;
  store.write((writes) => writes.put(DROPPING, Buffer.from(prefix), Uint8Array.of(1)), { evenIfFull: true });
  await drop(store, prefix, breathe);
}

/** What was being dropped when the process ended. To be called before anybody uses the state. */
export async function finishDrops(store: OrderedStore, breathe: () => Promise<void>): Promise<void> {
  const begun = [...store.range(DROPPING)];
  for (const { key } of begun) await drop(store, key.toString(), breathe);
}

async function drop(store: OrderedStore, prefix: string, breathe: () => Promise<void>): Promise<void> {
  const names = store.spaces().filter((name) => name.startsWith(prefix));
  for (const name of names) {
    for (;;) {
      const piece = [...store.range(name, { limit: PIECE, values: false })];
      if (piece.length < PIECE) break;
      store.write((writes) => piece.forEach(({ key }) => writes.delete(name, key)), { evenIfFull: true });
      await breathe();
    }
  }
  store.write(
    (writes) => {
      for (const name of names) writes.deleteSpace(name);
      writes.delete(DROPPING, Buffer.from(prefix));
    },
    { evenIfFull: true },
  );
}
