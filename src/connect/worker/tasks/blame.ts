import { AsyncLocalStorage } from 'node:async_hooks';

/** Called with what was thrown outside of any call that waits for it. */
type Blamed = (error: unknown) => void;

const running = new AsyncLocalStorage<Blamed>();

/**
 * Runs code of a connector or a task. What it throws later by itself, in a timer, in an event, in a promise that nobody
 * looks at, is its fault and not the end of the process: see `blame`.
 */
export function runAs<T>(blamed: Blamed, code: () => T): T {
  return running.run(blamed, code);
}

/** Whose code is running: gets the errors that it throws later, where no call waits for them. */
export function accused(): Blamed {
  return running.getStore() ?? (() => undefined);
}

/**
 * For an exception that nobody has caught: tells the connector or task whose code threw it. False: it was none of
 * theirs.
 */
export function blame(error: unknown): boolean {
  const blamed = running.getStore();
  if (blamed === undefined) return false;
  blamed(error);
  return true;
}
