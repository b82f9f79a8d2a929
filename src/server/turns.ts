import { must } from '../base/assert.ts';
import type { Env } from '../base/env.ts';
import type { DurationMs } from '../base/quantities.ts';

/**
 * What all work of one kind together may use in one turn of the event loop, in ms: a request of somebody else waits for
 * some turns until it has its answer.
 */
const ROUND_MS = 2;

/** Must not reject. @returns how long it took, in ms */
type Work = () => Promise<DurationMs>;

/** Resolves when what was done has had its effect: Node calls the handlers of HTTP/2 streams a tick later. */
export const handled = (): Promise<void> => new Promise((resolve) => process.nextTick(resolve));

/**
 * The time of the event loop that work of one kind shares: some milliseconds in each turn of it, between which all
 * others are served. Clients take turns with one another, so that however much one of them has to do, it keeps no
 * other from its share; the work of each is done first come, first served.
 */
export class Turns {
  readonly env: Pick<Env, 'clock' | 'timers'>;
  /** By client; the one whose turn is longest ago comes first. */
  readonly #waiting = new Map<string, Set<Work>>();
  #isGiving = false;

  constructor(env: Pick<Env, 'clock' | 'timers'>) {
    this.env = env;
  }

  take(client: string, work: Work): void {
    const others = this.#waiting.get(client);
    if (others === undefined) this.#waiting.set(client, new Set([work]));
    else others.add(work);
    if (!this.#isGiving) void this.#give();
  }

  /** For work that is done when it returns. */
  takeFor(client: string, work: () => void): void {
    this.take(client, async () => {
      const began = this.env.clock.monotonicMs();
      work();
      await handled();
      return this.env.clock.monotonicMs() - began;
    });
  }

  async #give(): Promise<void> {
    this.#isGiving = true;
    while (this.#waiting.size > 0) {
      await this.env.timers.turn(true);
      // What is asked for meanwhile has its turn in the next round.
      let left = 0;
      for (const works of this.#waiting.values()) left += works.size;
      for (let usedMs = 0; left > 0 && usedMs < ROUND_MS; left--) {
        const [first] = this.#waiting;
        const [client, works] = must(first, 'a client that waits');
        const [work] = works;
        works.delete(must(work, 'work that waits'));
        this.#waiting.delete(client);
        if (works.size > 0) this.#waiting.set(client, works);
        usedMs += await must(work, 'work that waits')();
      }
    }
    this.#isGiving = false;
  }
}
