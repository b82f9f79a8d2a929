/** Wrong passwords in a row that cause no delay: people mistype. */
const FREE = 5;
const FIRST_MS = 1000;
const LONGEST_MS = 60_000;
/** Users at addresses that are remembered; the one that was wrong longest ago goes first. */
const REMEMBERED_MAX = 10_000;

/** Too many wrong passwords came before: no password is looked at until then. */
export interface TooSoon {
  /** From now on, in whole seconds. */
  readonly retryAfterS: number;
}

interface Tries {
  count: number;
  /** No further one is looked at before. */
  untilMs: number;
}

/**
 * Wrong passwords of a user from an address: after the fifth in a row each doubles the time until the next is looked
 * at, up to a minute. Of one address alone: nobody locks others out.
 */
export class WrongPasswords {
  readonly #nowMs: () => number;
  readonly #tries = new Map<string, Tries>();

  /** `nowMs`: of a clock that only goes forward. */
  constructor(nowMs: () => number) {
    this.#nowMs = nowMs;
  }

  /** Undefined: it may be looked at. */
  tooSoon(name: string, from: string | undefined): TooSoon | undefined {
    const leftMs = (this.#tries.get(placeOf(name, from))?.untilMs ?? 0) - this.#nowMs();
    return leftMs > 0 ? { retryAfterS: Math.ceil(leftMs / 1000) } : undefined;
  }

  /** One was looked at. */
  take(name: string, from: string | undefined, wasRight: boolean): void {
    const place = placeOf(name, from);
    const tries = this.#tries.get(place) ?? { count: 0, untilMs: 0 };
    this.#tries.delete(place);
    if (wasRight) return;
    tries.count++;
    if (tries.count >= FREE)
      tries.untilMs = this.#nowMs() + Math.min(FIRST_MS * 2 ** Math.min(tries.count - FREE, 20), LONGEST_MS);
    this.#tries.set(place, tries);
    if (this.#tries.size > REMEMBERED_MAX) this.#tries.delete(this.#tries.keys().next().value!);
  }
}

/** Names may be long: what is kept of them is not. */
function placeOf(name: string, from: string | undefined): string {
  return `${from ?? ''} ${name.slice(0, 100)}`;
}
