import { must } from '../../base/assert.ts';
import { configOf, oneOf } from '../api/config-spec.ts';
import type { TransformPlugin } from '../api/converter.ts';
import { DataError } from '../api/errors.ts';
import type { ConnectHeader, ConnectRecord } from '../api/record.ts';
import {
  fieldIndex,
  primitive,
  structOf,
  withOptional,
  type ConnectField,
  type ConnectSchema,
  type StructSchema,
} from '../api/schema.ts';
import { perSchema, setting } from './side.ts';

const MODES = ['drop', 'tombstone', 'rewrite', 'rewrite-with-tombstone', 'delete-to-tombstone'];

const CONFIG = {
  deletes: setting(
    'delete.tombstone.handling.mode',
    'What becomes of a delete and its tombstone. drop: neither stays. tombstone, delete-to-tombstone: one tombstone. rewrite: the row that was, with __deleted. rewrite-with-tombstone: that and the tombstone.',
    { default: 'tombstone', validator: oneOf(...MODES) },
  ),
  route: setting('route.by.field', 'Column whose value is the name of the topic.', { default: '' }),
  fieldsPrefix: setting('add.fields.prefix', 'Put before the names of added fields.', { default: '__' }),
  fields: setting('add.fields', 'Fields of the envelope to add: op, source.lsn, ts_ms:newname.', {
    type: 'LIST',
    default: '',
  }),
  headersPrefix: setting('add.headers.prefix', 'Put before the names of added headers.', { default: '__' }),
  headers: setting('add.headers', 'Fields of the envelope to add as headers.', { type: 'LIST', default: '' }),
  dropHeader: setting('drop.fields.header.name', 'Header whose list names fields to leave out.'),
  dropFromKey: setting('drop.fields.from.key', 'Whether they are left out of the key as well.', {
    type: 'BOOLEAN',
    default: 'false',
  }),
  dropCompatibly: setting(
    'drop.fields.keep.schema.compatible',
    'Whether optional fields alone are left out, so that the schema stays compatible.',
    { type: 'BOOLEAN', default: 'true' },
  ),
};

/** A field of the envelope, `struct.field:alias`. */
interface Reference {
  readonly struct: string | undefined;
  readonly field: string;
  readonly name: string;
}

/** The field of a reference in one envelope's schema. */
interface Found {
  readonly name: string;
  readonly schema: ConnectSchema;
  /** Index of the struct in the envelope (-1: the envelope itself); `at` is the index of the field in that struct. */
  readonly structAt: number;
  readonly at: number;
}

const DELETED: ConnectField = { name: '__deleted', schema: primitive('STRING') };

function references(list: readonly string[], prefix: string): readonly Reference[] {
  return list.map((text) => {
    const [, struct, field, alias] = /^(?:([^.:]+)\.)?([^:]+)(?::(.+))?$/.exec(text.trim()) ?? [];
    if (field === undefined) throw new DataError(`'${text}' names no field: struct.field:newname`);
    return { struct, field, name: prefix + (alias ?? (struct === undefined ? field : `${struct}_${field}`)) };
  });
}

/** The references that exist in the envelope: without a struct name, in the envelope itself or else in its source. */
function foundIn(envelope: StructSchema, wanted: readonly Reference[]): readonly Found[] {
  return wanted.flatMap(({ struct, field, name }) => {
    const own = struct === undefined ? fieldIndex(envelope, field) : -1;
    if (own !== -1)
      return [{ name, schema: withOptional(must(envelope.fields[own], 'field').schema, true), structAt: -1, at: own }];
    const structAt = fieldIndex(envelope, struct ?? 'source');
    const inner = envelope.fields[structAt]?.schema;
    const at = inner?.type === 'STRUCT' ? fieldIndex(inner, field) : -1;
    if (inner?.type !== 'STRUCT' || at === -1) return [];
    return [{ name, schema: withOptional(must(inner.fields[at], 'field').schema, true), structAt, at }];
  });
}

function valueOf(envelope: readonly unknown[], { structAt, at }: Found): unknown {
  const struct = structAt === -1 ? envelope : (envelope[structAt] as readonly unknown[] | null);
  return struct?.[at] ?? null;
}

/** Computed once for each envelope schema. */
interface Plan {
  readonly beforeAt: number;
  readonly afterAt: number;
  readonly opAt: number;
  readonly row: StructSchema;
  /** The schema of the row with the added fields. */
  readonly wider: StructSchema;
  readonly added: readonly Found[];
  readonly headers: readonly Found[];
}

