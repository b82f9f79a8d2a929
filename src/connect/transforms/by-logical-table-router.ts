import { configOf, isRegex, notEmpty } from '../api/config-spec.ts';
import type { TransformPlugin } from '../api/converter.ts';
import { DataError } from '../api/errors.ts';
import type { ConnectRecord } from '../api/record.ts';
import { primitive, type ConnectSchema, type StructSchema } from '../api/schema.ts';
import { required, setting } from './side.ts';
import { topicPattern } from './topic-pattern.ts';

const CONFIG = {
  regex: required('topic.regex', "Expression that the whole topic's name must match.", { validator: isRegex }),
  replacement: required('topic.replacement', 'The name of the logical table, with $1, $2 ... for groups.', {
    validator: notEmpty,
  }),
  unique: setting('key.enforce.uniqueness', 'Whether the key says from which table its record is.', {
    type: 'BOOLEAN',
    default: 'true',
  }),
  keyField: setting('key.field.name', 'The field of the key that says so.', {
    default: '__dbz__physicalTableIdentifier',
  }),
  keyRegex: setting('key.field.regex', "Expression for the topic's name that makes that field's value.", {
    validator: isRegex,
  }),
  keyReplacement: setting('key.field.replacement', "The value, with $1, $2 ... Default: the topic's name."),
  cacheSize: setting('logical.table.cache.size', 'How many schemas are remembered: those that are in use, here.', {
    type: 'INT',
    default: '16',
  }),
};

/** Key schemas with the added field that distinguishes tables, by original schema and topic. */
type Renamed = WeakMap<ConnectSchema, Map<string, StructSchema>>;

/** Debezium's transform: directs the tables that are parts of one (shards, partitions) to one topic. */
export const byLogicalTableRouter: TransformPlugin = {
  className: 'io.debezium.transforms.ByLogicalTableRouter',
  aliases: ['ByLogicalTableRouter'],
  doc: 'Sends the records of several tables to one topic, with the table in the key.',
  config: Object.values(CONFIG),
  create: (raw) => {
    const config = configOf(CONFIG, raw);
    const route = topicPattern(config.get(CONFIG.regex), config.get(CONFIG.replacement));
    const keyRegex = config.get(CONFIG.keyRegex);
    const keyReplacement = config.get(CONFIG.keyReplacement);
    if (keyRegex !== undefined && keyReplacement === undefined)
      throw new DataError('key.field.replacement is to be given with key.field.regex');
    const table = keyRegex === undefined ? undefined : topicPattern(keyRegex, keyReplacement!);
    const unique = config.get(CONFIG.unique);
    const keyField = { name: config.get(CONFIG.keyField), schema: primitive('STRING', false) };
    const keys: Renamed = new WeakMap();
    const values: Renamed = new WeakMap();
    const keyOf = (schema: StructSchema, topic: string): StructSchema =>
      kept(keys, schema, topic, () => ({
        ...schema,
        name: `${topic}.Key`,
        fields: unique ? [...schema.fields, keyField] : schema.fields,
      }));
    const valueOf = (schema: StructSchema, topic: string): StructSchema =>
      kept(values, schema, topic, () => ({
        ...schema,
        name: `${topic}.Envelope`,
        fields: schema.fields.map((f) =>
          f.name === 'before' || f.name === 'after'
            ? { name: f.name, schema: { ...f.schema, name: `${topic}.Value` } }
            : f,
        ),
      }));
    return {
      apply: <R extends ConnectRecord>(record: R): R => {
        const topic = route(record.topic);
        if (topic === undefined || topic === '') return record;
        const { keySchema, key, valueSchema } = record;
        let routed: R = { ...record, topic };
        if (key !== null && key !== undefined) {
          if (keySchema?.type !== 'STRUCT')
            throw new DataError('Only Struct objects supported for [Updating schema], of the key');
          const from = unique ? [table?.(record.topic) ?? record.topic] : [];
          routed = { ...routed, keySchema: keyOf(keySchema, topic), key: [...(key as readonly unknown[]), ...from] };
        }
        if (valueSchema?.type === 'STRUCT' && valueSchema.name?.endsWith('.Envelope') === true)
          routed = { ...routed, valueSchema: valueOf(valueSchema, topic) };
        return routed;
      },
    };
  },
};

function kept(known: Renamed, schema: StructSchema, topic: string, make: () => StructSchema): StructSchema {
  let byTopic = known.get(schema);
  if (byTopic === undefined) known.set(schema, (byTopic = new Map()));
  let found = byTopic.get(topic);
  if (found === undefined) byTopic.set(topic, (found = make()));
  return found;
}
