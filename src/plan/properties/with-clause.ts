import { must } from '../../base/assert.ts';
import { SluiceError } from '../../base/errors.ts';
import type { Span } from '../../base/span.ts';
import { foreignProperty } from '../../base/foreign-settings.ts';
import { didYouMean } from '../../base/suggest.ts';
import type { Property } from '../../sql/ast/definition.ts';
import type { Literal } from '../../sql/ast/expressions.ts';
import { parseDuration } from './duration.ts';
import { WITH_PROPERTIES, type PropertyPlace, type WithProperty } from './with-table.ts';

export type WindowType = 'SESSION' | 'HOPPING' | 'TUMBLING';

/** A checked WITH clause: typed values by upper-case property name (durations in ms). */
export class WithClause {
  readonly #values: ReadonlyMap<string, string | number | boolean>;
  readonly #spans: ReadonlyMap<string, Span>;

  constructor(
    values: ReadonlyMap<string, string | number | boolean>,
    spans: ReadonlyMap<string, Span> = new Map<string, Span>(),
  ) {
    this.#values = values;
    this.#spans = spans;
  }

  has(name: string): boolean {
    return this.#values.has(name);
  }
  string(name: string): string | undefined {
    return this.#values.get(name) as string | undefined;
  }
  number(name: string): number | undefined {
    return this.#values.get(name) as number | undefined;
  }
  boolean(name: string): boolean | undefined {
    return this.#values.get(name) as boolean | undefined;
  }
  spanOf(name: string): Span | undefined {
    return this.#spans.get(name);
  }
}

/**
 * Reads and checks a WITH clause.
 * @throws SluiceError STATEMENT with ksqlDB's messages
 */
export function readWithClause(properties: readonly Property[], place: PropertyPlace): WithClause {
  const values = new Map<string, string | number | boolean>();
  const spans = new Map<string, Span>();
  const unknown: Property[] = [];
  for (const property of properties) {
    const name = property.name.toUpperCase();
    const definition = WITH_PROPERTIES.find((p) => p.name === name && p.places.includes(place));
    if (definition === undefined) {
      unknown.push(property);
      continue;
    }
    if (values.has(name)) throw prepareError(`Duplicate property ${name}`, property.span);
    values.set(name, readValue(definition, property));
    spans.set(name, property.span);
  }
  if (unknown.length > 0) throw unknownProperties(unknown, place);
  const clause = new WithClause(values, spans);
  checkTogether(clause);
  return clause;
}

function checkTogether(clause: WithClause): void {
  for (const name of ['KEY_FORMAT', 'VALUE_FORMAT']) {
    if (clause.has('FORMAT') && clause.has(name)) {
      throw prepareError(
        `Cannot supply both '${name}' and 'FORMAT' properties, as 'FORMAT' sets both key and value formats. ` +
          `Either use just 'FORMAT', or use 'KEY_FORMAT' and 'VALUE_FORMAT'.`,
        clause.spanOf(name),
      );
    }
  }
  const windowType = clause.string('WINDOW_TYPE') as WindowType | undefined;
  const sized = windowType === 'HOPPING' || windowType === 'TUMBLING';
  if (sized && !clause.has('WINDOW_SIZE')) {
    throw propertyError(
      `${windowType} windows require 'WINDOW_SIZE' to be provided in the WITH clause. For example: 'WINDOW_SIZE'='10 SECONDS'`,
      clause.spanOf('WINDOW_TYPE'),
    );
  }
  if (windowType === 'SESSION' && clause.has('WINDOW_SIZE')) {
    throw propertyError(`'WINDOW_SIZE' should not be set for SESSION windows.`, clause.spanOf('WINDOW_SIZE'));
  }
}

