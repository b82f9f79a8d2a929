import { effect, signal, type Signal } from '@preact/signals';
import { remembered } from '../server/credentials.ts';

/** What users keep is their own; where the server asks for none, the browser's. */
const USER = remembered()?.user;
const PREFIX = USER === undefined ? 'sluice.' : `sluice.${USER}.`;

/** A signal whose value outlives the page, in this browser. @param kept takes out what may be a secret */
export function stored<T>(name: string, fallback: T, kept: (value: T) => T = (value) => value): Signal<T> {
  const value = signal(read<T>(name) ?? fallback);
  effect(() => {
    try {
      localStorage.setItem(PREFIX + name, JSON.stringify(kept(value.value)));
    } catch {
      // Full, or forbidden: the value lives as long as the page.
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
