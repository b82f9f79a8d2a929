import { SluiceError } from '../errors.ts';

/**
 * How much computing one row may take. Whatever loops longer than its row is long (a regular expression, a lambda over
 * an array, a series) counts its steps, each of some 20 ns; so a statement of a few bytes cannot keep a thread for
 * minutes, whatever the row.
 */
export class Work {
  /** Steps. */
  readonly limit: number;
  readonly #setting: string;
  #error: SluiceError;
  #isExceeded = false;
  /** Below 0: the row has used up what it may. Generated code counts here itself. */
  left: number;

  /** `setting`: the configuration key that the error names. */
  constructor(limit: number, setting: string) {
    this.limit = limit;
    this.#setting = setting;
    this.left = limit;
    this.#error = this.#describe();
  }

  /** A new row. */
  begin(): void {
    this.left = this.limit;
  }

  /** @throws SluiceError EVALUATION when no steps are left */
  spend(steps: number): void {
    if ((this.left -= steps) < 0) this.fail();
  }

  /** @throws SluiceError EVALUATION, always */
  fail(): never {
    this.#isExceeded = true;
    throw this.#error;
  }

  /** For what no steps are counted of. @throws SluiceError `error`, always, and `check` from now on */
  end(error: SluiceError): never {
    this.#isExceeded = true;
    this.#error = error;
    throw error;
  }

  /**
   * For queries that end then, rather than show a null.
   * @throws SluiceError EVALUATION when some row had too few steps
   */
  check(): void {
    if (this.#isExceeded) throw this.#error;
  }

  /** One for all rows: it happens on data, where it must be cheap, and its stack would say nothing. */
  #describe(): SluiceError {
    const error = new SluiceError(
      'EVALUATION',
      `Computing one row takes more than ${this.limit} steps (${this.#setting})`,
      {
        hint: `Shorter texts and arrays, fewer lambdas inside one another and simpler regular expressions take fewer steps; ${this.#setting} in the server's configuration is the limit.`,
      },
    );
    error.stack = `SluiceError: ${error.message}`;
    return error;
  }
}

/** For who computes for himself: tests, and plans that only ask for types. */
export const UNLIMITED = new Work(Infinity, 'none');
