import { configOf, type ConfigKey } from '../api/config-spec.ts';
import { DataError } from '../api/errors.ts';
import type { ConnectRecord } from '../api/record.ts';
import { primitive, withOptional, type ConnectSchema, type StructSchema } from '../api/schema.ts';
import { nullsOf, REPLACE_NULLS } from './nulls.ts';
import { objectOf, perSchema, setting, sided, structSchemaOf } from './side.ts';

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
