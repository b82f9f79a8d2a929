import type { OrderedStore } from '../log/embedded/ordered-store.ts';

/** Forgets every space whose name begins with a prefix: the state of a query that is gone (see `stateSpace`). */
export async function dropSpaces(store: OrderedStore, prefix: string): Promise<void> {
  const names = store.spaces().filter((name) => name.startsWith(prefix));
  if (names.length === 0) return;
  store.write(
    (writes) => {
      for (const name of names) writes.deleteSpace(name);
    },
    { evenIfFull: true },
  );
  await Promise.resolve();
}
