import { must } from '../../base/assert.ts';
import { configOf, type ConfigValue } from '../api/config-spec.ts';
import type { ConnectSchema, StructSchema } from '../api/schema.ts';
import { namedFields, someFields, namesOf } from './field-names.ts';
import { nullsOf, REPLACE_NULLS } from './nulls.ts';
import { objectOf, perSchema, setting, sided, structSchemaOf } from './side.ts';

const REPLACE = {
  exclude: setting('exclude', 'Fields to drop.', { type: 'LIST', default: '', aliases: ['blacklist'] }),
  include: setting('include', 'Fields to keep; all others go.', { type: 'LIST', default: '', aliases: ['whitelist'] }),
  renames: setting('renames', 'old:new pairs.', {
    type: 'LIST',
    default: '',
    validator: (value: ConfigValue) =>
      ((value ?? []) as readonly string[]).every((pair) => /^[^:]+:[^:]+$/.test(pair))
        ? undefined
        : 'Invalid rename mapping: expected old:new',
  }),
  replaceNulls: REPLACE_NULLS,
};

export const replaceField = sided('ReplaceField', 'Drops, keeps or renames fields.', REPLACE, (raw, side) => {
  const config = configOf(REPLACE, raw);
  const exclude = config.get(REPLACE.exclude);
  const include = config.get(REPLACE.include);
  const nulls = nullsOf(config.get(REPLACE.replaceNulls));
  const renames = new Map(config.get(REPLACE.renames).map((pair) => pair.split(':') as [string, string]));
  // A field to exclude need not exist.
  const choiceOf = (names: readonly string[], some: typeof someFields) => {
    const [out, kept, renamed] = [namedFields(exclude, names), some(include, names), some([...renames.keys()], names)];
    return {
      keeps: (name: string): boolean => !out.has(name) && (include.length === 0 || kept.has(name)),
      nameOf: (name: string): string => renames.get(renamed.get(name) ?? '') ?? name,
    };
  };
  const plan = perSchema((schema: ConnectSchema) => {
    const struct = structSchemaOf(schema, 'field replacement');
    const { keeps, nameOf } = choiceOf(namesOf(struct), someFields);
    const at = struct.fields.map((_, i) => i).filter((i) => keeps(must(struct.fields[i], 'field').name));
    const fields = at.map((i) => ({
      name: nameOf(must(struct.fields[i], 'field').name),
      schema: must(struct.fields[i], 'field').schema,
    }));
    return { at, schema: { ...struct, fields } };
  });
  return {
    apply: (record) => {
      const schema = side.schema(record);
      const value = side.value(record);
      if (schema === null) {
        if (value === null) return record;
        const from = objectOf(value, 'field replacement');
        const { keeps, nameOf } = choiceOf(Object.keys(from), namedFields);
        const entries = Object.entries(from).filter(([name]) => keeps(name));
        return side.with(record, null, Object.fromEntries(entries.map(([name, v]) => [nameOf(name), v])));
      }
      const { at, schema: changed } = plan(schema);
      if (value === null) return side.with(record, changed, null);
      const { fields } = schema as StructSchema;
      return side.with(
        record,
        changed,
        at.map((i) => nulls.at(fields, value as unknown[], i)),
      );
    },
  };
});
