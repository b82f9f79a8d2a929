import type { OrderedStore } from '../store/ordered-store.ts';

/** Keys are prefixes of spaces that are being dropped, so that a crash in between leaves nothing behind. */
const DROPPING = '#dropping';
/** Entries that are deleted in one piece. */
const PIECE = 1000;

/**
 * Deletes every space whose name has a prefix: the state of a removed query (see `stateSpace`). Works in pieces, since
 * there may be millions of entries, and awaits `breathe` in between.
 */
export async function dropSpaces(store: OrderedStore, prefix: string, breathe: () => Promise<void>): Promise<void> {
  if (!store.spaces().some((name) => name.startsWith(prefix))) return;
  store.write((writes) => writes.put(DROPPING, Buffer.from(prefix), Uint8Array.of(1)), { evenIfFull: true });
  await drop(store, prefix, breathe);
}

/** Completes drops that were in progress when the process ended. Must be called before the state is used. */
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
