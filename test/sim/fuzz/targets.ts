import { ByteWriter } from '../../../src/base/byte-writer.ts';
import { isSluiceError } from '../../../src/base/errors.ts';
import {
  hasUnchanged,
  readMessage,
  readRelation,
  skipTuple,
  textsOf,
} from '../../../src/connect/connectors/postgres/cdc/stream/pgoutput.ts';
import type { CodecSite } from '../../../src/formats/api.ts';
import { formatNamed } from '../../../src/formats/registry.ts';
import { subjectOf } from '../../../src/formats/schema-registry/api.ts';
import { codecRegistryOf } from '../../../src/formats/schema-registry/codec-registry.ts';
import { MemorySchemaRegistry } from '../../../src/formats/schema-registry/memory-registry.ts';
import { createRegistryHandler } from '../../../src/formats/schema-registry/rest.ts';
import { setChecksum, sizeOf } from '../../../src/log/record-batch/batch-header.ts';
import { BatchBuilder } from '../../../src/log/record-batch/builder.ts';
import { RecordCursor } from '../../../src/log/record-batch/cursor.ts';
import { recompress } from '../../../src/log/record-batch/recompress.ts';
import { splitStatements } from '../../../src/sql/split.ts';
import { KITCHEN_SINK } from '../../../src/sql/testing/kitchen-sink.ts';
import { KEYWORD_LIST } from '../../../src/sql/keywords.ts';
import {
  array,
  BIGINT,
  BOOLEAN,
  BYTES,
  DATE,
  decimal,
  DOUBLE,
  INTEGER,
  map,
  STRING,
  struct,
  TIME,
  TIMESTAMP,
} from '../../../src/types/sql-type.ts';
import { EmbeddedLog } from '../../../src/log/embedded/embedded-log.ts';
import { MemoryStore } from '../../../src/store/memory-store.ts';
import { testEnv } from '../../support/env.ts';
import { SHAPES } from '../../differential/shapes.ts';
import { declarations } from '../../differential/inputs.ts';
import { type SimServer, startServer } from '../server.ts';
import { HTTP_TARGETS } from './http-targets.ts';
import { type Target, Wrong } from './target.ts';

/** Passes over the errors that a target may throw: those of a table of codes, but no INTERNAL one. */
function expected(error: unknown, codes?: readonly string[]): void {
  if (!isSluiceError(error) || error.code === 'INTERNAL' || codes?.includes(error.code) === false) throw error;
}

/** Record batches as a broker or a file would return them. */
const records: Target = {
  name: 'records',
  seeds: () => {
    const builder = new BatchBuilder();
    for (let i = 0; i < 20; i++)
      builder.add(i, i % 3 === 0 ? null : Buffer.from(`key ${i}`), Buffer.from(`a value ${i}`));
    const plain = builder.finish();
    const packed = ['gzip', 'snappy', 'lz4', 'zstd'].map((codec) => recompress(plain, codec) ?? plain);
    return Promise.resolve([plain, ...packed, Buffer.concat([plain, ...packed])]);
  },
  check(input, random) {
    // Most inputs get a right checksum, or nothing behind it would ever be read.
    if (random() < 0.9 && input.length > 61) {
      const size = sizeOf(input);
      if (size > 61 && size <= input.length) setChecksum(input);
    }
    const cursor = new RecordCursor();
    try {
      cursor.open(input, 0, input.length, 0);
      while (cursor.next()) {
        const { columns } = cursor;
        for (let i = 0; i < columns.count; i++) {
          columns.key(i);
          columns.value(i);
        }
      }
    } catch (error) {
      expected(error, ['LOG_CORRUPT']);
    }
  },
};

const COLUMNS = [
  { name: 'A', type: INTEGER },
  { name: 'B', type: BIGINT },
  { name: 'C', type: DOUBLE },
  { name: 'D', type: STRING },
  { name: 'E', type: BOOLEAN },
  { name: 'F', type: decimal(10, 2) },
  { name: 'G', type: TIMESTAMP },
  { name: 'H', type: DATE },
  { name: 'I', type: TIME },
  { name: 'J', type: BYTES },
];
const NESTED = [
  { name: 'K', type: array(STRING) },
  { name: 'L', type: map(STRING, INTEGER) },
  {
    name: 'M',
    type: struct([
      { name: 'X', type: INTEGER },
      { name: 'Y', type: array(INTEGER) },
    ]),
  },
];
const VALUES = [
  7,
  1234567890123,
  1.5,
  'text "é"',
  true,
  '12.34',
  1_700_000_000_000,
  19_000,
  3_600_000,
  Buffer.from('bytes'),
];
const NESTED_VALUES = [['a', 'b'], new Map([['k', 1]]), [1, [2, 3]]];

