import { must } from '../../../base/assert.ts';
import type { OffsetMap } from '../../api/record.ts';
import { ConnectError } from '../../api/errors.ts';
import type { Dialect, FieldInfo, Parameter, TextRow, TimeComparison } from './dialect.ts';

/** The modes that every database has. */
export const SHARED_MODES = ['bulk', 'timestamp', 'incrementing', 'timestamp+incrementing'] as const;

/** One reading of a table or query, from an offset to its current end. */
export interface Pass {
  readonly sql: string;
  readonly values: readonly Parameter[];
  /** Columns at the end of each row that do not belong to the table. */
  readonly extraColumns: number;
  /**
   * Called with the result's columns before the first row.
   * @throws ConnectError when a needed column is missing
   */
  begin(fields: readonly FieldInfo[]): void;
  /** Where to continue after this row; null: only from the beginning. */
  after(row: TextRow): OffsetMap | null;
  /**
   * Where a pass may be split; absent: anywhere. Rows of the same time without a key to distinguish them stay together.
   */
  readonly splitsBetween?: ((a: TextRow, b: TextRow) => boolean) | undefined;
  /** Where to continue after the last row; undefined: as the last row says. */
  readonly completed: OffsetMap | null | undefined;
}

export interface PassSpec {
  /** One of SHARED_MODES, or the dialect's own. */
  readonly mode: string;
  /** What is read, for messages: `table public.users`, `the query`. */
  readonly what: string;
  /** `"public"."users"`, or the query in parentheses with an alias. */
  readonly from: string;
  /** The unmodified query (bulk mode of a query source). */
  readonly query: string | undefined;
  readonly suffix: string;
  readonly incrementing: string | undefined;
  readonly timestamps: readonly string[];
  /** Columns that make a row unique; empty: its physical position (tables only). */
  readonly key: readonly string[];
  /**
   * Whether rows may be in several physical tables (partitions, tables that inherit): a position is unique only within
   * one, and so is an inherited key.
   */
  readonly spread: boolean;
  /** The columns; those of a query are known if the mode reads timestamps. */
  readonly fields: readonly FieldInfo[];
  /** How a column of times is compared. */
  readonly time: (field: FieldInfo | undefined) => TimeComparison;
  readonly delayMs: number;
  /** ms since the epoch; undefined: from the beginning. */
  readonly initialMs: number | undefined;
  readonly quote: boolean;
}

/** Creates the next pass of a mode that every database has. */
export function nextPass(dialect: Dialect, spec: PassSpec, offset: OffsetMap | undefined): Pass {
  switch (spec.mode as (typeof SHARED_MODES)[number]) {
    case 'bulk':
      return bulkPass(spec);
    case 'incrementing':
      return incrementingPass(dialect, spec, offset);
    case 'timestamp':
    case 'timestamp+incrementing':
      return timestampPass(dialect, spec, offset);
    default:
      throw new Error(`Defect: ${spec.mode} is no mode of ${dialect.name}`);
  }
}

const name = (dialect: Dialect, spec: PassSpec, column: string): string =>
  spec.quote ? dialect.quote(column) : column;
export const select = (spec: PassSpec, extra = ''): string =>
  `SELECT ${spec.from.startsWith('(') ? 'q' : 't'}.*${extra} FROM ${spec.from}${spec.from.startsWith('(') ? ' q' : ' t'}`;
export const suffixed = (sql: string, spec: PassSpec): string => (spec.suffix === '' ? sql : `${sql} ${spec.suffix}`);

/** By the exact name, otherwise ignoring case, because unquoted names have no case. */
function indexOf(fields: readonly FieldInfo[], column: string): number {
  const exact = fields.findIndex((f) => f.name === column);
  return exact === -1 ? fields.findIndex((f) => f.name.toLowerCase() === column.toLowerCase()) : exact;
}

const fieldNamed = (fields: readonly FieldInfo[], column: string): FieldInfo | undefined =>
  fields[indexOf(fields, column)];

/** The index of a column in a row. @throws ConnectError when the query does not return it */
export function position(spec: PassSpec, fields: readonly FieldInfo[], column: string): number {
  const found = indexOf(fields, column);
  if (found === -1)
    throw new ConnectError(
      `Column "${column}" of ${spec.what} does not exist (any more), and mode ${spec.mode} needs it`,
    );
  return found;
}

function bulkPass(spec: PassSpec): Pass {
  return {
    sql: suffixed(spec.query ?? select(spec), spec),
    values: [],
    extraColumns: 0,
    begin: () => {},
    after: () => null,
    completed: null,
  };
}

