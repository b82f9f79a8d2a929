import { readFileSync } from 'node:fs';
import path from 'node:path';

/**
 * A case of the shared suite that no correct implementation passes, with what it contradicts: ids of other cases, rules
 * of the suite's README.
 */
export interface UnmetCase {
  /** `suite/id`, as in passing.txt. */
  readonly id: string;
  readonly contradicts: readonly string[];
  readonly why: string;
}

/** The cases in `unmet.json`. */
export function unmetCases(): readonly UnmetCase[] {
  return JSON.parse(readFileSync(path.join(import.meta.dirname, 'unmet.json'), 'utf8')) as UnmetCase[];
}