/** Values of a topic in one format; a bad one may only be a DESERIALIZATION error of its record. */
function formatTarget(name: string): Target {
  const isFlat = name === 'DELIMITED';
  const columns = name === 'KAFKA' ? [COLUMNS[3]!] : isFlat ? COLUMNS : [...COLUMNS, ...NESTED];
  const row = name === 'KAFKA' ? [VALUES[3]!] : isFlat ? VALUES : [...VALUES, ...NESTED_VALUES];
  const format = formatNamed(name);
  let site: CodecSite | undefined;
  const siteFor = async (): Promise<CodecSite> => {
    const registry = new MemorySchemaRegistry();
    const schema = { columns, features: [], isKey: false };
    const info = { format: format.name, properties: {} };
    if (format.registrySchema !== undefined)
      await registry.register(subjectOf('t', false), format.registrySchema(schema, info, 't'));
    return { schema, info, topic: 't', registry: codecRegistryOf(registry) };
  };
  return {
    name: name.toLowerCase(),
    words: name.includes('JSON')
      ? ['null', '{', '}', '[', ']', '"A":', '1e999', '-0', '"\\ud800"', '\\u0000', '9'.repeat(400)]
      : [],
    async seeds() {
      site ??= await siteFor();
      const encoder = format.createEncoder(site);
      const encoded = [row, row.map((value, i) => (i % 2 === 0 ? value : null))].flatMap((values) => {
        const out = new ByteWriter(64);
        try {
          return encoder.encode(values, 0, out) ? [Buffer.from(out.bytes.subarray(0, out.length))] : [];
        } catch {
          // A format that has no null.
          return [];
        }
      });
      return encoded;
    },
    check(input) {
      const decoder = format.createDecoder(
        site!,
        columns.map((_, i) => i),
      );
      try {
        decoder.decode(
          input,
          0,
          input.length,
          columns.map(() => null),
        );
      } catch (error) {
        expected(error, ['DESERIALIZATION']);
      }
    },
  };
}

/** Messages of Postgres' replication. Bytes that are no message may end behind the buffer. */
const pgoutput: Target = {
  name: 'pgoutput',
  seeds: () => {
    const relation = Buffer.from(
      '\u0052\0\0\0\u0001public\0t\0d\0\u0002\u0001id\0\0\0\0\u0017\xff\xff\xff\xff\0name\0\0\0\0\u0019\xff\xff\xff\xff',
      'latin1',
    );
    const tuple = Buffer.from('\0\u0003t\0\0\0\u00011nu', 'latin1');
    const message = Buffer.from('M\u0001\0\0\0\0\0\0\0\u0005prefix\0\0\0\0\u0004text', 'latin1');
    return Promise.resolve([relation, tuple, message]);
  },
  check(input) {
    for (const read of [readRelation, readMessage, skipTuple, hasUnchanged, textsOf])
      try {
        read(input, 0);
      } catch (error) {
        if (!(error instanceof RangeError)) throw error;
      }
  },
};

const SCHEMAS = [
  {
    schema: JSON.stringify({
      type: 'record',
      name: 'R',
      namespace: 'n',
      fields: [
        { name: 'a', type: ['null', 'int'], default: null },
        { name: 'b', type: { type: 'array', items: 'R' } },
        { name: 'c', type: { type: 'bytes', logicalType: 'decimal', precision: 4, scale: 2 } },
        { name: 'd', type: { type: 'enum', name: 'E', symbols: ['X', 'Y'] } },
      ],
    }),
  },
  {
    schemaType: 'PROTOBUF',
    schema:
      'syntax = "proto3"; package p; message M { int32 a = 1; repeated string b = 2; map<string, N> c = 3; oneof o { bool d = 4; N e = 5; } message N { bytes f = 1; } enum E { X = 0; } }',
  },
  {
    schemaType: 'JSON',
    schema: JSON.stringify({
      type: 'object',
      properties: { a: { type: 'integer' }, b: { $ref: '#/definitions/x' } },
      definitions: { x: { oneOf: [{ type: 'null' }, { type: 'string' }] } },
      required: ['a'],
    }),
  },
];

