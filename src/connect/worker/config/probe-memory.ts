import type { Clock } from '../../../base/env.ts';
import type { RawConfig } from '../../api/config-spec.ts';
import type { PlannedTopic, TopicRefusal } from '../../api/connector.ts';

/** How long a probe remains valid, in ms: from the check of a statement to its execution. */
const FRESH_MS = 10_000;

type Refusal = (planned: PlannedTopic) => TopicRefusal | undefined;

interface Look {
  readonly atMs: number;
  /** How many callers may still use the result. */
  left: number;
  /** The topics about which the connector asked, and the answers. */
  readonly asked: readonly { readonly planned: PlannedTopic; readonly sentence: string }[];
}

/**
 * Remembers probes of the outside world that found no problem. CREATE CONNECTOR validates a config when its script is
 * checked, and creates the connector of the same config moments later: so the database is asked only once.
 */
export class ProbeMemory {
  readonly #clock: Clock;
  readonly #probes = new Map<string, Look>();

  constructor(clock: Clock) {
    this.#clock = clock;
  }

  /**
   * Whether a recent probe with these settings, references resolved, found no problem, and the topics that it asked
   * about are unchanged. It may be used as often as it was kept for; later callers probe again.
   */
  take(config: RawConfig, refusal: Refusal): boolean {
    const key = keyOf(config);
    const known = this.#probes.get(key);
    if (known === undefined) return false;
    if (--known.left === 0) this.#probes.delete(key);
    return (
      this.#clock.monotonicMs() - known.atMs < FRESH_MS &&
      known.asked.every(({ planned, sentence }) => sentence === wordsOf(refusal(planned)))
    );
  }

  /**
   * A refusal function that records its calls, and a function to call when a config had no problem: then that many
   * callers (by default one) need not probe again.
   */
  observe(refusal: Refusal): {
    readonly refusal: Refusal;
    readonly clean: (config: RawConfig, times?: number) => void;
  } {
    const asked: { planned: PlannedTopic; sentence: string }[] = [];
    return {
      refusal: (planned) => {
        const refused = refusal(planned);
        asked.push({ planned, sentence: wordsOf(refused) });
        return refused;
      },
      clean: (config, times = 1) => {
        const nowMs = this.#clock.monotonicMs();
        for (const [key, { atMs }] of this.#probes) if (nowMs - atMs >= FRESH_MS) this.#probes.delete(key);
        this.#probes.set(keyOf(config), { atMs: nowMs, left: times, asked });
      },
    };
  }
}

const wordsOf = (refused: TopicRefusal | undefined): string =>
  refused === undefined ? '' : `${refused.kind} ${refused.reason}`;

function keyOf(config: RawConfig): string {
  return JSON.stringify(Object.entries(config).toSorted(([a], [b]) => (a < b ? -1 : 1)));
}
