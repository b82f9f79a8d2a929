import type { Span } from '../../base/span.ts';
import type { ConnectorName, ConnectorProperty, CreateConnector } from '../ast/connectors.ts';
import { buildError } from './syntax-error.ts';

/** A connector that was defined by JSON. */
export interface ConnectorOfJson extends Pick<CreateConnector, 'type' | 'properties' | 'initialState'> {
  /** null when the JSON has no name. */
  readonly name: ConnectorName | null;
}

/**
 * A connector in the form that Connect's REST API accepts, `{"name": ..., "config": {...}, "initial_state": ...}`, or
 * only its settings. Values are converted to strings as Connect does. A sink is recognized by its topics, which every
 * sink has (`topics`, `topics.regex`; `sources` in the short form).
 * @throws SluiceError AST at `span`, the position of the string
 */
export function connectorFromJson(text: string, span: Span): ConnectorOfJson {
  const parsed = objectIn(text, span);
  const config = isObject(parsed['config']) ? parsed['config'] : parsed;
  const outer = config === parsed ? {} : parsed;
  const properties: ConnectorProperty[] = [];
  for (const [key, value] of Object.entries(config)) {
    if (value === null || key === 'name') continue;
    properties.push({
      kind: 'ConnectorProperty',
      span,
      key,
      value: settingText(key, value, span),
      valueStyle: 'string',
    });
  }
  const name = outer['name'] ?? config['name'] ?? null;
  if (name !== null && (typeof name !== 'string' || name === ''))
    throw buildError('"name" of a connector is a text.', span);
  return {
    type: properties.some(({ key }) => SINK_KEYS.has(key)) ? 'SINK' : 'SOURCE',
    name: name === null ? null : { kind: 'ConnectorName', span, name, written: name, quoting: 'string' },
    properties,
    initialState: initialState(outer['initial_state'] ?? null, span),
  };
}

const SINK_KEYS: ReadonlySet<string> = new Set(['topics', 'topics.regex', 'sources']);

function objectIn(text: string, span: Span): Record<string, unknown> {
  let parsed: unknown;
  try {
    parsed = JSON.parse(text);
  } catch (error) {
    throw buildError(`The text behind FROM is not JSON: ${(error as Error).message}`, span);
  }
  if (!isObject(parsed))
    throw buildError('The text behind FROM is no JSON object: {"name": ..., "config": {...}}', span);
  return parsed;
}

function isObject(value: unknown): value is Record<string, unknown> {
  return typeof value === 'object' && value !== null && !Array.isArray(value);
}

function settingText(key: string, value: unknown, span: Span): string {
  switch (typeof value) {
    case 'string':
      return value;
    case 'boolean':
      return String(value);
    case 'number':
      if (Number.isInteger(value) && !Number.isSafeInteger(value))
        throw buildError(`The number of "${key}" has too many digits for JSON: write it as a text.`, span);
      return String(value);
    default:
      throw buildError(`The value of "${key}" is no text, number or boolean: a connector's settings are flat.`, span);
  }
}

function initialState(value: unknown, span: Span): CreateConnector['initialState'] {
  if (value === null || value === 'RUNNING') return null;
  if (value === 'STOPPED' || value === 'PAUSED') return value;
  throw buildError('"initial_state" is RUNNING, PAUSED or STOPPED.', span);
}
