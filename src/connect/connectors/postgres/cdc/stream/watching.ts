import type { Transaction } from '../form/record-form.ts';
import type { NewChange } from './changes.ts';
import { keyText } from './tuple-key.ts';

/** Called when a transaction has changed the row with a key; null: all rows. */
export interface Watching {
  touch(key: string | null, by: Transaction): void;
}

/** Notifies the listeners of the keys that a change affects. */
export function notifyWatching(watching: ReadonlySet<Watching>, rowKey: readonly number[], change: NewChange): void {
  const { bytes, at, old, transaction } = change;
  const now = at === -1 ? undefined : keyText(bytes, at, rowKey, old);
  const before = old === -1 ? now : keyText(bytes, old, rowKey);
  if (now !== undefined) touch(watching, now, transaction);
  if (before !== now) touch(watching, before!, transaction);
}

/** Notifies the listeners of a changed row. @param key null: all rows */
export function touch(watching: ReadonlySet<Watching>, key: string | null, by: Transaction): void {
  for (const one of watching) one.touch(key, by);
}
