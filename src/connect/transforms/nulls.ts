import { must } from '../../base/assert.ts';
import type { ConnectField } from '../api/schema.ts';
import { setting } from './side.ts';

/** The setting of transforms that read fields (KIP-1040). */
export const REPLACE_NULLS = setting(
  'replace.null.with.default',
  'Whether a field without a value counts as its default, where the schema has one.',
  { type: 'BOOLEAN', default: 'true' },
);

/** How a null field is read. */
export interface Nulls {
  at(fields: readonly ConnectField[], row: readonly unknown[], i: number): unknown;
  /** The whole row; the same array if nothing changes. */
  row(fields: readonly ConnectField[], row: readonly unknown[]): readonly unknown[];
}

const AS_DEFAULT: Nulls = {
  at: (fields, row, i) => row[i] ?? must(fields[i], 'field').schema.default ?? null,
  row: (fields, row) =>
    fields.some((f, i) => row[i] === null && f.schema.default !== undefined)
      ? row.map((v, i) => v ?? must(fields[i], 'field').schema.default ?? null)
      : row,
};
const AS_NULL: Nulls = { at: (_, row, i) => row[i], row: (_, row) => row };

/** @param replaces whether a null field is read as its default */
export const nullsOf = (replaces: boolean): Nulls => (replaces ? AS_DEFAULT : AS_NULL);
