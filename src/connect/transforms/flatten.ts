import { must } from '../../base/assert.ts';
import { configOf } from '../api/config-spec.ts';
import { withOptional, type ConnectField, type ConnectSchema, type StructSchema } from '../api/schema.ts';
import { nullsOf } from './nulls.ts';
import { objectOf, perSchema, setting, sided, structSchemaOf } from './side.ts';

const FLATTEN = {
  delimiter: setting('delimiter', 'Put between the names.', { default: '.' }),
};

export const flatten = sided('Flatten', 'Makes one level of nested structs.', FLATTEN, (raw, side) => {
  const delimiter = configOf(FLATTEN, raw).get(FLATTEN.delimiter);
  const plan = perSchema((schema: ConnectSchema) => {
    const fields: ConnectField[] = [];
    const paths: (readonly number[])[] = [];
    const walk = (struct: StructSchema, prefix: string, path: readonly number[], optional: boolean): void => {
      struct.fields.forEach((field, i) => {
        const name = prefix === '' ? field.name : `${prefix}${delimiter}${field.name}`;
        if (field.schema.type === 'STRUCT') walk(field.schema, name, [...path, i], optional || field.schema.optional);
        else {
          fields.push({ name, schema: optional ? withOptional(field.schema, true) : field.schema });
          paths.push([...path, i]);
        }
      });
    };
    const struct = structSchemaOf(schema, 'flattening');
    walk(struct, '', [], false);
    return { schema: { ...struct, fields }, paths };
  });
  const flat = (
    value: Record<string, unknown>,
    prefix: string,
    into: Record<string, unknown>,
  ): Record<string, unknown> => {
    for (const [key, inner] of Object.entries(value)) {
      const name = prefix === '' ? key : `${prefix}${delimiter}${key}`;
      if (inner !== null && typeof inner === 'object' && !Array.isArray(inner) && !(inner instanceof Uint8Array))
        flat(inner as Record<string, unknown>, name, into);
      else into[name] = inner;
    }
    return into;
  };
  return {
    apply: (record) => {
      const schema = side.schema(record);
      const value = side.value(record);
      if (schema === null)
        return value === null ? record : side.with(record, null, flat(objectOf(value, 'flattening'), '', {}));
      const { schema: changed, paths } = plan(schema);
      // Java's path access has no setting for nulls: a field without a value counts as its default.
      const reach = (path: readonly number[]): unknown => {
        let at: unknown = value;
        let within: ConnectSchema = schema;
        for (const i of path) {
          if (at === null) return null;
          const { fields } = within as StructSchema;
          within = must(fields[i], 'field').schema;
          at = within.type === 'STRUCT' ? (at as unknown[])[i] : nullsOf(true).at(fields, at as unknown[], i);
        }
        return at;
      };
      return side.with(record, changed, value === null ? null : paths.map(reach));
    },
  };
});
