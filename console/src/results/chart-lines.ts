/** More lines than these nobody tells apart. */
export const LINES_MAX = 8;

/**
 * Which lines of a chart are drawn, each with its colour for as long as it is there: rows that come change neither.
 * What is not drawn is chosen by a person, in place of another.
 */
export class ChartLines {
  /** By colour: the name of its line. */
  readonly #drawn: (string | undefined)[] = [];
  /** Those that somebody has taken out. */
  readonly #left = new Set<string>();

  /** @param names of all lines, those to be drawn first where not all can be */
  settle(names: readonly string[]): void {
    const known = new Set(names);
    for (let colour = 0; colour < LINES_MAX; colour++) {
      const name = this.#drawn[colour];
      if (name !== undefined && !known.has(name)) this.#drawn[colour] = undefined;
    }
    for (const name of names) if (!this.#left.has(name) && this.colourOf(name) === undefined) this.#place(name);
  }

  /** From 0 to LINES_MAX - 1; undefined: it is not drawn. */
  colourOf(name: string): number | undefined {
    const colour = this.#drawn.indexOf(name);
    return colour === -1 ? undefined : colour;
  }

  get isFull(): boolean {
    return this.#free === undefined;
  }

  /** Takes a line out, or draws it where a colour is free. */
  toggle(name: string): void {
    const colour = this.colourOf(name);
    if (colour === undefined) {
      this.#left.delete(name);
      this.#place(name);
    } else {
      this.#drawn[colour] = undefined;
      this.#left.add(name);
    }
  }

  get #free(): number | undefined {
    for (let colour = 0; colour < LINES_MAX; colour++) if (this.#drawn[colour] === undefined) return colour;
    return undefined;
  }

  #place(name: string): void {
    const free = this.#free;
    if (free !== undefined) this.#drawn[free] = name;
  }
}

/** Round numbers that a scale has lines at, from below the least to above the most: six at most. */
export function ticks(from: number, to: number): readonly number[] {
  const rough = (to - from) / 4;
  const power = 10 ** Math.floor(Math.log10(rough));
  const step = [1, 2, 2.5, 5, 10].map((n) => n * power).find((n) => n >= rough * (1 - 1e-9)) ?? 10 * power;
  const first = Math.floor(from / step + 1e-9);
  const last = Math.ceil(to / step - 1e-9);
  return Array.from({ length: last - first + 1 }, (_, i) => Number(((first + i) * step).toPrecision(12)));
}
