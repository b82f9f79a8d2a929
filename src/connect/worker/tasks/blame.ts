import { AsyncLocalStorage } from 'node:async_hooks';

/** Receives errors that were thrown outside of any awaited call. */
type Blamed = (error: unknown) => void;

const running = new AsyncLocalStorage<Blamed>();

/**
 * Runs code of a connector or a task. Errors that it throws later by itself, in a timer, an event or a promise that
 * nobody awaits, are attributed to it and do not end the process: see `blame`.
 */
export function runAs<T>(blamed: Blamed, code: () => T): T {
  return running.run(blamed, code);
}

/** The owner of the running code: it receives errors that the code throws later, where no call awaits them. */
export function accused(): Blamed {
  return running.getStore() ?? (() => undefined);
}

/** For an uncaught exception: tells the connector or task whose code threw it. False: no owner is known. */
export function blame(error: unknown): boolean {
  const blamed = running.getStore();
  if (blamed === undefined) return false;
  blamed(error);
  return true;
}
