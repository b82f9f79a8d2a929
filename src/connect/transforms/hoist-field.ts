import { configOf } from '../api/config-spec.ts';
import { structOf, type ConnectSchema } from '../api/schema.ts';
import { perSchema, sided } from './side.ts';
import { FIELD } from './field-names.ts';

export const hoistField = sided('HoistField', 'Puts the whole into a struct of one field.', FIELD, (raw, side) => {
  const name = configOf(FIELD, raw).get(FIELD.field);
  const hoisted = perSchema((schema: ConnectSchema) => structOf([{ name, schema }]));
  return {
    apply: (record) => {
      const schema = side.schema(record);
      const value = side.value(record);
      return schema === null ? side.with(record, null, { [name]: value }) : side.with(record, hoisted(schema), [value]);
    },
  };
});
