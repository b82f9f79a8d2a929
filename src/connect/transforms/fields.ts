import { must } from '../../base/assert.ts';
import {
  configOf,
  oneOfIgnoringCase,
  type ConfigKey,
  type ConfigValidator,
  type ConfigValue,
} from '../api/config-spec.ts';
import { DataError } from '../api/errors.ts';
import type { Transform } from '../api/converter.ts';
import type { ConnectRecord } from '../api/record.ts';
import {
  primitive,
  structOf,
  withOptional,
  type ConnectField,
  type ConnectSchema,
  type StructSchema,
} from '../api/schema.ts';
import { namedFields, oneField, someFields } from './field-names.ts';
import { fieldPath } from './field-path.ts';
import { nullsOf, REPLACE_NULLS, type Nulls } from './nulls.ts';
import { objectOf, perSchema, required, setting, sided, structSchemaOf, type Side } from './side.ts';

/**
 * ExtractField, ValueToKey, HoistField, ReplaceField, Flatten, MaskField: transforms that move, rename, drop and mask
 * fields.
 */

const namesOf = (struct: StructSchema): string[] => struct.fields.map((f) => f.name);

/** The name of a field in a record without a schema; the wanted name if there is no such field. */
function schemaless(name: string, from: Readonly<Record<string, unknown>>): string {
  return name in from ? name : (namedFields([name], Object.keys(from)).keys().next().value ?? name);
}

const notEmptyList: ConfigValidator = (value) => (Array.isArray(value) && value.length > 0 ? undefined : 'Empty list');

const FIELD = { field: required('field', 'Name of the field.') };
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

const INSERT = {
  topicField: setting('topic.field', 'Field for the name of the topic.'),
  partitionField: setting('partition.field', 'Field for the number of the partition.'),
  offsetField: setting('offset.field', 'Field for the offset; sinks only.'),
  timestampField: setting('timestamp.field', "Field for the record's time."),
  staticField: setting('static.field', 'Field for a fixed text.'),
  staticValue: setting('static.value', 'The fixed text.'),
  replaceNulls: REPLACE_NULLS,
};

export const insertField = sided(
  'InsertField',
  "Adds fields with the record's topic, partition, offset or time, or a fixed text. A name that ends in ! is required, in ? optional.",
  INSERT,
  (raw, side) => {
    const config = configOf(INSERT, raw);
    interface Added {
      readonly name: string;
      readonly schema: ConnectSchema;
      readonly read: (record: ConnectRecord) => unknown;
    }
    const nulls = nullsOf(config.get(INSERT.replaceNulls));
    const added: Added[] = [];
    const add = (key: ConfigKey<string | undefined>, schema: ConnectSchema, read: Added['read']): void => {
      const spec = config.get(key);
      if (spec === undefined) return;
      const isRequired = spec.endsWith('!');
      added.push({ name: spec.replace(/[!?]$/, ''), schema: withOptional(schema, !isRequired), read });
    };
    add(INSERT.topicField, primitive('STRING'), (r) => r.topic);
    add(INSERT.partitionField, primitive('INT32'), (r) => r.partition ?? null);
    add(INSERT.offsetField, primitive('INT64'), (r) => {
      const offset = (r as { offset?: number }).offset;
      if (offset === undefined) throw new DataError('Offset insertion is only supported for sink connectors');
      return offset;
    });
    add(
      INSERT.timestampField,
      { type: 'INT64', optional: true, name: 'org.apache.kafka.connect.data.Timestamp', version: 1 },
      (r) => r.timestamp ?? null,
    );
    add(INSERT.staticField, primitive('STRING'), () => config.get(INSERT.staticValue) ?? null);
    if (added.length === 0) throw new DataError('No field insertion configured');
    if (config.get(INSERT.staticField) !== undefined && config.get(INSERT.staticValue) === undefined)
      throw new DataError('No value specified for static field: static.value');
    const wider = perSchema((schema: ConnectSchema) => {
      const struct = structSchemaOf(schema, 'field insertion');
      const twice = added.find((a) => struct.fields.some((f) => f.name === a.name));
      if (twice !== undefined)
        throw new DataError(`Cannot create field because of field name duplication ${twice.name}`);
      return { ...struct, fields: [...struct.fields, ...added.map(({ name, schema: s }) => ({ name, schema: s }))] };
    });
    return {
      apply: (record) => {
        const schema = side.schema(record);
        const value = side.value(record);
        if (value === null) return record;
        const values = added.map((a) => a.read(record));
        if (schema === null) {
          const from = objectOf(value, 'field insertion');
          // A value that the record does not have, such as a source's partition, is not added, since it has no schema.
          const there = added.flatMap((a, i) => (values[i] === null ? [] : [[a.name, values[i]] as const]));
          return side.with(record, null, { ...from, ...Object.fromEntries(there) });
        }
        const { fields } = schema as StructSchema;
        return side.with(record, wider(schema), [...nulls.row(fields, value as unknown[]), ...values]);
      },
    };
  },
);
