import type { Clock } from '../base/env.ts';
import type { DurationMs } from '../base/quantities.ts';

/** How long a client that flooded is remembered, from its last flood on, in ms. */
const REMEMBERED_MS = 300_000;
/** The most clients that are remembered; the one whose last flood is longest ago makes way. */
const CLIENTS_MAX = 1000;

/** The clients (see `clientNameOf`) of which a connection was closed for a flood. */
export class Floods {
  readonly #clock: Pick<Clock, 'monotonicMs'>;
  /** The time of the last flood, oldest first. */
  readonly #lastMs = new Map<string, DurationMs>();

  constructor(clock: Pick<Clock, 'monotonicMs'>) {
    this.#clock = clock;
  }

  remember(client: string): void {
    this.#lastMs.delete(client);
    this.#lastMs.set(client, this.#clock.monotonicMs());
    const [oldest] = this.#lastMs.keys();
    if (oldest !== undefined && this.#lastMs.size > CLIENTS_MAX) this.#lastMs.delete(oldest);
  }

  /** Whether this client flooded lately. */
  has(client: string): boolean {
    const lastMs = this.#lastMs.get(client);
    if (lastMs === undefined) return false;
    if (this.#clock.monotonicMs() - lastMs <= REMEMBERED_MS) return true;
    this.#lastMs.delete(client);
    return false;
  }
}

/**
 * The most requests that a client may give up at once on a connection, and how many more each second: all that may be
 * open on it, and some. Connections that were open before their client flooded may fewer, since it likely used them.
 */
const RESETS_MAX = 150;
const RESETS_MAX_AFTER_FLOOD = 30;
const RESETS_PER_SECOND = 33;

/**
 * Counts the requests of one HTTP/2 connection that the client reset, which cost us their work and it nothing
 * (CVE-2023-44487). nghttp2 counts them as well, but from a thousand on, and ends the connection without an event.
 */
export class Resets {
  #count = 0;
  #countedMs = 0;

  /** One more. @param isAfterFlood of this client, on another connection. @returns whether it is one too many */
  add(nowMs: DurationMs, isAfterFlood: boolean): boolean {
    this.#count = Math.max(0, this.#count - ((nowMs - this.#countedMs) * RESETS_PER_SECOND) / 1000) + 1;
    this.#countedMs = nowMs;
    return this.#count > (isAfterFlood ? RESETS_MAX_AFTER_FLOOD : RESETS_MAX);
  }
}

/** nghttp2's errors of frames that are sent only in order to keep us busy: its flood, its CONTINUATION frames. */
const NGHTTP2_ERR_FLOODED = -904;
const NGHTTP2_ERR_TOO_MANY_CONTINUATIONS = -905;
const FLOOD_CODES = ['ERR_HTTP2_TOO_MANY_INVALID_FRAMES', 'ERR_HTTP2_TOO_MANY_REJECTED_STREAMS'];

/** Whether Node ended an HTTP/2 connection for a flood: of frames, of streams beyond the limit, of refused ones. */
export function isFlood(error: NodeJS.ErrnoException): boolean {
  return (
    FLOOD_CODES.includes(error.code ?? '') ||
    error.errno === NGHTTP2_ERR_FLOODED ||
    error.errno === NGHTTP2_ERR_TOO_MANY_CONTINUATIONS
  );
}
