/**
 * The names in a generated source. None comes from a statement: constants (k0, k1...) are parameters of the enclosing
 * function, and the others are generated here (t temporaries, v lambda parameters, g guards).
 */
export class Names {
  readonly #constants = new Map<unknown, string>();
  /** Temporaries of the JavaScript function that is being generated. */
  #temps: string[] = [];
  #next = 0;

  /** Each constant and its name, in the order of the parameters. */
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

  /** Declares the temporaries used since the last call. */
  takeTemps(): string {
    const declared = declarationOf(this.#temps);
    this.#temps = [];
    return declared;
  }

  /**
   * Runs `write` for code inside another JavaScript function, and returns it with the temporaries that the function
   * must declare.
   */
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

  /** Adds the temporaries of code that turned out to need no function of its own. */
  adopt(temps: readonly string[]): void {
    this.#temps.push(...temps);
  }
}

/** The statement that declares temporaries; empty if there are none. */
export function declarationOf(temps: readonly string[]): string {
  return temps.length === 0 ? '' : `let ${temps.join(', ')};\n`;
}
