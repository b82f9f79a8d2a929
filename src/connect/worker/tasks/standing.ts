import type { State } from '../../client/api.ts';

/** A state and its reason. Watchers are told of each change. */
export class Standing {
  readonly #changed: () => void;
  #current: State = 'UNASSIGNED';
  #reason: string | undefined;

  constructor(changed: () => void) {
    this.#changed = changed;
  }

  get state(): State {
    return this.#current;
  }
  set state(state: State) {
    this.#current = state;
    this.#changed();
  }
  get trace(): string | undefined {
    return this.#reason;
  }
  set trace(trace: string | undefined) {
    this.#reason = trace;
    this.#changed();
  }
}
