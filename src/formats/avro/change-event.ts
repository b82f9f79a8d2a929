import { must } from '../../base/assert.ts';
import { fieldFor } from '../internal/field-names.ts';
import type { AvroRecord, AvroType } from './avro-schema.ts';

/** The location of the row in a Debezium change event. */
export interface ChangedRow {
  readonly row: AvroRecord;
  /** Index of the field `after`. */
  readonly field: number;
}

const AROUND_THE_ROW = new Set(['before', 'after', 'op', 'source', 'transaction', 'ts_ms', 'ts_us', 'ts_ns']);

/**
 * The row of a record that, judging by its fields, is a change event: it has `before`, `after` and `op`, and no field
 * that Debezium does not add.
 */
export function changedRowOf(record: AvroRecord): ChangedRow | undefined {
  const names = record.fields.map((f) => f.name);
  if (!names.includes('before') || !names.includes('op') || !names.every((name) => AROUND_THE_ROW.has(name)))
    return undefined;
  const field = names.indexOf('after');
  // Where rows are texts (MongoDB), there are no columns to infer.
  const row = field === -1 ? undefined : recordOf(must(record.fields[field], 'field').type);
  return row && { row, field };
}

/**
 * Whether to read the change event itself: true if it has a field for some column and its row does not. A stream over
 * BEFORE, AFTER and OP reads the event, all others read its row.
 */
export function wantsEvent(columns: readonly { readonly name: string }[], event: AvroRecord, row: AvroRecord): boolean {
  return columns.some(({ name }) => fieldFor(name, row.fields) === -1 && fieldFor(name, event.fields) !== -1);
}

/** The record of a schema, which may be in a union with null; if the union has several, the one with that full name. */
export function recordOf(type: AvroType, fullName?: string): AvroRecord | undefined {
  if (type.kind === 'record') return type;
  if (type.kind !== 'union') return undefined;
  const branches = type.branches.filter((b) => b.kind !== 'null');
  const named = fullName === undefined ? undefined : branches.find((b) => b.kind === 'record' && b.name === fullName);
  if (named !== undefined) return named as AvroRecord;
  return branches.length === 1 && branches[0]!.kind === 'record' ? branches[0] : undefined;
}
