import { must } from '../../base/assert.ts';
import { fieldFor } from '../internal/field-names.ts';
import type { AvroRecord, AvroType } from './avro-schema.ts';

/** Where the row is in a Debezium change event. */
export interface ChangedRow {
  readonly row: AvroRecord;
  /** Index of the field `after`. */
  readonly field: number;
}

const AROUND_THE_ROW = new Set(['before', 'after', 'op', 'source', 'transaction', 'ts_ms', 'ts_us', 'ts_ns']);

/**
 * The row of a record that is a change event by its fields: `before`, `after`, `op`, and nothing that Debezium does not
 * put beside them.
 */
export function changedRowOf(record: AvroRecord): ChangedRow | undefined {
  const names = record.fields.map((f) => f.name);
  if (!names.includes('before') || !names.includes('op') || !names.every((name) => AROUND_THE_ROW.has(name)))
    return undefined;
  const field = names.indexOf('after');
  // Where rows are texts (MongoDB), there are no columns to be found.
  const row = field === -1 ? undefined : recordOf(must(record.fields[field], 'field').type);
  return row && { row, field };
}

/**
 * Columns that only the event has are the event's: a stream over BEFORE, AFTER and OP reads it as it stands, all others
 * its row.
 */
export function wantsEvent(columns: readonly { readonly name: string }[], event: AvroRecord, row: AvroRecord): boolean {
  return columns.some(({ name }) => fieldFor(name, row.fields) === -1 && fieldFor(name, event.fields) !== -1);
}

/** The record that a schema is, with or without null beside it; of several in a union the one of that full name. */
export function recordOf(type: AvroType, fullName?: string): AvroRecord | undefined {
  if (type.kind === 'record') return type;
  if (type.kind !== 'union') return undefined;
  const branches = type.branches.filter((b) => b.kind !== 'null');
  const named = fullName === undefined ? undefined : branches.find((b) => b.kind === 'record' && b.name === fullName);
  if (named !== undefined) return named as AvroRecord;
  return branches.length === 1 && branches[0]!.kind === 'record' ? branches[0] : undefined;
}
