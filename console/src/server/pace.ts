/**
 * When a page asks again for what the event stream does not carry: soon after an event has said that it may have
 * changed, and otherwise seldom.
 */
export interface Pace {
  /** The shortest time between two requests, in ms. */
  readonly everyMs: number;
  /** What the events say about it: another value means that it may have changed. */
  readonly signs: string;
  /** Whether it is changing all the time, such as by records that flow. */
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

/** The time between requests while no event says anything, in ms: for what no event tells. */
export const SELDOM_MS = 30_000;

/** The time of the next request. */
export function dueMs(turn: Turn, { everyMs, signs, isBusy }: Pace): number {
  if (isBusy || signs !== turn.signs) return turn.atMs + everyMs;
  // What was asked in the middle of a change is asked once more when it is over: offsets are committed later.
  return turn.atMs + (turn.isSettled ? SELDOM_MS : 2 * everyMs);
}

export function nextTurn(turn: Turn, { signs, isBusy }: Pace, atMs: number): Turn {
  return { count: turn.count + 1, atMs, signs, isSettled: !isBusy && signs === turn.signs };
}
