import { elementAt, must } from '../../../../base/assert.ts';
import { MS_PER_DAY } from '../../../../types/calendar.ts';
import { decimalFromNumber, pow10, rescale } from '../../../../types/decimal.ts';
import { formatType, type SqlType } from '../../../../types/sql-type.ts';
import { parseDateText, parseTimestampText, parseTimeText } from '../../../../types/time-text.ts';
import { ConnectError } from '../../../api/errors.ts';
import { normal, zipf } from '../distributions.ts';
import { regexMaker, rngAt, type Rng } from '../generator.ts';
import { sized } from '../value-size.ts';
import type { ColumnText, Literal, Rule } from './column-text.ts';

/** What the value of a column depends on. */
export interface RowContext {
  /** The random numbers for this record. */
  readonly rng: Rng;
  /** The number of the row, from 0: the same for all records of a row. */
  readonly row: number;
  /** ms since the epoch. */
  readonly eventTimeMs: number;
  /** The number of rows that a table has before this record. */
  readonly rowsOf: (table: string) => number;
}

export type ColumnValue = (context: RowContext) => unknown;

/** The primary key of another table, as columns refer to it. */
export interface ReferredKey {
  readonly type: SqlType;
  readonly keyOf: (row: number) => unknown;
}

/** Lists and maps without a rule have this many items. */
const ITEMS = 3;
const TEXT_LENGTH = 8;
const LETTERS = 26;
const INT32_MAX = 2 ** 31 - 1;
/** Numbers without a rule that have no natural bound are below this. */
const NUMBER_MAX = 100;

/**
 * The values of a key, which depend on nothing but the number of the row and the seed.
 * @throws ConnectError for a rule or type that cannot be one
 */
export function keyValues(column: ColumnText, seed: number): (row: number) => unknown {
  const { rule, type, name } = column;
  const isWhole = type.kind === 'INTEGER' || type.kind === 'BIGINT';
  if (rule.kind === 'uuid' && type.kind === 'STRING') return (row) => uuidOf(rngAt(seed ^ UUID_SALT, row));
  const sequence = rule.kind === 'default' ? FROM_ONE : rule;
  if (sequence.kind !== 'sequence' || (!isWhole && type.kind !== 'STRING'))
    throw new ConnectError(
      `${name} is a PRIMARY KEY: an INTEGER, BIGINT or STRING with SEQUENCE, or a STRING with UUID, for each row has its own`,
    );
  return sequenceOf(sequence, type, name);
}

const FROM_ONE: Extract<Rule, { kind: 'sequence' }> = { kind: 'sequence', prefix: '', start: 1, step: 1 };
/** Keeps the random numbers of a key apart from those of the row's other columns. */
const UUID_SALT = 0x5bd1e995;

function sequenceOf(
  { prefix, start, step }: Extract<Rule, { kind: 'sequence' }>,
  type: SqlType,
  name: string,
): (row: number) => unknown {
  if (type.kind === 'STRING') return (row) => `${prefix}${start + step * row}`;
  if (type.kind !== 'INTEGER' && type.kind !== 'BIGINT')
    throw new ConnectError(`SEQUENCE of ${name} is for INTEGER, BIGINT and STRING, not ${formatType(type)}`);
  if (prefix !== '') throw new ConnectError(`SEQUENCE of ${name} has a prefix, which only a STRING can have`);
  return (row) => start + step * row;
}

function uuidOf(rng: Rng): string {
  const hex = (length: number): string => Array.from({ length }, () => Math.floor(rng() * 16).toString(16)).join('');
  const variant = elementAt(['8', '9', 'a', 'b'], Math.floor(rng() * 4));
  return `${hex(8)}-${hex(4)}-4${hex(3)}-${variant}${hex(3)}-${hex(12)}`;
}

/**
 * The values of a column by its rule. `referred` finds the primary key of another table.
 * @throws ConnectError when the rule does not fit the type
 */
export function columnValues(
  column: ColumnText,
  referred: (table: string, column?: string) => ReferredKey,
): ColumnValue {
  const value = withoutNulls(column, referred);
  const { nulls } = column;
  return nulls === 0 ? value : (context) => (context.rng() < nulls ? null : value(context));
}

