/** The results of the demo's checks. Each step is checked, and no failure stops the session. */
export class Checks {
  readonly #results: { readonly name: string; readonly problem: string | undefined }[] = [];
  readonly numbers: string[] = [];

  /** Runs a check: a thrown error is a failure with its message. */
  async check(name: string, run: () => void | Promise<void>): Promise<void> {
    try {
      await run();
      this.#results.push({ name, problem: undefined });
    } catch (error) {
      this.#results.push({ name, problem: error instanceof Error ? error.message : String(error) });
    }
  }

  note(text: string): void {
    this.numbers.push(text);
  }

  get failed(): boolean {
    return this.#results.some((r) => r.problem !== undefined);
  }

  summary(): string {
    const lines = this.#results.map((r) =>
      r.problem === undefined
        ? `  ok    ${r.name}`
        : `  FAIL  ${r.name}\n        ${r.problem.replaceAll('\n', '\n        ')}`,
    );
    const bad = this.#results.filter((r) => r.problem !== undefined).length;
    return [
      '',
      'Summary of the demo',
      ...lines,
      ...this.numbers.map((n) => `  ${n}`),
      bad === 0 ? `All ${this.#results.length} checks hold.` : `${bad} of ${this.#results.length} checks failed.`,
      '',
    ].join('\n');
  }
}

/** Searches for texts on the screen, including table cells that a narrow terminal has broken into several lines. */
export function expectText(screen: string, ...texts: readonly (string | RegExp)[]): void {
  const whole = [screen, ...columnsOf(screen)].join('\n');
  for (const text of texts) {
    const found = typeof text === 'string' ? whole.includes(text) : text.test(whole);
    if (!found)
      throw new Error(`expected ${text instanceof RegExp ? String(text) : JSON.stringify(text)} in\n${screen}`);
  }
}

/** Each column of the tables on the screen as one text; cells are broken between or within words. */
function columnsOf(screen: string): string[] {
  const rows = screen.split('\n').flatMap((line) => (line.includes('│') ? [line.split('│').map((c) => c.trim())] : []));
  const width = Math.max(0, ...rows.map((cells) => cells.length));
  return Array.from({ length: width }, (_, i) => rows.map((cells) => cells[i] ?? '')).flatMap((cells) => [
    cells.join(''),
    cells.join(' '),
  ]);
}

/** Compares the JSON texts of two values. @throws Error with both when they differ */
export function expectEqual(actual: unknown, expected: unknown, what: string): void {
  const [a, b] = [JSON.stringify(actual), JSON.stringify(expected)];
  if (a !== b) throw new Error(`${what}: ${a?.slice(0, 600)}\nis not: ${b?.slice(0, 600)}`);
}

/** Retries until `attempt` does not throw, then returns its result. @throws its last error after `ms` */
export async function eventually<T>(attempt: () => Promise<T>, ms: number): Promise<T> {
  const end = performance.now() + ms;
  for (;;) {
    try {
      return await attempt();
    } catch (error) {
      if (performance.now() > end) throw error;
      await new Promise((resolve) => setTimeout(resolve, 100));
    }
  }
}
