import { quoting } from '../../../base/quoting.ts';
import type { Work } from '../../../base/budget/work.ts';
import { SluiceError } from '../../../base/errors.ts';
import { type Json, JsonObject, jsonText } from '../../../types/json-text.ts';
import { STRING } from '../../../types/sql-type.ts';
import { scalarFunction } from '../../api.ts';
import { param } from '../../param.ts';
import { readPrefix } from './documents.ts';

type Step = string | number;

const STEP = /\.([^.[\]]+)|\[(-?\d+)\]|\['([^']*)'\]|\["([^"]*)"\]/y;

/**
 * The steps of a path such as `$.log.instances[0]['a b']`. Throws for a path that does not start with `$` or that
 * selects several values.
 */
function parsePath(path: string): readonly Step[] {
  const bad = (): never => {
    throw new SluiceError(
      'EVALUATION',
      quoting(path, (p) => `Invalid JSON path: ${p}`),
    );
  };
  if (!path.startsWith('$')) bad();
  const steps: Step[] = [];
  STEP.lastIndex = 1;
  while (STEP.lastIndex < path.length) {
    const match = STEP.exec(path);
    if (match === null) return bad();
    steps.push(match[2] === undefined ? (match[1] ?? match[3] ?? match[4])! : Number(match[2]));
  }
  return steps;
}

function follow(json: Json, steps: readonly Step[]): Json | undefined {
  let at: Json | undefined = json;
  for (const step of steps) {
    if (at === undefined) return undefined;
    if (typeof step === 'number') at = Array.isArray(at) ? (at as readonly Json[])[step] : undefined;
    else at = at instanceof JsonObject ? at.get(step) : undefined;
  }
  return at;
}

function extract(text: string, steps: readonly Step[], work: Work): string | null {
  const document = readPrefix(text, work);
  if (document === undefined) return null;
  const value = follow(document, steps);
  if (value === undefined || value === null) return null;
  return typeof value === 'string' ? value : jsonText(value);
}

/** Text after the first JSON value is ignored, as in ksqlDB. */
export const extractJsonField = scalarFunction({
  name: 'EXTRACTJSONFIELD',
  category: 'JSON',
  doc:
    'Returns the value at a path in a JSON text, as text: a string without quotes, a number as it was written, an array ' +
    'or object as JSON. NULL when there is nothing at the path.',
  signatures: [
    {
      params: [
        param('input', STRING, 'The JSON text.'),
        { ...param('path', STRING, "The path, e.g. '$.log.cloud' or '$.items[0]'."), text: 'JSON_PATH' as const },
      ],
      returns: STRING,
      prepare(site) {
        const path = site.constants[1];
        const { work } = site.env;
        if (typeof path !== 'string') return (text: string, p: string) => extract(text, parsePath(p), work);
        let steps: readonly Step[] | undefined;
        return (text: string) => extract(text, (steps ??= parsePath(path)), work);
      },
    },
  ],
  examples: [
    { call: `EXTRACTJSONFIELD('{"log":{"cloud":"gcp836Csd","instance":4}}', '$.log.cloud')`, gives: 'gcp836Csd' },
    { call: `EXTRACTJSONFIELD('{"log":{"cloud":"gcp836Csd","instance":4}}', '$.log.instance')`, gives: '4' },
    { call: `EXTRACTJSONFIELD('{"array":[1.23450]}', '$.array[0]')`, gives: '1.23450' },
    { call: `EXTRACTJSONFIELD('{}', '$.a.b')`, gives: null },
  ],
});
