import { must } from '../../base/assert.ts';
import { configOf, oneOfIgnoringCase } from '../api/config-spec.ts';
import { DataError } from '../api/errors.ts';
import type { Transform } from '../api/converter.ts';
import type { ConnectSchema, StructSchema } from '../api/schema.ts';
import { FIELD, namesOf, oneField, schemaless } from './field-names.ts';
import { fieldPath } from './field-path.ts';
import { nullsOf, REPLACE_NULLS, type Nulls } from './nulls.ts';
import { objectOf, perSchema, setting, sided, structSchemaOf, type Side } from './side.ts';

const EXTRACT = {
  ...FIELD,
  replaceNulls: REPLACE_NULLS,
  syntax: setting(
    'field.syntax.version',
    'How the field is named (KIP-821). V1: by its name. V2: by a path, names with dots between them (address.city); a name with dots stands between back-quotes.',
    { default: 'V1', validator: oneOfIgnoringCase('V1', 'V2') },
  ),
};

export const extractField = sided('ExtractField', 'Takes one field in place of the whole.', EXTRACT, (raw, side) => {
  const config = configOf(EXTRACT, raw);
  const name = config.get(EXTRACT.field);
  const nulls = nullsOf(config.get(EXTRACT.replaceNulls));
  const doing = 'field extraction';
  if (config.get(EXTRACT.syntax).toUpperCase() === 'V2') return extractAt(fieldPath(name), nulls, side);
  const at = perSchema((schema: ConnectSchema) => {
    const struct = structSchemaOf(schema, doing);
    const found = oneField(name, namesOf(struct));
    return struct.fields.findIndex((f) => f.name === found);
  });
  return {
    apply: (record) => {
      const schema = side.schema(record);
      const value = side.value(record);
      if (schema === null) {
        if (value === null) return side.with(record, null, null);
        const from = objectOf(value, doing);
        return side.with(record, null, from[schemaless(name, from)] ?? null);
      }
      const i = at(schema);
      return side.with(
        record,
        must((schema as StructSchema).fields[i], 'field').schema,
        value === null ? null : nulls.at((schema as StructSchema).fields, value as unknown[], i),
      );
    },
  };
});

/** Extracts the field at the end of a path; null if a struct in the path is null. */
function extractAt(path: readonly string[], nulls: Nulls, side: Side): Transform {
  const doing = 'field extraction';
  const placesIn = perSchema((schema: ConnectSchema) => {
    const places: number[] = [];
    let at: ConnectSchema = structSchemaOf(schema, doing);
    for (const step of path) {
      const i = at.type === 'STRUCT' ? at.fields.findIndex((f) => f.name === step) : -1;
      if (i === -1) throw new DataError(`Unknown field: ${path.join('.')}`);
      places.push(i);
      at = must((at as StructSchema).fields[i], 'field').schema;
    }
    return { places, last: at };
  });
  return {
    apply: (record) => {
      const schema = side.schema(record);
      let value = side.value(record);
      if (schema === null) {
        if (value === null) return side.with(record, null, null);
        for (const step of path) value = value === null ? null : (objectOf(value, doing)[step] ?? null);
        return side.with(record, null, value);
      }
      const { places, last } = placesIn(schema);
      let { fields } = schema as StructSchema;
      for (const [n, i] of places.entries()) {
        if (value === null) break;
        value = nulls.at(fields, value as unknown[], i);
        if (n < places.length - 1) ({ fields } = must(fields[i], 'field').schema as StructSchema);
      }
      return side.with(record, last, value);
    },
  };
}
