import type { ProcessingLogEntry } from '../../base/env.ts';
import { bareOf, retold, type MessageText, shownOf } from '../../base/quoting.ts';

type Texts = Pick<ProcessingLogEntry, 'message' | 'cause' | 'quoted'>;

/** The texts of an entry of the processing log: without values of rows, and with them. */
export function textsOf(text: MessageText, error?: unknown): Texts {
  const cause = error instanceof Error ? error.cause : undefined;
  const message = bareOf(text);
  const bareCause = cause === undefined ? undefined : bareOf(cause);
  const shown = shownOf(text);
  const shownCause = cause === undefined ? undefined : shownOf(retold(cause));
  if (shown === message && shownCause === bareCause) return { message, cause: bareCause };
  return { message, cause: bareCause, quoted: { message: shown, cause: shownCause } };
}
