import type { PlanningWorld } from '../planning-world.ts';
import type { ResultBody } from '../results.ts';
import type { Services } from '../services.ts';
import type { Session } from '../session.ts';

/** Gives ids to queries: the engine's counter, which the command log rebuilds. */
export interface QueryNumbers {
  next: number;
}

/** What a running script carries from statement to statement. */
export interface ScriptContext {
  readonly services: Services;
  /** What SET and DEFINE change. */
  readonly session: Session;
  readonly numbers: QueryNumbers;
  /** Runs a script that changes something, when no other such script is in progress. */
  readonly turn: <T>(task: () => Promise<T>) => Promise<T>;
}

/** The context in which a statement is executed. */
export interface Call extends ScriptContext {
  /** The statement as it was written. */
  readonly text: string;
}

/**
 * The context in which a statement is checked, before any statement of its script is executed: `session` is a copy, and
 * `world` has the effects of earlier statements.
 */
export interface Sandbox extends Pick<Call, 'services' | 'session' | 'text'> {
  readonly world: PlanningWorld;
}

/** The result of a statement, and remarks for its user: one sentence each. */
export type Answer = ResultBody & { readonly notes?: readonly string[] | undefined };
