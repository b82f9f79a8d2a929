import type { ProcessingLogEntry } from '../../base/env.ts';
import { bareOf, retold, type Said, shownOf } from '../../base/quoting.ts';

type Texts = Pick<ProcessingLogEntry, 'message' | 'cause' | 'quoted'>;

/** The texts of an entry of the processing log: without values of rows, and with them. */
export function textsOf(said: Said, error?: unknown): Texts {
  const cause = error instanceof Error ? error.cause : undefined;
  const message = bareOf(said);
  const bareCause = cause === undefined ? undefined : bareOf(cause);
  const shown = shownOf(said);
  const shownCause = cause === undefined ? undefined : shownOf(retold(cause));
  if (shown === message && shownCause === bareCause) return { message, cause: bareCause };
  return { message, cause: bareCause, quoted: { message: shown, cause: shownCause } };
}
