import { must } from '../../base/assert.ts';
import { configOf, isRegex, oneOf } from '../api/config-spec.ts';
import type { TransformPlugin } from '../api/converter.ts';
import { DataError } from '../api/errors.ts';
import type { ConnectHeader } from '../api/record.ts';
import type { ConnectSchema, StructSchema } from '../api/schema.ts';
import { namedFields } from './field-names.ts';
import { literalOf } from './header-literal.ts';
import { nullsOf, REPLACE_NULLS } from './nulls.ts';
import { objectOf, perSchema, required, setting, sided, structSchemaOf } from './side.ts';
import { topicPattern } from './topic-pattern.ts';

/** RegexRouter, SetSchemaMetadata, Filter and the header transforms. */

const ROUTER = {
  regex: required('regex', "Expression that the whole topic's name must match.", { validator: isRegex }),
  replacement: required('replacement', 'The new name, with $1, $2 ... for groups.'),
};

export const regexRouter: TransformPlugin = {
  className: 'org.apache.kafka.connect.transforms.RegexRouter',
  aliases: ['RegexRouter'],
  doc: "Changes the topic's name by an expression.",
  config: Object.values(ROUTER),
  create: (raw) => {
    const config = configOf(ROUTER, raw);
    const route = topicPattern(config.get(ROUTER.regex), config.get(ROUTER.replacement));
    return {
      apply: (record) => {
        const topic = route(record.topic);
        return topic === undefined ? record : { ...record, topic };
      },
    };
  },
};

const METADATA = {
  schemaName: setting('schema.name', 'Name to set.', { importance: 'HIGH' }),
  schemaVersion: setting('schema.version', 'Version to set.', { type: 'INT', importance: 'HIGH' }),
  replaceNulls: REPLACE_NULLS,
};

export const setSchemaMetadata = sided(
  'SetSchemaMetadata',
  "Sets the schema's name and version.",
  METADATA,
  (raw, side) => {
    const config = configOf(METADATA, raw);
    const name = config.get(METADATA.schemaName);
    const version = config.get(METADATA.schemaVersion);
    const nulls = nullsOf(config.get(METADATA.replaceNulls));
    if (name === undefined && version === undefined)
      throw new DataError('SetSchemaMetadata must have at least one of schema.name, schema.version');
    const changed = perSchema((schema: ConnectSchema): ConnectSchema => ({
      ...schema,
      ...(name !== undefined && { name }),
      ...(version !== undefined && { version }),
    }));
    return {
      apply: (record) => {
        const schema = side.schema(record);
        if (schema === null) {
          if (side.value(record) === null) return record;
          throw new DataError('Schema required for [updating schema metadata]');
        }
        const value = side.value(record);
        const row = schema.type === 'STRUCT' && value !== null ? nulls.row(schema.fields, value as unknown[]) : value;
        return side.with(record, changed(schema), row);
      },
    };
  },
);

export const filter: TransformPlugin = {
  className: 'org.apache.kafka.connect.transforms.Filter',
  aliases: ['Filter'],
  doc: 'Drops every record. Used with a predicate.',
  config: [],
  create: () => ({ apply: () => null }),
};

const DROP = {
  headers: required('headers', 'Headers to drop.', { type: 'LIST' }),
};

export const dropHeaders: TransformPlugin = {
  className: 'org.apache.kafka.connect.transforms.DropHeaders',
  aliases: ['DropHeaders'],
  doc: 'Drops headers.',
  config: Object.values(DROP),
  create: (raw) => {
    const names = new Set(configOf(DROP, raw).get(DROP.headers));
    return { apply: (record) => ({ ...record, headers: (record.headers ?? []).filter((h) => !names.has(h.key)) }) };
  },
};

const INSERT = {
  header: required('header', 'Name of the header.'),
  valueLiteral: required('value.literal', 'Its value: a number, a truth, a date, a list in JSON, else a text.'),
};
export const insertHeader: TransformPlugin = {
  className: 'org.apache.kafka.connect.transforms.InsertHeader',
  aliases: ['InsertHeader'],
  doc: 'Adds a header with a fixed value.',
  config: Object.values(INSERT),
  create: (raw) => {
    const config = configOf(INSERT, raw);
    const header: ConnectHeader = { key: config.get(INSERT.header), ...literalOf(config.get(INSERT.valueLiteral)) };
    return { apply: (record) => ({ ...record, headers: [...(record.headers ?? []), header] }) };
  },
};

const FROM = {
  fields: required('fields', 'Fields to take.', { type: 'LIST' }),
  headers: required('headers', 'Names of the headers, in the order of the fields.', { type: 'LIST' }),
  operation: required('operation', 'move: the fields go. copy: they stay.', { validator: oneOf('move', 'copy') }),
  replaceNulls: REPLACE_NULLS,
};

export const headerFrom = sided('HeaderFrom', 'Makes headers of fields.', FROM, (raw, side) => {
  const config = configOf(FROM, raw);
  const names = config.get(FROM.fields);
  const headers = config.get(FROM.headers);
  if (names.length !== headers.length)
    throw new DataError("'fields' config must have the same number of elements as 'headers' config.");
  const moves = config.get(FROM.operation) === 'move';
  const nulls = nullsOf(config.get(FROM.replaceNulls));
  const plan = perSchema((schema: ConnectSchema) => {
    const struct = structSchemaOf(schema, 'header from');
    const there = struct.fields.map((f) => f.name);
    const at = names.map((name) => there.indexOf(namedFields([name], there).keys().next().value ?? name));
    const kept = struct.fields.map((_, i) => i).filter((i) => !at.includes(i));
    return { at, kept, schema: { ...struct, fields: kept.map((i) => must(struct.fields[i], 'field')) } };
  });
  return {
    apply: (record) => {
      const schema = side.schema(record);
      const value = side.value(record);
      if (value === null) return record;
      const before = record.headers ?? [];
      if (schema === null) {
        const from = objectOf(value, 'header from');
        const added = names.map((n, i): ConnectHeader => ({
          key: must(headers[i], 'header'),
          schema: null,
          value: from[n] ?? null,
        }));
        const rest = moves ? Object.fromEntries(Object.entries(from).filter(([k]) => !names.includes(k))) : from;
        return { ...side.with(record, null, rest), headers: [...before, ...added] };
      }
      const { at, kept, schema: narrower } = plan(schema);
      const { fields } = schema as StructSchema;
      const added = at.map((i, n): ConnectHeader => ({
        key: must(headers[n], 'header'),
        schema: i === -1 ? null : must(fields[i], 'field').schema,
        value: i === -1 ? null : nulls.at(fields, value as unknown[], i),
      }));
      const changed = moves
        ? side.with(
            record,
            narrower,
            kept.map((i) => (value as unknown[])[i]),
          )
        : record;
      return { ...changed, headers: [...before, ...added] };
    },
  };
});
