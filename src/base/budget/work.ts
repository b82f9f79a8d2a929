import { SluiceError } from '../errors.ts';

/**
 * A limit on the computation for one row. Everything that may loop for longer than the row is long (a regular
 * expression, a lambda over an array, a series) counts its steps of about 20 ns each, so that no short statement can
 * occupy a thread for minutes, whatever the row holds.
 */
export class Work {
  /** Steps that one row may take. */
  readonly limit: number;
  readonly #setting: string;
  #error: SluiceError;
  #isExceeded = false;
  /** Steps that are left; below 0 when the row has exceeded its limit. Generated code decrements it directly. */
  left: number;
  /** Steps of all rows before the one in progress. Generated code adds to it. */
  spent = 0;

  /** `setting`: the configuration key that the error names. */
  constructor(limit: number, setting: string) {
    this.limit = limit;
    this.#setting = setting;
    this.left = limit;
    this.#error = this.#describe();
  }

  /** Starts the count for a new row. */
  begin(): void {
    this.spent += this.limit - this.left;
    this.left = this.limit;
  }

  /** Steps of all rows so far: who handles many rows in one stretch sees by it what a row has cost. */
  get total(): number {
    return this.spent + this.limit - this.left;
  }

  /** The error of the row that has exceeded its limit; undefined: none has. */
  get exceeded(): SluiceError | undefined {
    return this.#isExceeded ? this.#error : undefined;
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

  /** For work whose steps cannot be counted. @throws SluiceError `error`, now and from every later `check` */
  end(error: SluiceError): never {
    this.#isExceeded = true;
    this.#error = error;
    throw error;
  }

  /**
   * For queries that fail rather than show a null.
   * @throws SluiceError EVALUATION when some row has exceeded its limit
   */
  check(): void {
    if (this.#isExceeded) throw this.#error;
  }

  /** One error object for all rows: data triggers it, so it must be cheap, and its stack would tell nothing. */
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

/** For callers that need no limit: tests, and plans that only determine types. */
export const UNLIMITED = new Work(Number.MAX_SAFE_INTEGER, 'none');
