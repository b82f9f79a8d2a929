import { KEYS } from '../config/keys.ts';
import type { Clock } from '../base/env.ts';
import { SluiceError } from '../base/errors.ts';
import type { Catalog } from '../catalog/catalog.ts';
import type { Config } from '../base/config/config.ts';

/** Stands for no limit: Java's largest int, a rate that is never reached. */
const UNLIMITED = 2_147_483_647;

/** A token bucket of permits per second; permits that are not used in one second are kept for the next. */
class RateLimit {
  readonly #clock: Clock;
  #rate = -1;
  #permits = 0;
  #at = 0;

  constructor(clock: Clock) {
    this.#clock = clock;
  }

  /** Takes a permit; false when there is none. `rate`: permits per second. */
  take(rate: number): boolean {
    if (rate >= UNLIMITED) return true;
    const now = this.#clock.monotonicMs();
    const most = Math.max(1, rate);
    this.#permits = this.#rate === rate ? Math.min(most, this.#permits + ((now - this.#at) / 1000) * rate) : most;
    this.#rate = rate;
    this.#at = now;
    if (rate <= 0 || this.#permits < 1) return false;
    this.#permits--;
    return true;
  }
}

/** What the configuration allows concurrently, or per second, on this server. */
export class Limits {
  readonly #pulls: RateLimit;
  readonly #commands: RateLimit;
  #running = 0;

  constructor(clock: Clock) {
    this.#pulls = new RateLimit(clock);
    this.#commands = new RateLimit(clock);
  }

  /** Admits a pull query; the returned function must be called once, at its end. @throws SluiceError RATE_LIMIT */
  admitPull(config: Config): () => void {
    const most = config.get(KEYS.queryPullMaxConcurrentRequests);
    if (this.#running >= most) {
      throw new SluiceError(
        'RATE_LIMIT',
        `Host is at concurrency limit for pull queries. Currently set to ${most} maximum concurrent requests.`,
        { retriable: true, hint: 'ksql.query.pull.max.concurrent.requests is the limit.' },
      );
    }
    const rate = config.get(KEYS.queryPullMaxQps);
    if (!this.#pulls.take(rate)) {
      throw new SluiceError(
        'RATE_LIMIT',
        `Host is at rate limit for pull queries. Currently set to ${decimal(rate)} qps.`,
        {
          retriable: true,
          hint: 'ksql.query.pull.max.qps is the limit.',
        },
      );
    }
    this.#running++;
    let isOver = false;
    return () => {
      if (!isOver) this.#running--;
      isOver = true;
    };
  }

  /** Admits a statement that changes the catalog. @throws SluiceError RATE_LIMIT */
  admitCommand(config: Config): void {
    const rate = config.get(KEYS.serverCommandTopicRateLimit);
    if (this.#commands.take(rate)) return;
    throw new SluiceError(
      'RATE_LIMIT',
      `DDL/DML rate is crossing the configured rate limit of ${decimal(rate)} statements/second`,
      { retriable: true, hint: 'ksql.server.command.topic.rate.limit is the limit.' },
    );
  }
}

/** In Java's notation for a double: `1.0`. */
function decimal(rate: number): string {
  return Number.isInteger(rate) ? `${rate}.0` : String(rate);
}

/** @throws SluiceError REJECTED when a statement adds a query beyond `ksql.query.persistent.active.limit` */
export function checkQueryCount(before: Catalog, after: Catalog, config: Config): void {
  const limit = config.get(KEYS.queryPersistentActiveLimit);
  const count = after.queries.size;
  if (count <= limit || count <= before.queries.size) return;
  throw new SluiceError(
    'REJECTED',
    `The statement would cause the number of active, persistent queries to exceed the configured limit. Current query count: ${before.queries.size}. Limit: ${limit}.`,
    { hint: 'TERMINATE ends a query (SHOW QUERIES lists them); ksql.query.persistent.active.limit is the limit.' },
  );
}
