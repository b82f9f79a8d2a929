import type { Work } from './work.ts';

/** About a millisecond: a step takes some 20 ns. */
const COSTLY_STEPS = 50_000;

/**
 * Tells a loop over rows that those since its last look have taken long, by their steps: it looks at the clock, at its
 * deadline and at whether somebody still wants the answer, instead of doing so every few hundred rows.
 */
export class CostWatch {
  readonly #work: Work;
  #next: number;

  constructor(work: Work) {
    this.#work = work;
    this.#next = work.total + COSTLY_STEPS;
  }

  /** Whether it is time for a look; the next one is due after as many steps again. */
  isDue(): boolean {
    const { total } = this.#work;
    if (total < this.#next) return false;
    this.#next = total + COSTLY_STEPS;
    return true;
  }
}
