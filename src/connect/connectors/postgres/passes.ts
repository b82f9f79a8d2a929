import type { OffsetMap } from '../../api/record.ts';
import { ConnectError } from '../../api/errors.ts';
import type { Zone } from '../../../types/zone.ts';
import { quoteIdentifier } from './connection.ts';
import { parseMicros, wallToMs } from './value-types.ts';
import type { FieldInfo } from './tables.ts';
import type { TextRow } from './rows.ts';

export type Mode = 'bulk' | 'incrementing' | 'timestamp' | 'timestamp+incrementing' | 'changes';

/** One reading of a table or query from an offset to what is there now. */
export interface Pass {
  readonly sql: string;
  readonly values: readonly (string | null)[];
  /** Columns at the end of each row that are not the table's. */
  readonly extraColumns: number;
  /** What must be known about the result's columns before the first row. @throws ConnectError when a needed column is missing */
  begin(fields: readonly FieldInfo[]): void;
  /** Where to go on after this row; null: nowhere but at the beginning. */
  after(row: TextRow): OffsetMap | null;
  /** Where a pass may be split; absent: anywhere. Rows of one instant without a key to tell them apart stay together. */
  readonly splitsBetween?: ((a: TextRow, b: TextRow) => boolean) | undefined;
  /** Where to go on after the last row; undefined: where the last row says. */
  readonly completed: OffsetMap | null | undefined;
}

export interface PassSpec {
  readonly mode: Mode;
  /** What is read, for messages: `table public.users`, `the query`. */
  readonly what: string;
  /** `"public"."users"`, or the query in parentheses with an alias. */
  readonly from: string;
  /** The query as it stands (bulk mode of query mode). */
  readonly query: string | undefined;
  readonly suffix: string;
  readonly incrementing: string | undefined;
  readonly timestamps: readonly string[];
  /** Columns that make a row unique; empty: the physical place (tables only). */
  readonly key: readonly string[];
  /** Rows may stand in several physical tables (partitions, tables that inherit): a place is unique within one only, and so is a key that is inherited. */
  readonly spread: boolean;
  /** The columns; those of a query are known where the mode reads timestamps. */
  readonly fields: readonly FieldInfo[];
  readonly zone: Zone;
  readonly delayMs: number;
  /** ms since the epoch; undefined: from the beginning. */
  readonly initialMs: number | undefined;
  readonly quote: boolean;
}

/** Builds the next pass. `horizon` is the oldest transaction still running (changes mode). undefined: there can be nothing new. */
export function nextPass(spec: PassSpec, offset: OffsetMap | undefined, horizon: string): Pass | undefined {
  switch (spec.mode) {
    case 'bulk':
      return bulkPass(spec);
    case 'incrementing':
      return incrementingPass(spec, offset);
    case 'timestamp':
    case 'timestamp+incrementing':
      return timestampPass(spec, offset);
    case 'changes':
      return changesPass(spec, offset, horizon);
    default:
      return spec.mode satisfies never;
  }
}

const name = (spec: PassSpec, column: string): string => (spec.quote ? quoteIdentifier(column) : column);
const select = (spec: PassSpec, extra = ''): string =>
  `SELECT ${spec.from.startsWith('(') ? 'q' : 't'}.*${extra} FROM ${spec.from}${spec.from.startsWith('(') ? ' q' : ' t'}`;
const suffixed = (sql: string, spec: PassSpec): string => (spec.suffix === '' ? sql : `${sql} ${spec.suffix}`);

/** By the exact name, else by any spelling of it: names that are not quoted have no case. */
function indexOf(fields: readonly FieldInfo[], column: string): number {
  const exact = fields.findIndex((f) => f.name === column);
  return exact === -1 ? fields.findIndex((f) => f.name.toLowerCase() === column.toLowerCase()) : exact;
}

