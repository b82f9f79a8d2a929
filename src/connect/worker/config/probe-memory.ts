import type { Clock } from '../../../base/env.ts';
import type { RawConfig } from '../../api/config-spec.ts';
import type { PlannedTopic, TopicRefusal } from '../../api/connector.ts';

/** How long a look at the outside world counts, in ms: from the check of a statement to its execution. */
const FRESH_MS = 10_000;

type Refusal = (planned: PlannedTopic) => TopicRefusal | undefined;

interface Look {
  readonly atMs: number;
  /** How many may still go by it. */
  left: number;
  /** What the connector asked of topics, and what it was told. */
  readonly asked: readonly { readonly planned: PlannedTopic; readonly told: string }[];
}

/**
 * Remembers looks at the outside world that found nothing wrong. CREATE CONNECTOR validates a config when its script is
 * checked, and creates the connector of the same config moments later: the database is asked once.
 */
export class ProbeMemory {
  readonly #clock: Clock;
  readonly #looks = new Map<string, Look>();

  constructor(clock: Clock) {
    this.#clock = clock;
  }

  /**
   * Whether a look with these settings, references resolved, has just found nothing wrong, and the topics that it asked
   * about are still as they were. It counts as often as it was kept for: who asks next looks again.
   */
  take(config: RawConfig, refusal: Refusal): boolean {
    const key = keyOf(config);
    const look = this.#looks.get(key);
    if (look === undefined) return false;
    if (--look.left === 0) this.#looks.delete(key);
    return (
      this.#clock.monotonicMs() - look.atMs < FRESH_MS &&
      look.asked.every(({ planned, told }) => told === wordsOf(refusal(planned)))
    );
  }

  /**
   * A refusal that keeps in mind what was asked of it, and what to call when nothing was found wrong with a config:
   * that many (once, where nothing is said) need not look again.
   */
  observe(refusal: Refusal): {
    readonly refusal: Refusal;
    readonly clean: (config: RawConfig, times?: number) => void;
  } {
    const asked: { planned: PlannedTopic; told: string }[] = [];
    return {
      refusal: (planned) => {
        const told = refusal(planned);
        asked.push({ planned, told: wordsOf(told) });
        return told;
      },
      clean: (config, times = 1) => {
        const nowMs = this.#clock.monotonicMs();
        for (const [key, { atMs }] of this.#looks) if (nowMs - atMs >= FRESH_MS) this.#looks.delete(key);
        this.#looks.set(keyOf(config), { atMs: nowMs, left: times, asked });
      },
    };
  }
}

const wordsOf = (told: TopicRefusal | undefined): string => (told === undefined ? '' : `${told.kind} ${told.reason}`);

function keyOf(config: RawConfig): string {
  return JSON.stringify(Object.entries(config).toSorted(([a], [b]) => (a < b ? -1 : 1)));
}
