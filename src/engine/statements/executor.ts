import type { Services } from '../services.ts';
import type { Answer, Call, Sandbox } from './call.ts';

/**
 * How statements of one kind are checked and executed. `S` is the statement, `C` what the check learned, for the
 * execution.
 */
export type Executor<S, C = unknown> = OneByOne<S, C> | Together<S, C>;

/** Topics, streams and tables of a connector, upon which no connector builds; a Connect cluster, upon which all may. */
export type Unforeseen = 'SOURCES' | 'CLUSTER';

interface Checked<S, C> {
  /** Refuses what can be refused before anything of the script is executed. @throws SluiceError */
  check(statement: S, sandbox: Sandbox): C | Promise<C>;
  /**
   * Whether the statement builds upon what other servers have answered, which must be applied here first. One that only
   * shows the catalog does without: it must not wait for a broker that is away.
   */
  catchesUp?(statement: S, services: Services): boolean;
  /**
   * What it brings about that is known only when it was carried out; what builds upon that in its script is checked
   * then.
   */
  unforeseen?(statement: S): Unforeseen | undefined;
}

/** The execution is over before the next statement's begins. */
export interface OneByOne<S, C = unknown> extends Checked<S, C> {
  /** @throws SluiceError */
  execute(statement: S, call: Call, checked: C): Answer | Promise<Answer>;
}

/** Statements of the kind that follow one another are in progress together. */
export interface Together<S, C = unknown> extends Checked<S, C> {
  /** @throws SluiceError when the statement is refused; its fellows are finished */
  start(statement: S, call: Call, checked: C): Promise<Started>;
}

/** A statement that is in progress. */
export interface Started {
  /** Resolves when it is done. @throws SluiceError */
  finished(): Promise<Answer>;
}

/** A statement of which nothing can be said before it is executed: those that only read. */
export function unchecked<S>(execute: (statement: S, call: Call) => Answer | Promise<Answer>): OneByOne<S, void> {
  return { check: () => undefined, execute };
}

/** A statement that no script may hold. */
export function refused<S>(refusal: (statement: S) => Error): OneByOne<S, void> {
  const refuse = (statement: S): never => {
    throw refusal(statement);
  };
  return { check: refuse, execute: refuse };
}