function position(spec: PassSpec, fields: readonly FieldInfo[], column: string): number {
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

function incrementingPass(spec: PassSpec, offset: OffsetMap | undefined): Pass {
  const column = spec.incrementing!;
  const last = offset?.['incrementing'];
  let at = -1;
  return {
    sql: suffixed(
      `${select(spec)}${last === undefined ? '' : ` WHERE ${name(spec, column)} > $1`} ORDER BY ${name(spec, column)} ASC`,
      spec,
    ),
    values: last === undefined ? [] : [String(last as number | string)],
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

/** Offsets as Kafka's JDBC source writes them, and `after`: the keys of the last row, so that rows of one instant can be split. */
function timestampPass(spec: PassSpec, offset: OffsetMap | undefined): Pass {
  const columns = spec.timestamps;
  const field = spec.fields[indexOf(spec.fields, columns[0]!)];
  const type = field?.oid === 1114 ? 'timestamp' : field?.oid === 1082 ? 'date' : 'timestamptz';
  const expression =
    columns.length === 1 ? name(spec, columns[0]!) : `COALESCE(${columns.map((c) => name(spec, c)).join(', ')})`;
  const withIncrementing = spec.mode === 'timestamp+incrementing';
  const ties = withIncrementing ? [spec.incrementing!] : spec.key;
  const upper =
    type === 'timestamptz' ? 'now()' : `(now() AT TIME ZONE '${spec.zone.id === 'Z' ? 'UTC' : spec.zone.id}')`;
  const conditions = [`${expression} < ${upper} - interval '${spec.delayMs} milliseconds'`];
  const values: (string | null)[] = [];
  const start =
    offset === undefined ? (spec.initialMs === undefined ? undefined : spec.initialMs * 1000) : microsOf(offset);
  if (start !== undefined) {
    values.push(microsText(start, type, spec.zone));
    const after = withIncrementing
      ? offset?.['incrementing'] === undefined
        ? undefined
        : [offset['incrementing']]
      : offset?.['after'];
    if (Array.isArray(after) && after.length === ties.length && ties.length > 0) {
      const marks = (after as (string | number)[]).map((text) => `$${values.push(String(text))}`);
      conditions.push(
        `(${[expression, ...ties.map((c) => name(spec, c))].join(', ')}) > ($1::${type}, ${marks.join(', ')})`,
      );
    } else conditions.push(`${expression} > $1::${type}`);
  }
  let at: number[] = [];
  let tieAt: number[] = [];
  const timeOf = (row: TextRow): string => at.map((i) => row[i]).find((t) => t !== null && t !== undefined)!;
  return {
    sql: suffixed(
      `${select(spec)} WHERE ${conditions.join(' AND ')} ORDER BY ${[expression, ...ties.map((c) => name(spec, c))].map((c) => `${c} ASC`).join(', ')}`,
      spec,
    ),
    values,
    extraColumns: 0,
    begin: (fields) => {
      at = columns.map((c) => position(spec, fields, c));
      tieAt = ties.map((c) => position(spec, fields, c));
    },
    after: (row) => {
      const text = timeOf(row);
      const wall = Number(parseMicros(type === 'date' ? `${text} 00:00:00` : text)!);
      const micros = type === 'timestamptz' ? wall : wallToMs(wall, spec.zone) * 1000 + mod(wall, 1000);
      const result: Record<string, unknown> = {
        timestamp: Math.floor(micros / 1000),
        timestamp_nanos: mod(micros, 1_000_000) * 1000,
      };
      if (withIncrementing) result['incrementing'] = incrementingValue(spec, row[tieAt[0]!] ?? null);
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
  // The nanoseconds are those of the whole second, as java.sql.Timestamp has them.
  return nanos === 0 ? Number(ms) * 1000 : Math.floor(Number(ms) / 1000) * 1_000_000 + Math.floor(nanos / 1000);
}

function microsText(micros: number, type: string, zone: Zone): string {
  const shown = type === 'timestamptz' ? micros : micros + zone.offsetAt(Math.floor(micros / 1000)) * 60_000_000;
  const ms = Math.floor(shown / 1000);
  const iso = new Date(ms).toISOString();
  const text = `${iso.slice(0, 10)} ${iso.slice(11, 19)}.${String(mod(shown, 1_000_000)).padStart(6, '0')}`;
  return type === 'timestamptz' ? `${text}+00` : text;
}

function mod(a: number, n: number): number {
  return ((a % n) + n) % n;
}

/**
 * Rows by the transaction that wrote them: those of transactions from `xmin` (of the last pass) up to, but not including, the oldest one
 * that is still running. All of these have ended, so each change is read once and none is lost, whatever order they commit in; no column
 * of the table is needed. Rows come in the order of their key, so that a pass can be split and resumed.
 */
function changesPass(spec: PassSpec, offset: OffsetMap | undefined, horizon: string): Pass | undefined {
  const from = offset?.['xmin'] as string | undefined;
  const until = (offset?.['until'] as string | undefined) ?? horizon;
  const byPlace = spec.key.length === 0;
  const places = spec.spread ? ['t.tableoid', 't.ctid'] : ['t.ctid'];
  const marked = offset?.['after'] as readonly (string | null)[] | undefined;
  // A mark of another kind (the table has got partitions or a key since) says nothing: the pass begins anew rather than leave rows out.
  const after = marked?.length === (byPlace ? places : spec.key).length ? marked : undefined;
  if (from !== undefined && marked === undefined && BigInt(from) >= BigInt(until)) return undefined;
  const values: (string | null)[] = [until];
  // age() counts back from now in 32 bits: negative for rows frozen so long ago that their number came round again.
  const conditions = ['(age(t.xmin) > age($1::xid8::xid) OR age(t.xmin) < 0)'];
  if (from !== undefined && from !== '0')
    conditions.push(`age(t.xmin) <= age($${values.push(from)}::xid8::xid) AND age(t.xmin) >= 0`);
  const keys = byPlace ? places : spec.key.map((c) => `t.${quoteIdentifier(c)}`);
  if (after !== undefined) {
    const marks = after.map(
      (text, i) => `$${values.push(text)}${byPlace ? (i === places.length - 1 ? '::tid' : '::oid') : ''}`,
    );
    conditions.push(`(${keys.join(', ')}) > (${marks.join(', ')})`);
  }
  let at: number[] = [];
  return {
    sql: suffixed(
      `${select(spec, byPlace ? `, ${places.join(', ')}` : '')} WHERE ${conditions.join(' AND ')} ORDER BY ${keys.join(', ')}`,
      spec,
    ),
    values,
    extraColumns: byPlace ? places.length : 0,
    begin: (fields) => {
      at = byPlace
        ? places.map((_, i) => fields.length - places.length + i)
        : spec.key.map((c) => position(spec, fields, c));
    },
    after: (row) => ({ xmin: from ?? '0', until, after: at.map((i) => row[i] ?? null) }),
    completed: { xmin: until },
  };
}
