import { quoting } from '../../../base/quoting.ts';
import type { Work } from '../../../base/budget/work.ts';
import { SluiceError } from '../../../base/errors.ts';
import { type Json, parseJson, parseJsonPrefix } from '../../../types/json-text.ts';

/** The JSON value in a text, or undefined when the text is blank. Throws EVALUATION for text that is not JSON. */
export function readDocument(text: string, work: Work): Json | undefined {
  return orEvaluation(text, () => (text.trim() === '' ? undefined : parseJson(text, work)));
}

/** As readDocument, of what the text begins with. */
export function readPrefix(text: string, work: Work): Json | undefined {
  return orEvaluation(text, () => (text.trim() === '' ? undefined : parseJsonPrefix(text, work)));
}

/** As readDocument; undefined also for text that is not JSON. */
export function documentOrNone(text: string, work: Work): Json | undefined {
  try {
    return text.trim() === '' ? undefined : parseJson(text, work);
  } catch (error) {
    if (error instanceof SyntaxError) return undefined;
    throw error;
  }
}

function orEvaluation(text: string, read: () => Json | undefined): Json | undefined {
  try {
    return read();
  } catch (error) {
    if (!(error instanceof SyntaxError)) throw error;
    const said = quoting(text, (t) => `Invalid JSON format: ${t}`);
    throw new SluiceError('EVALUATION', said, { cause: error });
  }
}

/** True for a JSON array. */
export function isArray(json: Json | undefined): json is readonly Json[] {
  return Array.isArray(json);
}
