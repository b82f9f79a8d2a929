import { SluiceError } from '../base/errors.ts';
import type { Env } from '../base/env.ts';
import type { Caller } from '../base/rights.ts';
import type { Config } from '../base/config/config.ts';
import { KEYS } from '../config/keys.ts';

/** How long a client that was told of the end of its response may still read, in ms. */
const GRACE_MS = 10_000;

/**
 * How long clients may read nothing of what waits for them (`ksql.query.reader.stalled.timeout.ms`). What waits is
 * always limited; but each client holds a query, a connection, and for a pull query also a snapshot of the store, whose
 * file grows meanwhile.
 */
export class ReaderPatience {
  readonly #env: Env;
  readonly #config: () => Config;
  #dropped = 0;

  /** `config` returns the current configuration, since ALTER SYSTEM changes it. */
  constructor(env: Env, config: () => Config) {
    this.#env = env;
    this.#config = config;
  }

  /** Number of clients that were disconnected since the start. */
  get dropped(): number {
    return this.#dropped;
  }

  /** Calls `stalled` once, unless the returned function is called in time. */
  watch(stalled: () => void): () => void {
    const patienceMs = this.#config().get(KEYS.queryReaderStalledTimeoutMs);
    return patienceMs <= 0 ? () => undefined : this.#env.timers.after(patienceMs, stalled);
  }

  /** Counts and logs a disconnected client. Returns the message for it. */
  drop({ what, caller }: { readonly what: string; readonly caller: Caller }): SluiceError {
    this.#dropped++;
    const { name } = KEYS.queryReaderStalledTimeoutMs;
    const patienceMs = this.#config().get(KEYS.queryReaderStalledTimeoutMs);
    this.#env.logger.warn('A client has taken nothing of its answer for too long, and is cut', {
      what,
      user: caller.name,
      from: caller.from,
      [name]: patienceMs,
    });
    return new SluiceError(
      'READER_STALLED',
      `The client has taken nothing of this answer for ${patienceMs} ms (${name}): it ends here`,
      { hint: 'Take rows as they come, and ask again where the last one was; 0 waits for ever.' },
    );
  }

  /** Calls `cut` when the grace period of such a client is over; the returned function cancels it. */
  afterGrace(cut: () => void): () => void {
    return this.#env.timers.after(GRACE_MS, cut);
  }
}
