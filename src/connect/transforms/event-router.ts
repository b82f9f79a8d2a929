import { must } from '../../base/assert.ts';
import { configOf, isRegex, oneOf } from '../api/config-spec.ts';
import type { TransformPlugin } from '../api/converter.ts';
import { DataError } from '../api/errors.ts';
import type { ConnectHeader, ConnectRecord } from '../api/record.ts';
import {
  fieldIndex,
  LOGICAL,
  structOf,
  type ConnectField,
  type ConnectSchema,
  type StructSchema,
} from '../api/schema.ts';
import { jsonPayload, type NullMembers } from './json-payload.ts';
import { setting } from './side.ts';
import { topicPattern } from './topic-pattern.ts';

const TRACING = 'Of tracing.';
const inert = 'no spans are traced here';

const CONFIG = {
  id: setting('table.field.event.id', 'Column of the event: its header id.', { default: 'id' }),
  key: setting('table.field.event.key', 'Column of the key.', { default: 'aggregateid' }),
  type: setting('table.field.event.type', 'Column of the type; it goes where additional placement says.', {
    default: 'type',
  }),
  payload: setting('table.field.event.payload', 'Column of the payload.', { default: 'payload' }),
  timestamp: setting('table.field.event.timestamp', "Column of the record's time. Default: when the change was read."),
  version: setting('table.field.event.schema.version', "Column of the schema's version."),
  placement: setting(
    'table.fields.additional.placement',
    'More columns and their place: type:header, who:envelope:author, n:partition.',
    { type: 'LIST', default: '' },
  ),
  missing: setting('table.field.additional.missing', 'Of a column that is not there. error, or ignore: left out.', {
    default: 'error',
    validator: oneOf('error', 'ignore'),
  }),
  invalid: setting('table.op.invalid.behavior', 'Of an update. warn, error: left out. fatal: an error.', {
    default: 'warn',
    validator: oneOf('warn', 'error', 'fatal'),
  }),
  expand: setting('table.expand.json.payload', 'Whether a payload of JSON becomes a record with a schema.', {
    type: 'BOOLEAN',
    default: 'false',
  }),
  nullMembers: setting('table.json.payload.null.behavior', 'Of its members that are null.', {
    default: 'ignore',
    validator: oneOf('ignore', 'optional_bytes'),
  }),
  route: setting('route.by.field', 'Column that the topic is made of.', { default: 'aggregatetype' }),
  routeRegex: setting('route.topic.regex', 'Expression for its whole value.', {
    default: '(?<routedByValue>.*)',
    validator: isRegex,
  }),
  routeReplacement: setting('route.topic.replacement', "The topic's name.", {
    default: 'outbox.event.${routedByValue}',
  }),
  tombstone: setting('route.tombstone.on.empty.payload', 'Whether an event without a payload is a tombstone.', {
    type: 'BOOLEAN',
    default: 'false',
  }),
  tracingField: setting('tracing.span.context.field', TRACING, { default: 'tracingspancontext', inert }),
  tracingName: setting('tracing.operation.name', TRACING, { default: 'debezium-read', inert }),
  tracingOnly: setting('tracing.with.context.field.only', TRACING, { type: 'BOOLEAN', default: 'false', inert }),
};

interface Placement {
  readonly field: string;
  readonly place: 'header' | 'envelope' | 'partition';
  readonly alias: string;
}

function placements(list: readonly string[]): readonly Placement[] {
  return list.map((text) => {
    const [field = '', place = '', alias = field] = text.trim().split(':');
    if (place !== 'header' && place !== 'envelope' && place !== 'partition')
      throw new DataError(`${text} is no placement: column:header, column:envelope:alias or column:partition`);
    return { field, place, alias };
  });
}

/** Conversions of times to ms, by schema name. */
const MS: Readonly<Record<string, (value: unknown) => number>> = {
  'io.debezium.time.Timestamp': Number,
  [LOGICAL.timestamp]: Number,
  'io.debezium.time.MicroTimestamp': (v) => Math.floor(Number(v) / 1000),
  'io.debezium.time.NanoTimestamp': (v) => Number(BigInt(v as bigint) / 1_000_000n),
  'io.debezium.time.ZonedTimestamp': (v) => Date.parse(String(v as string)),
  'io.debezium.time.IsoTimestamp': (v) => Date.parse(String(v as string)),
};

/** A row of the outbox table. */
class Row {
  readonly schema: StructSchema;
  readonly #values: readonly unknown[];

  constructor(schema: StructSchema, values: readonly unknown[]) {
    this.schema = schema;
    this.#values = values;
  }

