import { ByteWriter } from '../src/base/byte-writer.ts';
import type { CodecSite } from '../src/formats/api.ts';
import { formatNamed } from '../src/formats/registry.ts';
import { subjectOf } from '../src/formats/schema-registry/api.ts';
import { codecRegistryOf } from '../src/formats/schema-registry/codec-registry.ts';
import { MemorySchemaRegistry } from '../src/formats/schema-registry/memory-registry.ts';
import { BIGINT, INTEGER, STRING, type SqlType } from '../src/types/sql-type.ts';

/**
 * The same rows in every format: CPU-seconds per million records for decoding two columns, decoding all columns, and
 * encoding. One JSON line each.
 */
const ROWS = 10_000;
const ROUNDS = Number(process.env['ROUNDS'] ?? 40);
const COLUMNS: Record<string, SqlType> = {
  VIEWTIME: BIGINT,
  USERID: STRING,
  PAGEID: STRING,
  REGION: STRING,
  RATING: INTEGER,
};
const rows = Array.from({ length: ROWS }, (_, n) => [
  1_700_000_000_000 + n,
  `User_${n % 5000}`,
  `Page_${(n * 7919) % 97}`,
  `Region_${n % 9}_of_the_world`,
  n % 5,
]);

function measure(format: string, what: string, run: () => void): void {
  for (let i = 0; i < 5; i++) run();
  let best = Infinity;
  let total = 0;
  for (let i = 0; i < ROUNDS; i++) {
    const start = process.cpuUsage();
    run();
    const { user, system } = process.cpuUsage(start);
    total += user + system;
    best = Math.min(best, user + system);
  }
  console.log(
    JSON.stringify({
      bench: 'formats',
      format,
      what,
      cpuSecondsPerMillion: Number((total / ROUNDS / ROWS).toFixed(3)),
      best: Number((best / ROWS).toFixed(3)),
    }),
  );
}

for (const name of ['JSON', 'JSON_SR', 'AVRO', 'PROTOBUF', 'PROTOBUF_NOSR', 'DELIMITED']) {
  const format = formatNamed(name);
  const registry = new MemorySchemaRegistry();
  const schema = {
    columns: Object.entries(COLUMNS).map(([column, type]) => ({ name: column, type })),
    features: [],
    isKey: false,
  };
  const info = { format: name, properties: {} };
  if (format.registrySchema) await registry.register(subjectOf('t', false), format.registrySchema(schema, info, 't'));
  const site: CodecSite = { schema, info, topic: 't', registry: codecRegistryOf(registry) };
  const encoder = format.createEncoder(site);
  const out = new ByteWriter(1 << 21);
  const ends: number[] = [];
  for (const row of rows) {
    encoder.encode(row, 0, out);
    ends.push(out.length);
  }
  const bytes = out.toBuffer();
  for (const [what, wanted] of [
    ['decode 2 of 5', [0, -1, 1, -1, -1]],
    ['decode 5 of 5', [0, 1, 2, 3, 4]],
  ] as const) {
    const decoder = format.createDecoder(site, wanted);
    const row: unknown[] = [null, null, null, null, null];
    measure(name, what, () => {
      let from = 0;
      for (let i = 0; i < ROWS; i++) {
        const to = ends[i]!;
        decoder.decode(bytes, from, to, row);
        from = to;
      }
    });
  }
  measure(name, 'encode 5', () => {
    out.reset();
    for (let i = 0; i < ROWS; i++) encoder.encode(rows[i]!, 0, out);
  });
}