/** Advice for a value such as `'two'`, or `'7 days'` where the unit is fixed. */
function wholeNumber(name: string, text: string): string {
  const duration = name.endsWith('_MS') ? parseDuration(text) : undefined;
  return typeof duration === 'number'
    ? `It is a whole number, of ms: ${name}=${duration}.`
    : `It is a whole number, such as ${name}=${name.endsWith('_MS') ? '604800000' : '1'}.`;
}

function readValue(definition: WithProperty, property: Property): string | number | boolean {
  const { name } = definition;
  const text = literalText(property.value);
  const invalid = (reason: string, hint?: string): SluiceError =>
    new SluiceError('AST', `Failed to prepare statement: Configuration ${name} is invalid: ${reason}`, {
      span: property.value.span,
      hint,
    });
  switch (definition.type) {
    case 'INT':
    case 'LONG': {
      const limit = definition.type === 'INT' ? 2_147_483_647 : Number.MAX_SAFE_INTEGER;
      const value = Number(text);
      if (!/^[+-]?\d+$/.test(text) || Math.abs(value) > limit) {
        throw invalid(
          `Invalid value ${text} for configuration ${name}: Not a number of type ${definition.type}`,
          wholeNumber(name, text),
        );
      }
      return value;
    }
    case 'BOOLEAN': {
      const lower = text.toLowerCase();
      if (lower !== 'true' && lower !== 'false') {
        throw invalid(
          `Invalid value ${text} for configuration ${name}: Expected value to be either true or false`,
          `${name}=true or ${name}=false.`,
        );
      }
      return lower === 'true';
    }
    case 'DURATION': {
      const value = parseDuration(text);
      if (typeof value !== 'number') throw invalid(value.reason, value.hint);
      return value;
    }
    case 'WINDOW_TYPE': {
      const upper = text.toUpperCase();
      if (!['SESSION', 'HOPPING', 'TUMBLING'].includes(upper)) {
        throw invalid(
          `Invalid value ${text} for configuration ${name}: String must be one of: SESSION, HOPPING, TUMBLING, null`,
          didYouMean(text, ['SESSION', 'HOPPING', 'TUMBLING']),
        );
      }
      return upper;
    }
    case 'DELIMITER':
      return readDelimiter(text, invalid);
    case 'NULLABLE': {
      const upper = text.toUpperCase();
      if (!['OPTIONAL', 'WRAPPER'].includes(upper)) {
        throw invalid(
          `Invalid value ${text} for configuration ${name}: String must be one of: OPTIONAL, WRAPPER, null`,
        );
      }
      return upper;
    }
    case 'FORMAT':
      return text.toUpperCase();
    case 'STRING':
      return text;
    default:
      return definition.type satisfies never;
  }
}

/** One character, or the words TAB and SPACE. */
function readDelimiter(text: string, invalid: (reason: string) => SluiceError): string {
  if (text.trim() === '') {
    throw invalid(
      `Delimiter cannot be empty, if you meant to have a tab or space for delimiter, please use the special values 'TAB' or 'SPACE'\n` +
        `Example valid value: ';'`,
    );
  }
  if (text.length === 1 || text === 'TAB' || text === 'SPACE') return text;
  throw invalid(
    `Invalid delimiter value: '${text}'. Delimiter must be a single character or TAB,SPACE\nExample valid value: ';'`,
  );
}

function unknownProperties(unknown: readonly Property[], place: PropertyPlace): SluiceError {
  const names = unknown.map((p) => p.name.toUpperCase());
  const known = WITH_PROPERTIES.filter((p) => p.places.includes(place)).map((p) => p.name);
  const near = didYouMean(must(names[0], 'name'), known);
  return new SluiceError(
    'AST',
    `Failed to prepare statement: Invalid config variable(s) in the WITH clause: ${names.join(',')}`,
    {
      span: must(unknown[0], 'unknown property').span,
      hint:
        flinkAdvice(unknown) ??
        formerAdvice(must(unknown[0], 'unknown property'), place) ??
        near ??
        `The properties are ${known.join(', ')}.`,
    },
  );
}

