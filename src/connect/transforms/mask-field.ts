import { must } from '../../base/assert.ts';
import { configOf, type ConfigValue } from '../api/config-spec.ts';
import { DataError } from '../api/errors.ts';
import type { ConnectSchema, StructSchema } from '../api/schema.ts';
import { namedFields, someFields, namesOf } from './field-names.ts';
import { nullsOf, REPLACE_NULLS } from './nulls.ts';
import { objectOf, perSchema, required, setting, sided, structSchemaOf, notEmptyList } from './side.ts';

const MASK = {
  fields: required('fields', 'Fields to blank.', { type: 'LIST', validator: notEmptyList }),
  replacement: setting('replacement', 'Put in place of numbers and texts; default: zero, empty.', {
    validator: (v: ConfigValue) => (v === '' ? 'String may not be empty' : undefined),
  }),
  replaceNulls: REPLACE_NULLS,
};

export const maskField = sided('MaskField', 'Blanks fields: zero, empty text, false.', MASK, (raw, side) => {
  const config = configOf(MASK, raw);
  const names = config.get(MASK.fields);
  const replacement = config.get(MASK.replacement);
  const nulls = nullsOf(config.get(MASK.replaceNulls));
  const masked = (schema: ConnectSchema | null, value: unknown): unknown => {
    if (value === null || value === undefined) return value ?? null;
    if (schema?.type === 'STRUCT') throw new DataError('Cannot mask value of type STRUCT');
    if (replacement !== undefined) {
      if (typeof value === 'string') return replacement;
      if (typeof value === 'number') {
        const number = Number(replacement);
        if (Number.isNaN(number))
          throw new DataError(`Unable to convert ${replacement} (string) to a number to mask a field`);
        return number;
      }
      if (typeof value === 'bigint') return BigInt(replacement);
      throw new DataError(`Cannot mask value of type ${schema?.type ?? typeof value} with custom replacement.`);
    }
    if (typeof value === 'string') return '';
    if (typeof value === 'number') return 0;
    if (typeof value === 'bigint') return schema?.type === 'INT64' ? 0 : 0n;
    if (typeof value === 'boolean') return false;
    if (value instanceof Uint8Array) return new Uint8Array(0);
    if (Array.isArray(value)) return [];
    return value instanceof Map ? new Map() : {};
  };
  const plan = perSchema((schema: ConnectSchema) => {
    const struct = structSchemaOf(schema, 'mask fields');
    const hidden = someFields(names, namesOf(struct));
    return struct.fields.map((f) => hidden.has(f.name));
  });
  return {
    apply: (record) => {
      const schema = side.schema(record);
      const value = side.value(record);
      if (value === null) return record;
      if (schema === null) {
        const from = objectOf(value, 'mask fields');
        const hidden = namedFields(names, Object.keys(from));
        return side.with(
          record,
          null,
          Object.fromEntries(Object.entries(from).map(([k, v]) => [k, hidden.has(k) ? masked(null, v) : v])),
        );
      }
      const hidden = plan(schema);
      const { fields } = schema as StructSchema;
      return side.with(
        record,
        schema,
        nulls
          .row(fields, value as unknown[])
          .map((v, i) => (hidden[i] ? masked(must(fields[i], 'field').schema, v) : v)),
      );
    },
  };
});