function withoutNulls(
  { name, type, rule }: ColumnText,
  referred: (table: string, column?: string) => ReferredKey,
): ColumnValue {
  const refuse = (what: string, types: string): never => {
    throw new ConnectError(`${what} of ${name} is for ${types}, not ${formatType(type)}`);
  };
  switch (rule.kind) {
    case 'default':
      sized(sizeOf(type), `A value of ${name}`);
      return byDefault(type);
    case 'uuid':
      return type.kind === 'STRING' ? ({ rng }) => uuidOf(rng) : refuse('UUID', 'STRING');
    case 'sequence': {
      const at = sequenceOf(rule, type, name);
      return ({ row }) => at(row);
    }
    case 'event time':
      return eventTime(type) ?? refuse('EVENT_TIME', 'TIMESTAMP, DATE, TIME and BIGINT');
    case 'matching': {
      const { make } = regexMaker(rule.pattern);
      return type.kind === 'STRING' ? ({ rng }) => make(rng) : refuse('MATCHING', 'STRING');
    }
    case 'uniform': {
      const [min, max] = [rule.min, rule.max].map((bound) => numberOf(bound, type, name)) as [number, number];
      if (min > max) throw new ConnectError(`UNIFORM of ${name} has its lower bound first`);
      // Whole numbers include the upper bound, fractions exclude it.
      const whole = wholeOf(type);
      if (whole === undefined) {
        const convert = fractionOf(type, name) ?? refuse('UNIFORM', 'numbers and times');
        return ({ rng }) => convert(min + (max - min) * rng());
      }
      return ({ rng }) => min + Math.floor((max - min + 1) * rng());
    }
    case 'normal': {
      if (type.kind === 'DATE' || type.kind === 'TIME' || type.kind === 'TIMESTAMP') refuse('NORMAL', 'numbers');
      const convert = wholeOf(type) ?? fractionOf(type, name) ?? refuse('NORMAL', 'numbers');
      const [least, most] = boundsOf(type);
      const bounds = { ...rule, min: Math.max(rule.min, least), max: Math.min(rule.max, most) };
      return ({ rng }) => convert(normal(rng, bounds));
    }
    case 'zipf': {
      if (type.kind !== 'INTEGER' && type.kind !== 'BIGINT') refuse('ZIPF', 'INTEGER and BIGINT');
      return ({ rng }) => zipf(rng, rule.count, rule.exponent);
    }
    case 'in':
      return oneOf(
        rule,
        rule.options.map((option) => literalOf(option, type, name)),
      );
    case 'references': {
      const key = referred(rule.table, rule.column);
      if (formatType(key.type) !== formatType(type))
        throw new ConnectError(
          `${name} is ${formatType(type)}, and what it references ${formatType(key.type)}: let them be the same`,
        );
      const { zipf: exponent } = rule;
      return ({ rng, rowsOf }) => {
        const rows = rowsOf(rule.table);
        const drawn = exponent === undefined ? Math.floor(rng() * rows) : zipf(rng, rows, exponent) - 1;
        return rows === 0 ? null : key.keyOf(drawn);
      };
    }
    default:
      return rule satisfies never;
  }
}

function oneOf(rule: Extract<Rule, { kind: 'in' }>, options: readonly unknown[]): ColumnValue {
  const { weights, zipf: exponent } = rule;
  if (exponent !== undefined) return ({ rng }) => elementAt(options, zipf(rng, options.length, exponent) - 1);
  if (weights === undefined) return ({ rng }) => elementAt(options, Math.floor(rng() * options.length));
  let sum = 0;
  const upTo = weights.map((weight) => (sum += weight));
  return ({ rng }) => {
    const drawn = rng() * sum;
    return elementAt(
      options,
      upTo.findIndex((limit) => drawn < limit),
    );
  };
}

function eventTime(type: SqlType): ColumnValue | undefined {
  switch (type.kind) {
    case 'TIMESTAMP':
    case 'BIGINT':
      return ({ eventTimeMs }) => eventTimeMs;
    case 'DATE':
      return ({ eventTimeMs }) => Math.floor(eventTimeMs / MS_PER_DAY);
    case 'TIME':
      return ({ eventTimeMs }) => eventTimeMs - Math.floor(eventTimeMs / MS_PER_DAY) * MS_PER_DAY;
    default:
      return undefined;
  }
}

/** Values of a type without a rule; a time is the event time. */
/** How large the values of `byDefault` are. */
function sizeOf(type: SqlType): number {
  switch (type.kind) {
    case 'ARRAY':
      return ITEMS * sizeOf(type.element);
    case 'MAP':
      return ITEMS * (sizeOf(type.key) + sizeOf(type.value));
    case 'STRUCT':
      return type.fields.reduce((sum, field) => sum + sizeOf(field.type), 1);
    default:
      return 1;
  }
}