  /** @throws DataError if the column does not exist */
  column(name: string): { readonly schema: ConnectSchema; readonly value: unknown } {
    const at = fieldIndex(this.schema, name);
    if (at === -1) throw new DataError(`${name} is not a valid field name`);
    return { schema: must(this.schema.fields[at], 'field').schema, value: this.#values[at] ?? null };
  }

  has(name: string): boolean {
    return fieldIndex(this.schema, name) !== -1;
  }
}

/** Debezium's transform: the rows of an outbox table become events, each in the topic of its kind. */
export const eventRouter: TransformPlugin = {
  className: 'io.debezium.transforms.outbox.EventRouter',
  aliases: ['EventRouter'],
  doc: 'Makes events of the inserts of an outbox table. Deletes are left out; records that are no envelopes pass.',
  config: Object.values(CONFIG),
  create: (raw) => {
    const config = configOf(CONFIG, raw);
    const [id, key, payload] = [config.get(CONFIG.id), config.get(CONFIG.key), config.get(CONFIG.payload)];
    const timestamp = config.get(CONFIG.timestamp);
    const version = config.get(CONFIG.version);
    const placed = placements(config.get(CONFIG.placement));
    const leavesOut = config.get(CONFIG.missing) === 'ignore';
    const isFatal = config.get(CONFIG.invalid) === 'fatal';
    const expands = config.get(CONFIG.expand);
    const nulls = config.get(CONFIG.nullMembers) as NullMembers;
    const routeBy = config.get(CONFIG.route);
    const route = topicPattern(config.get(CONFIG.routeRegex), config.get(CONFIG.routeReplacement));
    const emptyIsTombstone = config.get(CONFIG.tombstone);

    const valueOf = (row: Row, base: string): { readonly schema: ConnectSchema | null; readonly value: unknown } => {
      if (!row.has(payload)) throw new DataError(`Unable to find payload field ${payload} in event`);
      const found = row.column(payload);
      if (emptyIsTombstone && (found.value === null || found.value === '')) return { schema: null, value: null };
      const content =
        (expands && typeof found.value === 'string' ? jsonPayload(found.value, nulls) : undefined) ?? found;
      const envelopeFields = placed.filter((p) => p.place === 'envelope' && (row.has(p.field) || !leavesOut));
      if (envelopeFields.length === 0) return content;
      const columns = envelopeFields.map((p) => row.column(p.field));
      const fields: ConnectField[] = [
        { name: 'payload', schema: content.schema },
        ...envelopeFields.map(({ alias }, i) => ({ name: alias, schema: must(columns[i], 'column').schema })),
      ];
      const number = version === undefined ? undefined : Number(row.column(version).value);
      return {
        schema: { ...structOf(fields, false, `${base}.Value`), ...(number !== undefined && { version: number }) },
        value: [content.value, ...columns.map((c) => c.value)],
      };
    };

    return {
      apply: <R extends ConnectRecord>(record: R): R | null => {
        const { valueSchema } = record;
        if (record.value === null) return null;
        const name = valueSchema?.name;
        if (valueSchema?.type !== 'STRUCT' || name?.endsWith('.Envelope') !== true) return record;
        const envelope = new Row(valueSchema, record.value as readonly unknown[]);
        const op = envelope.column('op').value;
        if (op === 'd') return null;
        if (op !== 'c' && op !== 'r') {
          if (isFatal)
            throw new DataError(`Unexpected ${op === 'u' ? 'update' : String(op as string)} of the outbox table`);
          return null;
        }
        const after = envelope.column('after');
        const row = new Row(after.schema as StructSchema, after.value as readonly unknown[]);
        const kind = String(row.column(routeBy).value as string);
        const { schema: keySchema, value: keyValue } = row.column(key);
        const headers: ConnectHeader[] = [...(record.headers ?? []), { key: 'id', ...row.column(id) }];
        let { partition } = record;
        for (const { field, place, alias } of placed) {
          if (place === 'envelope' || (leavesOut && !row.has(field))) continue;
          const column = row.column(field);
          if (place === 'header') headers.push({ key: alias, ...column });
          else partition = Number(column.value);
        }
        const { schema, value } = valueOf(row, `${name.slice(0, -'.Envelope'.length)}.${kind}`);
        return {
          ...record,
          topic: route(kind) ?? kind,
          partition,
          keySchema,
          key: keyValue,
          valueSchema: schema,
          value,
          headers,
          timestamp: timestamp === undefined ? Number(envelope.column('ts_ms').value) : timeOf(row, timestamp),
        };
      },
    };
  },
};

function timeOf(row: Row, column: string): number {
  const { schema, value } = row.column(column);
  const read = MS[schema.name ?? ''];
  if (read === undefined)
    throw new DataError(
      `Unsupported field type ${schema.type} (${schema.name ?? 'without logical schema name'}) for event timestamp`,
    );
  return read(value);
}
