import { effect, signal, type Signal } from '@preact/signals';
import { remembered } from '../server/credentials.ts';

/** Stored values are kept per user, or per browser if the server has no login. */
const USER = remembered()?.user;
const PREFIX = USER === undefined ? 'sluice.' : `sluice.${USER}.`;

/** A signal whose value is stored in this browser. @param kept removes values that may be secrets */
export function stored<T>(name: string, fallback: T, kept: (value: T) => T = (value) => value): Signal<T> {
  const value = signal(read<T>(name) ?? fallback);
  effect(() => {
    try {
      localStorage.setItem(PREFIX + name, JSON.stringify(kept(value.value)));
    } catch {
      // Storage is full or forbidden: the value is kept only as long as the page.
    }
  });
  return value;
}

function read<T>(name: string): T | undefined {
  try {
    const text = localStorage.getItem(PREFIX + name);
    return text === null ? undefined : (JSON.parse(text) as T);
  } catch {
    return undefined;
  }
}
