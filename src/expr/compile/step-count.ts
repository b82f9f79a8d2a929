import type { Work } from '../../base/budget/work.ts';
import type { SqlType } from '../../types/sql-type.ts';
import type { Names } from './names.ts';

/**
 * Code that counts what an expression costs (`base/budget/work.ts`), so that no expression blocks the thread for long.
 */
export class StepCount {
  readonly #work: Work;
  readonly #names: Names;
  /** Whether any of the code counts its steps. */
  isCounted = false;

  constructor(work: Work, names: Names) {
    this.#work = work;
    this.#names = names;
  }

  /** Code that restarts the count; empty if nothing is counted. */
  begin(): string {
    return this.isCounted ? `${this.#name()}.begin();\n` : '';
  }

  /** Code that counts steps; true if none are left. */
  counted(steps: string): string {
    this.isCounted = true;
    return `(${this.#name()}.left -= ${steps}) < 0`;
  }

  /** Code that throws because no steps are left. */
  tooMuch(): string {
    return `${this.#name()}.fail()`;
  }

  #name(): string {
    return this.#names.constant(this.#work);
  }
}

/** The cost of examining a value of a type, as code: a step for each element, or for 16 characters. */
export function stepsOf(type: SqlType, ref: string): string | undefined {
  switch (type.kind) {
    case 'STRING':
    case 'BYTES':
      return `(${ref}.length >> 4)`;
    case 'ARRAY':
      return `${ref}.length`;
    case 'MAP':
      return `${ref}.size`;
    default:
      return undefined;
  }
}