/**
 * Advice for properties of a table of Flink's Kafka connector, which describe a topic here; the cluster is the
 * server's.
 */
function flinkAdvice(unknown: readonly Property[]): string | undefined {
  const value = (name: string): string | undefined => {
    const found = unknown.find((p) => p.name.toUpperCase() === name);
    return found && literalText(found.value);
  };
  const isFlink = unknown.some((p) => /^(?:PROPERTIES\.|SCAN\.|SINK\.)/i.test(p.name));
  if (!isFlink && !/^(?:upsert-)?kafka$/i.test(value('CONNECTOR') ?? '')) return undefined;
  const topic = value('TOPIC');
  const start =
    value('SCAN.STARTUP.MODE') === undefined ? '' : " Where a query begins says SET 'auto.offset.reset'='earliest';.";
  return `Kafka is the server's own (bootstrap.servers in its configuration): WITH (KAFKA_TOPIC='${topic ?? '…'}', VALUE_FORMAT='…') is enough.${start}`;
}

/** Advice for properties of older releases and other systems. */
function formerAdvice(property: Property, place: PropertyPlace): string | undefined {
  const value = literalText(property.value);
  switch (property.name.toUpperCase()) {
    case 'KEY':
      return place === 'C'
        ? `KEY='…' is of old releases: mark the column in the column list, ${value.toLowerCase()} type KEY in a stream and PRIMARY KEY in a table, and leave KEY out. The key is then what the record's key holds, not a copy of a value.`
        : `KEY='…' is of old releases: PARTITION BY ${value} makes it the key. Leave KEY out.`;
    case 'TOPIC':
    case 'TOPICS':
    case 'TOPIC_NAME':
    case 'TOPICNAME':
    case 'KAFKA.TOPIC':
      return `The topic is KAFKA_TOPIC='${value}'.`;
    case 'CONNECTOR':
    case 'CONNECTOR.CLASS':
    case 'URL':
      return 'A stream or table reads a topic, KAFKA_TOPIC=…; CREATE SOURCE CONNECTOR name WITH (connector=…, …) reads another database.';
    case 'FORMAT_VALUE':
    case 'VALUEFORMAT':
      return `The format of values is VALUE_FORMAT='${value}'.`;
    case 'FORMAT_KEY':
    case 'KEYFORMAT':
      return `The format of keys is KEY_FORMAT='${value}'.`;
    case 'REPLICATION_FACTOR':
    case 'REPLICATION':
    case 'REPLICATIONFACTOR':
      return `The number of replicas is REPLICAS=${value}.`;
    case 'SCHEMA_ID':
      return `VALUE_SCHEMA_ID=${value} or KEY_SCHEMA_ID=${value} says of which part.`;
    case 'VALUE.FORMAT':
      return `The format of values is VALUE_FORMAT='${value}'.`;
    case 'KEY.FORMAT':
      return `The format of keys is KEY_FORMAT='${value}'.`;
    case 'RETENTION': {
      const ms = parseDuration(value);
      return typeof ms === 'number' ? `How long records are kept is RETENTION_MS=${ms}.` : undefined;
    }
    default:
      return foreignProperty(property.name);
  }
}

/** The text of a literal in WITH: `4` and `'4'` are equivalent. */
function literalText(literal: Literal): string {
  switch (literal.kind) {
    case 'NullLiteral':
      return 'null';
    case 'DecimalLiteral':
      return literal.text;
    default:
      return String(literal.value);
  }
}

/** An error that ksqlDB's parser raises when it reads the properties of a source. */
function propertyError(message: string, span?: Span): SluiceError {
  return new SluiceError('AST', `Failed to prepare statement: ${message}`, { span });
}

/** An error that ksqlDB raises when it prepares a statement: its messages carry this prefix. */
export function prepareError(message: string, span?: Span, hint?: string): SluiceError {
  return new SluiceError('STATEMENT', `Failed to prepare statement: ${message}`, { span, hint });
}