/** Debezium's transform: replaces the envelope with its row. */
export const extractNewRecordState: TransformPlugin = {
  className: 'io.debezium.transforms.ExtractNewRecordState',
  aliases: ['ExtractNewRecordState'],
  doc: "Takes the row out of Debezium's envelope. Records that are no envelopes pass.",
  config: Object.values(CONFIG),
  create: (raw) => {
    const config = configOf(CONFIG, raw);
    const mode = config.get(CONFIG.deletes);
    const rewrites = mode.startsWith('rewrite');
    const route = config.get(CONFIG.route);
    const fields = references(config.get(CONFIG.fields), config.get(CONFIG.fieldsPrefix));
    const headers = references(config.get(CONFIG.headers), config.get(CONFIG.headersPrefix));
    const dropHeader = config.get(CONFIG.dropHeader);
    const fromKey = config.get(CONFIG.dropFromKey);
    const compatibly = config.get(CONFIG.dropCompatibly);

    const planOf = perSchema((schema: StructSchema): Plan | undefined => {
      const afterAt = fieldIndex(schema, 'after');
      const row = schema.fields[afterAt]?.schema;
      if (schema.name?.endsWith('.Envelope') !== true || row?.type !== 'STRUCT') return undefined;
      const added = foundIn(schema, fields);
      return {
        beforeAt: fieldIndex(schema, 'before'),
        afterAt,
        opAt: fieldIndex(schema, 'op'),
        row,
        wider: {
          ...structOf(
            [
              ...row.fields,
              ...(rewrites ? [DELETED] : []),
              ...added.map(({ name, schema: s }) => ({ name, schema: s })),
            ],
            false,
            row.name,
          ),
          ...(row.version !== undefined && { version: row.version }),
        },
        added,
        headers: foundIn(schema, headers),
      };
    });

    return {
      apply: <R extends ConnectRecord>(record: R): R | null => {
        const { valueSchema } = record;
        // The tombstone after a delete: of the two records one remains.
        if (record.value === null) return mode === 'rewrite-with-tombstone' ? record : null;
        const plan = valueSchema?.type === 'STRUCT' ? planOf(valueSchema) : undefined;
        if (plan === undefined) return record;
        const envelope = record.value as readonly unknown[];
        if (envelope[plan.opAt] === 't') return null;
        const after = envelope[plan.afterAt] as readonly unknown[] | null;
        const row = after ?? (envelope[plan.beforeAt] as readonly unknown[] | null);
        if (after === null && mode === 'drop') return null;
        const added = plan.headers.map((h): ConnectHeader => ({
          key: h.name,
          schema: h.schema,
          value: valueOf(envelope, h),
        }));
        const routed: R = {
          ...record,
          ...(added.length > 0 && { headers: [...(record.headers ?? []), ...added] }),
          ...(route !== '' && row !== null && { topic: topicOf(plan.row, row, route) }),
        };
        if (after === null && !rewrites)
          return { ...routed, value: null, valueSchema: mode === 'tombstone' ? plan.row : null };
        if (row === null) return null;
        const value = [
          ...row,
          ...(rewrites ? [after === null ? 'true' : 'false'] : []),
          ...plan.added.map((a) => valueOf(envelope, a)),
        ];
        const dropped = namesIn(record.headers, dropHeader);
        if (dropped === undefined) return { ...routed, valueSchema: plan.wider, value };
        const [narrow, kept] = without(plan.wider, value, dropped, compatibly);
        const whole: R = { ...routed, valueSchema: narrow, value: kept };
        if (!fromKey || record.keySchema?.type !== 'STRUCT' || record.key === null) return whole;
        const [keySchema, key] = without(record.keySchema, record.key as readonly unknown[], dropped, compatibly);
        return { ...whole, keySchema, key };
      },
    };
  },
};

function topicOf(schema: StructSchema, row: readonly unknown[], field: string): string {
  const at = fieldIndex(schema, field);
  if (at === -1) throw new DataError(`${field} is not a valid field name`);
  return String(row[at] as string);
}

/** The fields that a header lists; undefined: the header is missing. */
function namesIn(
  headers: readonly ConnectHeader[] | undefined,
  name: string | undefined,
): readonly string[] | undefined {
  if (name === undefined) return undefined;
  const value = headers?.findLast((h) => h.key === name)?.value;
  if (value === undefined || value === null) return undefined;
  if (!Array.isArray(value)) throw new DataError(`Header ${name} names fields to leave out, and is no list`);
  return value.map(String);
}

/** Schemas without some of their fields, by the full schema and the omitted fields. */
const narrower = perSchema((schema: StructSchema) => {
  const known = new Map<string, { readonly schema: StructSchema; readonly at: readonly number[] }>();
  return (names: readonly string[], compatibly: boolean) => {
    const key = `${compatibly} ${names.join(',')}`;
    let found = known.get(key);
    if (found === undefined) {
      const at = schema.fields
        .map((_, i) => i)
        .filter(
          (i) =>
            !names.includes(must(schema.fields[i], 'field').name) ||
            (compatibly && !must(schema.fields[i], 'field').schema.optional),
        );
      found = { schema: { ...schema, fields: at.map((i) => must(schema.fields[i], 'field')) }, at };
      known.set(key, found);
    }
    return found;
  };
});

function without(
  schema: StructSchema,
  value: readonly unknown[],
  names: readonly string[],
  compatibly: boolean,
): readonly [StructSchema, unknown[]] {
  const { schema: narrow, at } = narrower(schema)(names, compatibly);
  return [narrow, at.map((i) => value[i])];
}