function byDefault(type: SqlType): ColumnValue {
  switch (type.kind) {
    case 'BOOLEAN':
      return ({ rng }) => rng() < 0.5;
    case 'INTEGER':
    case 'BIGINT':
      return ({ rng }) => Math.floor(rng() * INT32_MAX);
    case 'DOUBLE':
      return ({ rng }) => rng();
    case 'DECIMAL': {
      const [, most] = boundsOf(type);
      return ({ rng }) => decimalOf(rng() * Math.min(NUMBER_MAX, most), type.scale);
    }
    case 'STRING':
      return ({ rng }) =>
        Array.from({ length: TEXT_LENGTH }, () => String.fromCharCode(97 + Math.floor(rng() * LETTERS))).join('');
    case 'BYTES':
      return ({ rng }) => Buffer.from(Array.from({ length: TEXT_LENGTH }, () => Math.floor(rng() * 256)));
    case 'ARRAY': {
      const item = byDefault(type.element);
      return (context) => Array.from({ length: ITEMS }, () => item(context));
    }
    case 'MAP': {
      const [key, value] = [byDefault(type.key), byDefault(type.value)];
      return (context) => new Map(Array.from({ length: ITEMS }, () => [key(context), value(context)]));
    }
    case 'STRUCT': {
      const fields = type.fields.map((field) => byDefault(field.type));
      return (context) => fields.map((field) => field(context));
    }
    default:
      return must(eventTime(type), 'values of the type');
  }
}

/** Makes a whole number of the type; undefined for types of fractions and others. */
function wholeOf(type: SqlType): ((x: number) => number) | undefined {
  return ['INTEGER', 'BIGINT', 'DATE', 'TIME', 'TIMESTAMP'].includes(type.kind) ? Math.round : undefined;
}

function fractionOf(type: SqlType, name: string): ((x: number) => unknown) | undefined {
  if (type.kind === 'DOUBLE') return (x) => x;
  if (type.kind !== 'DECIMAL') return undefined;
  const { scale } = type;
  if (type.precision > 15)
    throw new ConnectError(`${name} is ${formatType(type)}: random decimals have at most 15 digits`);
  return (x) => decimalOf(x, scale);
}

const decimalOf = (x: number, scale: number): bigint => BigInt(Math.round(x * 10 ** scale));

/** The least and greatest number of a type. */
function boundsOf(type: SqlType): readonly [number, number] {
  if (type.kind === 'INTEGER') return [-INT32_MAX - 1, INT32_MAX];
  if (type.kind === 'BIGINT') return [Number.MIN_SAFE_INTEGER, Number.MAX_SAFE_INTEGER];
  if (type.kind !== 'DECIMAL') return [-Infinity, Infinity];
  const most = Number(pow10(type.precision) - 1n) / 10 ** type.scale;
  return [-most, most];
}

/** A bound as a number of the type: days for a DATE, ms for a TIMESTAMP. */
function numberOf(literal: Literal, type: SqlType, name: string): number {
  const value = type.kind === 'DECIMAL' || type.kind === 'DOUBLE' ? literal : literalOf(literal, type, name);
  if (typeof value !== 'number')
    throw new ConnectError(`${JSON.stringify(literal)} is no bound of ${name}, which is ${formatType(type)}`);
  const [least, most] = boundsOf(type);
  if (value < least || value > most)
    throw new ConnectError(`${value} is out of the range of ${name}, which is ${formatType(type)}`);
  return value;
}

/** A literal as a value of the type. @throws ConnectError when it is not one */
function literalOf(literal: Literal, type: SqlType, name: string): unknown {
  const value = valueOf(literal, type);
  if (value === undefined)
    throw new ConnectError(`${JSON.stringify(literal)} is no value of ${name}, which is ${formatType(type)}`);
  return value;
}

function valueOf(literal: Literal, type: SqlType): unknown {
  const [least, most] = boundsOf(type);
  switch (type.kind) {
    case 'BOOLEAN':
      return typeof literal === 'boolean' ? literal : undefined;
    case 'STRING':
      return typeof literal === 'string' ? literal : undefined;
    case 'DOUBLE':
      return typeof literal === 'number' ? literal : undefined;
    case 'INTEGER':
    case 'BIGINT':
      return Number.isSafeInteger(literal) && (literal as number) >= least && (literal as number) <= most
        ? literal
        : undefined;
    case 'DECIMAL': {
      if (typeof literal !== 'number' || Math.abs(literal) > most) return undefined;
      const { unscaled, scale } = decimalFromNumber(literal);
      return rescale(unscaled, scale, type.scale);
    }
    case 'DATE':
      return typeof literal === 'string' ? parseDateText(literal) : undefined;
    case 'TIME':
      return typeof literal === 'string' ? parseTimeText(literal) : undefined;
    case 'TIMESTAMP':
      return typeof literal === 'string' ? parseTimestampText(literal) : undefined;
    default:
      return undefined;
  }
}
