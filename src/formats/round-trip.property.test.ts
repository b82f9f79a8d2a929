import fc from 'fast-check';
import { describe, expect, test } from 'vitest';
import { ByteWriter } from '../base/byte-writer.ts';
import { STRING, type SqlType } from '../types/sql-type.ts';
import type { CodecSite, FormatDefinition, SerdeFeature } from './api.ts';
import { formatNamed } from './registry.ts';
import { codecRegistryOf } from './schema-registry/codec-registry.ts';
import { MemorySchemaRegistry } from './schema-registry/memory-registry.ts';
import { subjectOf } from './schema-registry/api.ts';
import { columnsOf, sqlType, valueOf, type ValueOptions } from './testing/arbitraries.ts';

/**
 * decode(encode(row)) = row, for every format that can represent the schema; values that a format cannot distinguish
 * are not generated.
 */

const NULLS: ValueOptions = { nullable: true, nullStructFields: true, nullElements: true };
const NO_NULLS: ValueOptions = { nullable: false, nullStructFields: false, nullElements: false };
const OUTER_NULLS: ValueOptions = { nullable: true, nullStructFields: true, nullElements: false };

interface Variant {
  readonly format: string;
  readonly types: fc.Arbitrary<SqlType>;
  readonly values: ValueOptions;
  readonly columns?: number;
  readonly features?: readonly SerdeFeature[];
  readonly properties?: Record<string, string>;
  /** Whether the format preserves the value. */
  readonly keeps?: (value: unknown, type: SqlType) => boolean;
}

const plain = sqlType(0);
const kafkaType = plain.filter((t) => ['INTEGER', 'BIGINT', 'DOUBLE', 'STRING', 'BYTES'].includes(t.kind));
/** Whether PROTOBUF preserves the value: it has no null for lists and maps, even in structs. */
const hasNoList = (value: unknown, type: SqlType): boolean => {
  if (value === null) return type.kind !== 'ARRAY' && type.kind !== 'MAP';
  if (type.kind === 'STRUCT') return type.fields.every((f, i) => hasNoList((value as unknown[])[i], f.type));
  if (type.kind === 'ARRAY') return (value as unknown[]).every((v) => hasNoList(v, type.element));
  if (type.kind === 'MAP') return [...(value as Map<unknown, unknown>).values()].every((v) => hasNoList(v, type.value));
  return true;
};
/** Whether CSV preserves the value: an empty field is null. */
const isCsv = (value: unknown, type: SqlType): boolean =>
  !(type.kind === 'STRING' && value === '') && !(type.kind === 'BYTES' && (value as Uint8Array | null)?.length === 0);

const VARIANTS: readonly Variant[] = [
  { format: 'JSON', types: sqlType(3), values: NULLS },
  { format: 'JSON', types: sqlType(2), values: NO_NULLS, columns: 1, features: ['UNWRAP_SINGLES'] },
  { format: 'CONNECT_JSON', types: sqlType(3), values: NULLS },
  { format: 'JSON_SR', types: sqlType(3), values: NULLS },
  { format: 'AVRO', types: sqlType(3), values: NULLS },
  {
    format: 'AVRO',
    types: sqlType(2),
    values: { ...NULLS, nullable: false },
    columns: 1,
    features: ['UNWRAP_SINGLES'],
  },
  { format: 'PROTOBUF', types: sqlType(3, false), values: NO_NULLS },
  { format: 'PROTOBUF_NOSR', types: sqlType(3, false), values: NO_NULLS },
  {
    format: 'PROTOBUF',
    types: sqlType(3, false),
    values: OUTER_NULLS,
    properties: { nullableRepresentation: 'OPTIONAL' },
    keeps: hasNoList,
  },
  {
    format: 'PROTOBUF',
    types: sqlType(3, false),
    values: OUTER_NULLS,
    properties: { nullableRepresentation: 'WRAPPER' },
    keeps: hasNoList,
  },
  { format: 'DELIMITED', types: plain, values: NULLS, keeps: isCsv },
  { format: 'DELIMITED', types: plain, values: NULLS, properties: { delimiter: '|' }, keeps: isCsv },
  { format: 'KAFKA', types: kafkaType, values: NO_NULLS, columns: 1 },
];

describe('decode undoes encode', () => {
  test.each(VARIANTS.map((v) => [`${v.format} ${JSON.stringify(v.properties ?? v.features ?? '')}`, v] as const))(
    '%s',
    async (_name, variant) => {
      const format = formatNamed(variant.format);
      const cases = columnsOf(variant.types, variant.columns ?? 5).chain((columns) =>
        fc.tuple(
          fc.constant(columns),
          fc.array(fc.tuple(...columns.map((c) => valueOf(c.type, variant.values))), { minLength: 1, maxLength: 3 }),
        ),
      );
      await fc.assert(
        fc.asyncProperty(cases, fc.boolean(), async ([columns, rows], skipFirst) => {
          const kept = rows.filter((row) => columns.every((c, i) => variant.keeps?.(row[i], c.type) !== false));
          const site = await siteFor(format, columns, variant);
          const encoder = format.createEncoder(site);
          const wanted = columns.map((_, i) => (skipFirst && i === 0 ? -1 : i + 1));
          const decoder = format.createDecoder(site, wanted);
          const out = new ByteWriter(16);
          for (const row of kept) {
            out.reset();
            out.writeUtf8('before');
            const from = out.length;
            expect(encoder.encode(['x', ...row], 1, out)).toBe(true);
            const to = out.length;
            out.writeUtf8('"}],after');
            const back: unknown[] = ['untouched', null, null, null, null, null].slice(0, columns.length + 1);
            expect(decoder.decode(out.bytes, from, to, back)).toBe(true);
            expect(back).toEqual(['untouched', ...row.map((value, i) => (wanted[i] === -1 ? null : value))]);
          }
        }),
        { numRuns: 40 },
      );
    },
  );

  test('bad bytes never do worse than a record error', () => {
    fc.assert(
      fc.property(
        fc.constantFrom('JSON', 'DELIMITED', 'KAFKA', 'PROTOBUF_NOSR'),
        columnsOf(plain, 3),
        fc.uint8Array({ maxLength: 30 }),
        (name, columns, bytes) => {
          const format = formatNamed(name);
          const fit = name === 'KAFKA' ? [{ name: 'A', type: STRING }] : columns;
          const site: CodecSite = {
            schema: { columns: fit, features: [], isKey: false },
            info: { format: name, properties: {} },
            topic: 't',
            registry: undefined,
          };
          try {
            format
              .createDecoder(
                site,
                fit.map((_, i) => i),
              )
              .decode(bytes, 0, bytes.length, []);
          } catch (error) {
            expect((error as { code?: string }).code).toBe('DESERIALIZATION');
          }
        },
      ),
      { numRuns: 300 },
    );
  });
});

async function siteFor(
  format: FormatDefinition,
  columns: readonly { readonly name: string; readonly type: SqlType }[],
  variant: Variant,
): Promise<CodecSite> {
  const registry = new MemorySchemaRegistry();
  const schema = { columns, features: variant.features ?? [], isKey: false };
  const info = { format: format.name, properties: variant.properties ?? {} };
  if (format.registrySchema !== undefined)
    await registry.register(subjectOf('t', false), format.registrySchema(schema, info, 't'));
  return { schema, info, topic: 't', registry: codecRegistryOf(registry) };
}
