/** Consecutive wrong passwords without a delay, because people mistype. */
const FREE = 5;
const FIRST_MS = 1000;
const LONGEST_MS = 60_000;
/** The most remembered pairs of user and address; the one whose last attempt is the oldest is removed first. */
const REMEMBERED_MAX = 10_000;

/** After too many wrong passwords, no password is checked for some time. */
export interface TooSoon {
  /** The remaining time, in whole seconds. */
  readonly retryAfterS: number;
}

interface Tries {
  count: number;
  /** No further password is checked before this time. */
  untilMs: number;
}

/**
 * Wrong passwords of a user from an address: after the fifth consecutive one, each doubles the delay before the next is
 * checked, up to a minute. Addresses are separate, so that nobody can lock others out.
 */
export class WrongPasswords {
  readonly #nowMs: () => number;
  readonly #tries = new Map<string, Tries>();

  /** @param nowMs a monotonic clock */
  constructor(nowMs: () => number) {
    this.#nowMs = nowMs;
  }

  /** Undefined: a password may be checked. */
  tooSoon(name: string, from: string | undefined): TooSoon | undefined {
    const leftMs = (this.#tries.get(placeOf(name, from))?.untilMs ?? 0) - this.#nowMs();
    return leftMs > 0 ? { retryAfterS: Math.ceil(leftMs / 1000) } : undefined;
  }

  /** Notes the result of a check. */
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

/** The key of a user and address; limits the memory for long names. */
function placeOf(name: string, from: string | undefined): string {
  return `${from ?? ''} ${name.slice(0, 100)}`;
}
