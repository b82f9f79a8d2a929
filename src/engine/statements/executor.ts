import type { Services } from '../services.ts';
import type { Answer, Call, Sandbox } from './call.ts';

/**
 * How statements of one kind are checked and executed. `S` is the statement, `C` what the check learned for the
 * execution.
 */
export type Executor<S, C = unknown> = OneByOne<S, C> | Together<S, C>;

/**
 * Effects that are not known in advance: topics, streams and tables of a connector, which no other connector depends
 * on; or a Connect cluster, which any statement may depend on.
 */
export type Unforeseen = 'SOURCES' | 'CLUSTER';

interface Checked<S, C> {
  /** Refuses whatever can be refused before anything of the script is executed. @throws SluiceError */
  check(statement: S, sandbox: Sandbox): C | Promise<C>;
  /**
   * Whether the statement depends on what other servers have answered, which must be applied here first. A statement
   * that only shows the catalog does not: it must not wait for an unavailable broker.
   */
  catchesUp?(statement: S, services: Services): boolean;
  /** Effects that are known only after execution; statements of the script that depend on them are checked then. */
  unforeseen?(statement: S): Unforeseen | undefined;
}

/** The execution ends before that of the next statement begins. */
export interface OneByOne<S, C = unknown> extends Checked<S, C> {
  /** @throws SluiceError */
  execute(statement: S, call: Call, checked: C): Answer | Promise<Answer>;
}

/** Consecutive statements of this kind are executed concurrently. */
export interface Together<S, C = unknown> extends Checked<S, C> {
  /** @throws SluiceError when the statement is refused; the concurrent ones are completed */
  start(statement: S, call: Call, checked: C): Promise<Started>;
}

/** A statement in progress. */
export interface Started {
  /** Resolves when it is done. @throws SluiceError */
  finished(): Promise<Answer>;
}

/** For statements that cannot be checked before execution, because they only read. */
export function unchecked<S>(execute: (statement: S, call: Call) => Answer | Promise<Answer>): OneByOne<S, void> {
  return { check: () => undefined, execute };
}

/** For statements that are not allowed in a script. */
export function refused<S>(refusal: (statement: S) => Error): OneByOne<S, void> {
  const refuse = (statement: S): never => {
    throw refusal(statement);
  };
  return { check: refuse, execute: refuse };
}
