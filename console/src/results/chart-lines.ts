/** The most lines that can be distinguished. */
export const LINES_MAX = 8;

/**
 * The lines of a chart that are drawn, each with a colour that stays the same as long as the line exists: new rows
 * change neither. A user can select another line in place of a drawn one.
 */
export class ChartLines {
  /** The name of the line of each colour. */
  readonly #drawn: (string | undefined)[] = [];
  /** The lines that the user has removed. */
  readonly #left = new Set<string>();

  /** @param names of all lines, in order of preference in case not all can be drawn */
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

  /** Removes a line, or draws it if a colour is free. */
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

/** Round numbers for the grid lines of a scale, from below the minimum to above the maximum: six at most. */
export function ticks(from: number, to: number): readonly number[] {
  const rough = (to - from) / 4;
  const power = 10 ** Math.floor(Math.log10(rough));
  const step = [1, 2, 2.5, 5, 10].map((n) => n * power).find((n) => n >= rough * (1 - 1e-9)) ?? 10 * power;
  const first = Math.floor(from / step + 1e-9);
  const last = Math.ceil(to / step - 1e-9);
  return Array.from({ length: last - first + 1 }, (_, i) => Number(((first + i) * step).toPrecision(12)));
}

/** A position in a drawing, in px. */
export interface Place {
  readonly x: number;
  readonly y: number;
}

/**
 * A line that looks the same with fewer points: of the points in one column of pixels, only the first, the lowest, the
 * highest and the last are kept. @param places ordered by x
 */
export function thinned(places: readonly Place[]): readonly Place[] {
  const kept: Place[] = [];
  let column: Place[] = [];
  const close = (): void => {
    if (column.length <= 4) kept.push(...column);
    else {
      const low = column.reduce((a, b) => (b.y < a.y ? b : a));
      const high = column.reduce((a, b) => (b.y > a.y ? b : a));
      kept.push(...column.filter((p, i) => i === 0 || i === column.length - 1 || p === low || p === high));
    }
    column = [];
  };
  for (const place of places) {
    if (column.length > 0 && Math.floor(column[0]!.x) !== Math.floor(place.x)) close();
    column.push(place);
  }
  close();
  return kept;
}
