/**
 * When a page requests again what the event stream does not contain: soon after an event indicates that it may have
 * changed, otherwise seldom.
 */
export interface Pace {
  /** The shortest time between two requests, in ms. */
  readonly everyMs: number;
  /** What the events say about the requested data: a different value means that the data may have changed. */
  readonly signs: string;
  /** Whether the data changes all the time, for example while records flow. */
  readonly isBusy: boolean;
}

/** The last request. */
export interface Turn {
  readonly count: number;
  readonly atMs: number;
  readonly signs: string;
  /** Whether nothing had changed since the request before, so that its answer was the final one. */
  readonly isSettled: boolean;
}

/** The time between requests while no event indicates a change, in ms: some changes appear in no event. */
export const SELDOM_MS = 30_000;

/** The time of the next request. */
export function dueMs(turn: Turn, { everyMs, signs, isBusy }: Pace): number {
  if (isBusy || signs !== turn.signs) return turn.atMs + everyMs;
  // After a change has ended, the data is requested once more: offsets are committed with a delay.
  return turn.atMs + (turn.isSettled ? SELDOM_MS : 2 * everyMs);
}

export function nextTurn(turn: Turn, { signs, isBusy }: Pace, atMs: number): Turn {
  return { count: turn.count + 1, atMs, signs, isSettled: !isBusy && signs === turn.signs };
}
