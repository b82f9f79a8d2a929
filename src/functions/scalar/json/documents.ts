import { quoting } from '../../../base/quoting.ts';
import type { Work } from '../../../base/budget/work.ts';
import { SluiceError } from '../../../base/errors.ts';
import { type Json, parseJson, parseJsonPrefix } from '../../../types/json-text.ts';

/**
 * Parses the JSON value in a text; undefined if the text is blank. @throws SluiceError EVALUATION for text that is not
 * JSON
 */
export function readDocument(text: string, work: Work): Json | undefined {
  return orEvaluation(text, () => (text.trim() === '' ? undefined : parseJson(text, work)));
}

/** Like readDocument, but ignores text after the first JSON value. */
export function readPrefix(text: string, work: Work): Json | undefined {
  return orEvaluation(text, () => (text.trim() === '' ? undefined : parseJsonPrefix(text, work)));
}

/** Like readDocument, but also undefined for text that is not JSON. */
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
    const message = quoting(text, (t) => `Invalid JSON format: ${t}`);
    throw new SluiceError('EVALUATION', message, { cause: error });
  }
}

/** Whether a value is a JSON array. */
export function isArray(json: Json | undefined): json is readonly Json[] {
  return Array.isArray(json);
}
