import type { Caller } from '../base/rights.ts';
import { SluiceError } from '../base/errors.ts';
import { checkCount, Session } from '../engine/session.ts';
import type { App } from './app.ts';
import type { HttpContext } from './http-context.ts';
import { checkFields } from './request-fields.ts';

export interface TextRequest {
  readonly text: string;
  readonly session: Session;
  /** Peculiarities of the request that are no reason to refuse it. */
  readonly warnings: readonly string[];
}

/** Reads a KsqlRequest and waits for the command it names. @throws SluiceError BAD_REQUEST, REJECTED */
export async function readTextRequest(http: HttpContext, path: '/ksql' | '/query'): Promise<TextRequest> {
  const body = await http.readJson(exampleOf('ksql'));
  const warnings = checkFields(http, path, body);
  await commandOf(http.app, body);
  return { ...textRequest(http, body, 'ksql', 'streamsProperties'), warnings };
}

/** Waits for the command that a request names; undefined when it names none. @throws SluiceError BAD_REQUEST */
export function commandOf({ engine }: App, body: Readonly<Record<string, unknown>>): Promise<void> | undefined {
  const sequence = body['commandSequenceNumber'];
  if (sequence !== undefined && sequence !== null && !Number.isInteger(sequence))
    throw new SluiceError('BAD_REQUEST', 'Invalid JSON in request: "commandSequenceNumber" must be a whole number', {
      hint: 'It is the commandSequenceNumber of an earlier answer, for which this request waits; leave it out otherwise.',
    });
  return typeof sequence === 'number' && sequence >= 0 ? engine.waitForCommand(sequence) : undefined;
}

/** @throws SluiceError BAD_REQUEST, REJECTED */
export function textRequest(
  { app, caller }: { readonly app: App; readonly caller: Caller },
  body: Readonly<Record<string, unknown>>,
  textField: 'ksql' | 'sql',
  propertiesField: string,
): Omit<TextRequest, 'warnings'> {
  const text = body[textField];
  if (typeof text !== 'string' || text.trim() === '') {
    const other = textField === 'ksql' ? 'sql' : 'ksql';
    throw new SluiceError('BAD_REQUEST', `"${textField}" field must be populated`, {
      hint:
        typeof body[other] === 'string'
          ? `The statement stands in "${other}", which is the field of another path: here it is "${textField}".`
          : text === undefined || typeof text === 'string'
            ? `The body is ${exampleOf(textField)}.`
            : `It holds one text, of one statement or several: ${exampleOf(textField)}.`,
    });
  }
  // Checked before anything is created, since a request may contain a hundred thousand.
  const properties = object(body[propertiesField], propertiesField);
  const given = object(body['sessionVariables'], 'sessionVariables');
  checkCount(Object.keys(properties).length, 'properties', app.engine.config);
  checkCount(Object.keys(given).length, 'variables', app.engine.config);
  return {
    text,
    session: new Session(properties, variables(given), caller),
  };
}

/** An example body of the route, with the statement in this field. */
export function exampleOf(textField: 'ksql' | 'sql'): string {
  return `{"${textField}": "${textField === 'ksql' ? 'SHOW STREAMS;' : 'SELECT * FROM orders EMIT CHANGES;'}"}`;
}

function object(value: unknown, name: string): Record<string, unknown> {
  if (value === undefined || value === null) return {};
  if (typeof value === 'object' && !Array.isArray(value)) return value as Record<string, unknown>;
  throw new SluiceError('BAD_REQUEST', `Invalid JSON in request: "${name}" must be an object`, {
    hint: `It holds names and values: "${name}": {"${name === 'sessionVariables' ? 'name' : 'auto.offset.reset'}": "${name === 'sessionVariables' ? 'value' : 'earliest'}"}.`,
  });
}

function variables(given: Readonly<Record<string, unknown>>): Record<string, string> {
  return Object.fromEntries(Object.entries(given).map(([name, text]) => [name.toUpperCase(), String(text)]));
}
