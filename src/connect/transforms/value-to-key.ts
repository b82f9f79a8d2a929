import { configOf } from '../api/config-spec.ts';
import { DataError } from '../api/errors.ts';
import type { ConnectRecord } from '../api/record.ts';
import { structOf, type ConnectSchema, type StructSchema } from '../api/schema.ts';
import { oneField, namesOf, schemaless } from './field-names.ts';
import { nullsOf, REPLACE_NULLS } from './nulls.ts';
import { objectOf, perSchema, required, structSchemaOf, notEmptyList } from './side.ts';

const VALUE_TO_KEY = {
  fields: required('fields', 'Fields of the value that make the key.', { type: 'LIST', validator: notEmptyList }),
  replaceNulls: REPLACE_NULLS,
};

export const valueToKey = {
  className: 'org.apache.kafka.connect.transforms.ValueToKey',
  aliases: ['ValueToKey'],
  doc: "Makes the key a struct of the value's fields.",
  config: Object.values(VALUE_TO_KEY),
  create: (raw: Readonly<Record<string, string>>) => {
    const config = configOf(VALUE_TO_KEY, raw);
    const names = config.get(VALUE_TO_KEY.fields);
    const nulls = nullsOf(config.get(VALUE_TO_KEY.replaceNulls));
    const doing = 'copying fields from value to key';
    const plan = perSchema((schema: ConnectSchema) => {
      const struct = structSchemaOf(schema, doing);
      const at = names.map((name) => {
        const found = oneField(name, namesOf(struct), 'Field does not exist');
        return struct.fields.findIndex((f) => f.name === found);
      });
      return { at, schema: structOf(at.map((i) => struct.fields[i]!)) };
    });
    return {
      apply: <R extends ConnectRecord>(record: R): R => {
        const { valueSchema, value } = record;
        if (valueSchema === null) {
          const from = objectOf(value, doing);
          return {
            ...record,
            keySchema: null,
            key: Object.fromEntries(names.map((n) => [n, from[schemaless(n, from)] ?? null])),
          };
        }
        if (value === null) throw new DataError(`Only Struct objects supported for [${doing}], found: null`);
        const { at, schema } = plan(valueSchema);
        const { fields } = valueSchema as StructSchema;
        return { ...record, keySchema: schema, key: at.map((i) => nulls.at(fields, value as unknown[], i)) };
      },
    };
  },
};
