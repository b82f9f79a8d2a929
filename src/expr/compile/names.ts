/**
 * The names in a generated source. Nothing of a statement is among them: constants are k0, k1..., parameters of the
 * enclosing function; the rest is made up here (t temporaries, v lambda parameters, g guards).
 */
export class Names {
  readonly #constants = new Map<unknown, string>();
  /** Temporaries of the JavaScript function that is being written. */
  #temps: string[] = [];
  #next = 0;

  /** Each constant with its name, in the order of the parameters. */
  get constants(): ReadonlyMap<unknown, string> {
    return this.#constants;
  }

  /** The name of a constant. */
  readonly constant = (value: unknown): string => {
    const known = this.#constants.get(value);
    if (known !== undefined) return known;
    const name = `k${this.#constants.size}`;
    this.#constants.set(value, name);
    return name;
  };

  fresh(kind: 't' | 'v' | 'g'): string {
    return `${kind}${this.#next++}`;
  }

  temp(): string {
    const name = this.fresh('t');
    this.#temps.push(name);
    return name;
  }

  /** Declares the temporaries that were used since the last call. */
  takeTemps(): string {
    const declared = declarationOf(this.#temps);
    this.#temps = [];
    return declared;
  }

  /** What is written inside of another JavaScript function, with the temporaries that it has to declare. */
  inside<T>(write: () => T): { readonly written: T; readonly temps: readonly string[] } {
    const outer = this.#temps;
    this.#temps = [];
    try {
      const written = write();
      return { written, temps: this.#temps };
    } finally {
      this.#temps = outer;
    }
  }

  /** Takes over the temporaries of code that needs no function of its own after all. */
  adopt(temps: readonly string[]): void {
    this.#temps.push(...temps);
  }
}

export function declarationOf(temps: readonly string[]): string {
  return temps.length === 0 ? '' : `let ${temps.join(', ')};\n`;
}