/** Requests to the embedded schema registry: none is answered with 500. */
const registry: Target = {
  name: 'registry',
  words: [
    '"type"',
    '"record"',
    '"fields"',
    '[]',
    '{}',
    'null',
    '"int"',
    'message',
    'repeated',
    'import "x";',
    '= 1;',
    '"$ref"',
    '"#"',
    '-1',
  ],
  seeds: () => Promise.resolve(SCHEMAS.map((schema) => Buffer.from(JSON.stringify(schema)))),
  async check(input) {
    const text = input.toString();
    let body: unknown;
    try {
      body = JSON.parse(text);
    } catch {
      // Changed outside of its frame, it is a schema's text.
      body = { schema: text, schemaType: ['AVRO', 'PROTOBUF', 'JSON'][input.length % 3] };
    }
    const handle = createRegistryHandler(new MemorySchemaRegistry());
    for (const first of SCHEMAS) await handle('POST', `/subjects/${first.schemaType ?? 'AVRO'}/versions`, first);
    for (const path of [
      '/subjects/AVRO/versions',
      '/compatibility/subjects/PROTOBUF/versions/latest?verbose=true',
      '/subjects/JSON/versions',
      '/subjects/new/versions',
      '/subjects/new',
    ]) {
      const { status, body: answer } = await handle('POST', path, body);
      if (status >= 500) throw new Wrong(`${path}: ${status} ${JSON.stringify(answer)}`);
    }
  },
};

/** Statements that a server executes: an error has a code of its own, and is no INTERNAL one. */
function statements(): Target {
  let server: SimServer | undefined;
  let executed = 0;
  const start = async (): Promise<SimServer> => {
    const store = new MemoryStore();
    const env = testEnv();
    const fresh = await startServer({
      env,
      log: new EmbeddedLog({ store, env }),
      store,
      connectors: [],
      properties: {},
    });
    await fresh.execute(declarations(1).join('\n'));
    return fresh;
  };
  return {
    name: 'statements',
    words: [
      ...KEYWORD_LIST,
      'k',
      'v',
      'g',
      's',
      't',
      'u',
      '1',
      "'a'",
      'NULL',
      '(',
      ')',
      ',',
      'COUNT(*)',
      'SUM(v)',
      'ARRAY[1, NULL]',
      "MAP('a' := v)",
      'STRUCT(x := k)',
      '->x',
      'ROWTIME',
      'CAST(v AS STRING)',
      'LAMBDA',
      'x => x + 1',
      'TRANSFORM(',
      'EXPLODE(',
      'WINDOW TUMBLING (SIZE 1 SECOND)',
      'EMIT FINAL',
    ],
    seeds: () =>
      Promise.resolve(
        [...KITCHEN_SINK.map(([written]) => written), ...SHAPES.map(({ create }) => create.replaceAll('@', 'o'))]
          .filter((text) => !/CONNECTOR|RUN SCRIPT/i.test(text))
          .map((text) => Buffer.from(text)),
      ),
    async check(input) {
      const text = input.toString();
      splitStatements(text);
      if (/CONNECTOR|RUN\s+SCRIPT/i.test(text)) return;
      // A server that has made much is replaced, so that statements meet few names.
      if (executed++ % 200 === 0) {
        await server?.close();
        server = await start();
      }
      try {
        await server!.execute(text.endsWith(';') ? text : `${text};`);
      } catch (error) {
        if (!isSluiceError(error)) {
          const { cause } = error as { readonly cause?: unknown };
          if (isSluiceError(cause)) return expected(cause);
        }
        expected(error);
      }
    },
  };
}

const FORMATS = ['JSON', 'JSON_SR', 'CONNECT_JSON', 'AVRO', 'PROTOBUF', 'PROTOBUF_NOSR', 'DELIMITED', 'KAFKA'];

export const TARGETS: readonly Target[] = [
  records,
  ...FORMATS.map(formatTarget),
  pgoutput,
  registry,
  statements(),
  ...HTTP_TARGETS,
];