function incrementingPass(dialect: Dialect, spec: PassSpec, offset: OffsetMap | undefined): Pass {
  const column = spec.incrementing!;
  const last = offset?.['incrementing'];
  const sqlName = name(dialect, spec, column);
  let at = -1;
  return {
    sql: suffixed(
      `${select(spec)}${last === undefined ? '' : ` WHERE ${sqlName} > ${dialect.reading.placeholder(1)}`} ORDER BY ${sqlName} ASC`,
      spec,
    ),
    values:
      last === undefined
        ? []
        : [dialect.reading.parameter(String(last as number | string), fieldNamed(spec.fields, column))],
    extraColumns: 0,
    begin: (fields) => {
      at = position(spec, fields, column);
    },
    after: (row) => ({ incrementing: incrementingValue(spec, row[at] ?? null) }),
    completed: undefined,
  };
}

function incrementingValue(spec: PassSpec, text: string | null): number | string {
  if (text === null) {
    throw new ConnectError(
      `The incrementing column "${spec.incrementing}" of ${spec.what} is NULL in a row. Rows without a number cannot be told apart: give the ` +
        'column a value and NOT NULL, or choose another mode',
    );
  }
  const number = Number(text);
  // Beyond 2^53, and for decimals, the text is exact.
  return Number.isSafeInteger(number) && /^-?\d+$/.test(text) ? number : text;
}

/**
 * Offsets as in Kafka's JDBC source, with `after`: the keys of the last row, so that rows of the same time can be
 * split.
 */
function timestampPass(dialect: Dialect, spec: PassSpec, offset: OffsetMap | undefined): Pass {
  const columns = spec.timestamps;
  const time = spec.time(fieldNamed(spec.fields, must(columns[0], 'column')));
  const named = columns.map((c) => name(dialect, spec, c)).map((c) => time.expression?.(c) ?? c);
  const expression = named.length === 1 ? named[0]! : `COALESCE(${named.join(', ')})`;
  // A computed expression is read in addition to the table's columns, because a row's text has another form.
  const computed = time.expression === undefined ? '' : `, ${expression}`;
  const withIncrementing = spec.mode === 'timestamp+incrementing';
  const ties = withIncrementing ? [spec.incrementing!] : spec.key;
  const order = [expression, ...ties.map((c) => name(dialect, spec, c))];
  const conditions = [`${expression} < ${time.before(spec.delayMs)}`];
  const values: Parameter[] = [];
  const parameter = (value: Parameter): string => dialect.reading.placeholder(values.push(value));
  const start =
    offset === undefined ? (spec.initialMs === undefined ? undefined : spec.initialMs * 1000) : microsOf(offset);
  if (start !== undefined) {
    const bound = time.bound(parameter(time.toParameter(start)));
    const after = withIncrementing
      ? offset?.['incrementing'] === undefined
        ? undefined
        : [offset['incrementing']]
      : offset?.['after'];
    if (Array.isArray(after) && after.length === ties.length && ties.length > 0) {
      const marks = (after as (string | number)[]).map((text, i) =>
        parameter(dialect.reading.parameter(String(text), fieldNamed(spec.fields, ties[i]!))),
      );
      conditions.push(`(${order.join(', ')}) > (${[bound, ...marks].join(', ')})`);
    } else conditions.push(`${expression} > ${bound}`);
  }
  let at: number[] = [];
  let tieAt: number[] = [];
  const timeOf = (row: TextRow): string => at.map((i) => row[i]).find((t) => t !== null && t !== undefined)!;
  return {
    sql: suffixed(
      `${select(spec, computed)} WHERE ${conditions.join(' AND ')} ORDER BY ${order.map((c) => `${c} ASC`).join(', ')}`,
      spec,
    ),
    values,
    extraColumns: computed === '' ? 0 : 1,
    begin: (fields) => {
      at = computed === '' ? columns.map((c) => position(spec, fields, c)) : [fields.length - 1];
      tieAt = ties.map((c) => position(spec, fields, c));
    },
    after: (row) => {
      const micros = time.toMicros(timeOf(row));
      const result: Record<string, unknown> = {
        timestamp: Math.floor(micros / 1000),
        timestamp_nanos: mod(micros, 1_000_000) * 1000,
      };
      if (withIncrementing)
        result['incrementing'] = incrementingValue(spec, row[must(tieAt[0], 'column of the tie')] ?? null);
      else if (ties.length > 0) result['after'] = tieAt.map((i) => row[i] ?? null);
      return result;
    },
    splitsBetween: ties.length > 0 ? undefined : (a, b) => timeOf(a) !== timeOf(b),
    completed: undefined,
  };
}

/** Microseconds since the epoch of an offset; undefined when it has no time. */
function microsOf(offset: OffsetMap): number | undefined {
  const ms = offset['timestamp'];
  if (ms === undefined || ms === null) return undefined;
  const nanos = Number(offset['timestamp_nanos'] ?? 0);
  // The nanoseconds include the whole fraction of the second, as in java.sql.Timestamp.
  return nanos === 0 ? Number(ms) * 1000 : Math.floor(Number(ms) / 1000) * 1_000_000 + Math.floor(nanos / 1000);
}

/** The remainder of a division, never negative. */
export function mod(a: number, n: number): number {
  return ((a % n) + n) % n;
}
