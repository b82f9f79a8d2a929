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
  /** Runs a script that changes something, once no other such script is in progress. */
  readonly turn: <T>(task: () => Promise<T>) => Promise<T>;
}

/** What a statement is executed with. */
export interface Call extends ScriptContext {
  /** The statement as it was written. */
  readonly text: string;
}

/**
 * What a statement is checked with, before any statement of its script is executed: `session` is a copy, and `world`
 * has the effects of the statements before.
 */
export interface Sandbox extends Pick<Call, 'services' | 'session' | 'text'> {
  readonly world: PlanningWorld;
}

/** What a statement gives, and what its user should know beside it: one sentence each. */
export type Answer = ResultBody & { readonly notes?: readonly string[] | undefined };
