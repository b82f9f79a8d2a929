import { must } from '../../base/assert.ts';
import { MS_PER_DAY } from '../../types/calendar.ts';
import { configOf, oneOf } from '../api/config-spec.ts';
import type { TransformPlugin } from '../api/converter.ts';
import { DataError } from '../api/errors.ts';
import {
  dateSchema,
  LOGICAL,
  primitive,
  timeSchema,
  timestampSchema,
  type ConnectSchema,
  type StructSchema,
} from '../api/schema.ts';
import { simpleDateFormat } from './simple-date-format.ts';
import { namedFields, oneField } from './field-names.ts';
import { nullsOf, REPLACE_NULLS } from './nulls.ts';
import { objectOf, perSchema, required, setting, sided, structSchemaOf } from './side.ts';

const PRECISION: Readonly<Record<string, number>> = {
  seconds: 0.001,
  milliseconds: 1,
  microseconds: 1000,
  nanoseconds: 1_000_000,
};

const CONFIG = {
  field: setting('field', 'Field to convert; empty: the whole.', { default: '' }),
  targetType: required('target.type', 'string, unix, Date, Time or Timestamp.', {
    validator: oneOf('string', 'unix', 'Date', 'Time', 'Timestamp'),
  }),
  format: setting('format', 'Pattern of texts, as java.text.SimpleDateFormat has it.', { default: '' }),
  unixPrecision: setting('unix.precision', 'Unit of unix times.', {
    default: 'milliseconds',
    validator: oneOf('nanoseconds', 'microseconds', 'milliseconds', 'seconds'),
  }),
  replaceNulls: REPLACE_NULLS,
};

/** Converts between strings, Unix times and the logical types, in UTC. */
export const timestampConverter = sided(
  'TimestampConverter',
  'Converts times between texts, unix times and Connect types.',
  CONFIG,
  (raw, side, clock) => {
    const config = configOf(CONFIG, raw);
    const field = config.get(CONFIG.field);
    const target = config.get(CONFIG.targetType);
    const format = config.get(CONFIG.format);
    const nulls = nullsOf(config.get(CONFIG.replaceNulls));
    const perMs = must(PRECISION[config.get(CONFIG.unixPrecision)], 'precision');
    const pattern = format === '' ? undefined : simpleDateFormat(format, () => clock.nowMs());
    if (target === 'string' && pattern === undefined)
      throw new DataError('TimestampConverter requires format option to be specified when using string timestamps');
    const targetSchema = (optional: boolean): ConnectSchema =>
      target === 'string'
        ? primitive('STRING', optional)
        : target === 'unix'
          ? primitive('INT64', optional)
          : target === 'Date'
            ? dateSchema(optional)
            : target === 'Time'
              ? timeSchema(optional)
              : timestampSchema(optional);
    const toMs = (schema: ConnectSchema | null, value: unknown): number => {
      if (typeof value === 'string') {
        if (pattern === undefined)
          throw new DataError('TimestampConverter requires format option to be specified when using string timestamps');
        try {
          return pattern.parse(value);
        } catch (error) {
          throw new DataError(`Could not parse timestamp: value (${value}) does not match pattern (${format})`, {
            cause: error,
          });
        }
      }
      if (typeof value !== 'number' && typeof value !== 'bigint')
        throw new DataError(`TimestampConverter does not support ${typeof value} values`);
      const number = Number(value);
      switch (schema?.name) {
        case LOGICAL.date:
          return number * MS_PER_DAY;
        case LOGICAL.time:
        case LOGICAL.timestamp:
          return number;
        default:
          return Math.floor(number / perMs);
      }
    };
    const convert = (schema: ConnectSchema | null, value: unknown): unknown => {
      if (value === null || value === undefined) return null;
      const ms = toMs(schema, value);
      switch (target) {
        case 'string':
          return pattern!.format(ms);
        case 'unix':
          return perMs < 1 ? Math.floor(ms * perMs) : ms * perMs;
        case 'Date':
          return Math.floor(ms / MS_PER_DAY);
        case 'Time':
          return ((ms % MS_PER_DAY) + MS_PER_DAY) % MS_PER_DAY;
        default:
          return ms;
      }
    };
    const plan = perSchema((schema: ConnectSchema) => {
      const struct = structSchemaOf(schema, 'converting timestamp formats');
      const name = oneField(
        field,
        struct.fields.map((f) => f.name),
      );
      const at = struct.fields.findIndex((f) => f.name === name);
      return {
        at,
        schema: {
          ...struct,
          fields: struct.fields.map((f, i) =>
            i === at ? { name: f.name, schema: targetSchema(f.schema.optional) } : f,
          ),
        },
      };
    });
    const whole = perSchema((schema: ConnectSchema) => targetSchema(schema.optional));
    return {
      apply: (record) => {
        const schema = side.schema(record);
        const value = side.value(record);
        if (schema === null) {
          if (value === null) return record;
          if (field === '') return side.with(record, null, convert(null, value));
          const from = objectOf(value, 'converting timestamp formats');
          const [name] = namedFields([field], Object.keys(from)).keys();
          return side.with(record, null, name === undefined ? from : { ...from, [name]: convert(null, from[name]) });
        }
        if (field === '') return side.with(record, whole(schema), convert(schema, value));
        const { at, schema: changed } = plan(schema);
        if (value === null) return side.with(record, changed, null);
        const { fields } = schema as StructSchema;
        return side.with(
          record,
          changed,
          nulls
            .row(fields, value as unknown[])
            .map((v, i) => (i === at ? convert(must(fields[i], 'field').schema, v) : v)),
        );
      },
    };
  },
);

const ROUTER = {
  topicFormat: setting('topic.format', 'Name of the topic, with ${topic} and ${timestamp}.', {
    default: '${topic}-${timestamp}',
    importance: 'HIGH',
  }),
  timestampFormat: setting('timestamp.format', 'Pattern of the time, as java.text.SimpleDateFormat has it.', {
    default: 'yyyyMMdd',
    importance: 'HIGH',
  }),
};

export const timestampRouter: TransformPlugin = {
  className: 'org.apache.kafka.connect.transforms.TimestampRouter',
  aliases: ['TimestampRouter'],
  doc: "Makes the topic's name of its name and the record's time.",
  config: Object.values(ROUTER),
  create: (raw, clock) => {
    const config = configOf(ROUTER, raw);
    const format = config.get(ROUTER.topicFormat);
    const pattern = simpleDateFormat(config.get(ROUTER.timestampFormat), () => clock.nowMs());
    return {
      apply: (record) => {
        if (record.timestamp === undefined) throw new DataError(`Timestamp missing on record of topic ${record.topic}`);
        const time = pattern.format(Number(record.timestamp));
        return { ...record, topic: format.replaceAll('${topic}', record.topic).replaceAll('${timestamp}', time) };
      },
    };
  },
};
