import { SluiceError } from '../base/errors.ts';

/** Typical mistakes in a JSON body, by what it contains. */
const SLIPS: readonly (readonly [RegExp, string])[] = [
  [/^\s*\{?\s*'/, 'Names and texts of JSON stand in double quotes.'],
  [/,\s*[}\]]/, 'Behind the last member stands no comma.'],
  [/\{\s*[A-Za-z_]\w*\s*:/, 'Names of JSON stand in double quotes.'],
  [/^\s*"/, 'The whole body is an object, not a text of JSON: it was encoded twice.'],
  [/:\s*(?:True|False|None)\b/, 'JSON writes true, false and null.'],
  [/"[^"]*[\n\r\t]/, 'A line break in a text of JSON is written \\n, a tab \\t.'],
  [/\\(?!["\\/bfnrtu])/, 'A backslash in a text of JSON is written twice.'],
];

/** The error for a body that is not a JSON object. @param example what the route accepts */
export function invalidJson(text: string, reason: string, example: string | undefined): SluiceError {
  const slip =
    /^\s*\{/.test(text) || /^\s*["']/.test(text) ? SLIPS.find(([found]) => found.test(text))?.[1] : undefined;
  const cut =
    slip === undefined && /^\s*\{/.test(text) && !/\}\s*$/.test(text) ? 'It ends before its last }.' : undefined;
  const body =
    example === undefined ? 'The body is an object of JSON.' : `The body is an object of JSON, as ${example}.`;
  return new SluiceError('BAD_REQUEST', `Invalid JSON in request: ${reason}`, {
    hint: [slip ?? cut, body].filter((part) => part !== undefined).join(' '),
  });
}
