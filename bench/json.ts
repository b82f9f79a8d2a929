import { ByteWriter } from '../src/base/byte-writer.ts';
import type { CodecSite, FormatDefinition } from '../src/formats/api.ts';
import { formatNamed } from '../src/formats/registry.ts';
import { BIGINT, DOUBLE, INTEGER, STRING, type SqlType } from '../src/types/sql-type.ts';

/**
 * JSON decoding and encoding in CPU-seconds per million records, without a log and an engine. Q1's record has about 115
 * bytes and 5 fields, 2 of which are needed (design.md section 5). Prints one JSON line per measurement.
 */
const RECORDS = 20_000;
const ROUNDS = Number(process.env['ROUNDS'] ?? 60);

function site(columns: Record<string, SqlType>): CodecSite {
  return {
    schema: { columns: Object.entries(columns).map(([name, type]) => ({ name, type })), features: [], isKey: false },
    info: { format: 'JSON', properties: {} },
    topic: 't',
    registry: undefined,
  };
}

function batch(make: (n: number) => string): {
  readonly bytes: Buffer;
  readonly from: Int32Array;
  readonly to: Int32Array;
} {
  const records = Array.from({ length: RECORDS }, (_, n) => Buffer.from(make(n), 'utf8'));
  const from = new Int32Array(RECORDS);
  const to = new Int32Array(RECORDS);
  // Between records there are a few varints, as in a record batch.
  const parts: Buffer[] = [];
  let at = 0;
  records.forEach((record, i) => {
    parts.push(Buffer.from([0, 1, 2, 3]), record);
    from[i] = at + 4;
    to[i] = at += 4 + record.length;
  });
  return { bytes: Buffer.concat(parts), from, to };
}

function measure(name: string, run: () => number): void {
  for (let i = 0; i < 5; i++) run();
  let best = Infinity;
  let sink = 0;
  const before = process.cpuUsage();
  for (let round = 0; round < ROUNDS; round++) {
    const start = process.cpuUsage();
    sink += run();
    const { user, system } = process.cpuUsage(start);
    best = Math.min(best, user + system);
  }
  const { user, system } = process.cpuUsage(before);
  const mean = (user + system) / ROUNDS / RECORDS;
  console.log(
    JSON.stringify({
      bench: 'json',
      name,
      cpuSecondsPerMillion: Number(mean.toFixed(3)),
      best: Number((best / RECORDS).toFixed(3)),
      sink: sink % 97,
    }),
  );
}

function decodeBench(
  name: string,
  format: FormatDefinition,
  columns: Record<string, SqlType>,
  wanted: readonly number[],
  make: (n: number) => string,
): void {
  const { bytes, from, to } = batch(make);
  const decoder = format.createDecoder(site(columns), wanted);
  const row: unknown[] = [null, null, null, null, null];
  measure(name, () => {
    let sum = 0;
    for (let i = 0; i < RECORDS; i++) {
      decoder.decode(bytes, from[i]!, to[i]!, row);
      sum += (row[1] as string).length;
    }
    return sum;
  });
}

function encodeBench(
  name: string,
  format: FormatDefinition,
  columns: Record<string, SqlType>,
  rows: readonly unknown[][],
): void {
  const encoder = format.createEncoder(site(columns));
  const out = new ByteWriter(1 << 22);
  measure(name, () => {
    out.reset();
    for (let i = 0; i < RECORDS; i++) encoder.encode(rows[i]!, 0, out);
    return out.length;
  });
}

const json = formatNamed('JSON');
const PAGEVIEWS = { VIEWTIME: BIGINT, USERID: STRING, PAGEID: STRING, REGION: STRING, RATING: INTEGER };
const page = (n: number): string => `Page_${(n * 7919) % 97}`;
const viewtime = (n: number): number => 1_700_000_000_000 + n;
const pageview = (n: number): string =>
  `{"viewtime":${viewtime(n)},"userid":"User_${n % 5000}","pageid":"${page(n)}","region":"Region_${n % 9}_of_the_world","rating":${n % 5}}`;
const spaced = (n: number): string =>
  `{"viewtime": ${viewtime(n)}, "userid": "User_${n % 5000}", "pageid": "${page(n)}", "region": "Region_${n % 9}_of_the_world", "rating": ${n % 5}}`;

console.error(pageview(7), pageview(7).length);
decodeBench('decode Q1: 5 fields, 2 wanted', json, PAGEVIEWS, [0, -1, 1, -1, -1], pageview);
decodeBench('decode, all 5 wanted', json, PAGEVIEWS, [0, 1, 2, 3, 4], pageview);
decodeBench('decode with blanks, 2 wanted', json, PAGEVIEWS, [0, -1, 1, -1, -1], spaced);
decodeBench('decode, every string new, 2 wanted', json, PAGEVIEWS, [0, 1, -1, -1, -1], (n) =>
  pageview(n).replace(/User_\d+/, `user-${Math.imul(n, 0x9e3779b1) >>> 0}`),
);
decodeBench(
  'decode fractions',
  json,
  { ID: BIGINT, NAME: STRING, X: DOUBLE, Y: DOUBLE },
  [0, 1, 2, 3],
  (n) => `{"id":${n},"name":"n${n % 50}","x":${n / 100},"y":-${(n * 37) / 1000}}`,
);
decodeBench('decode, keys in changing order', json, PAGEVIEWS, [0, -1, 1, -1, -1], (n) =>
  n % 2 === 0
    ? pageview(n)
    : `{"pageid":"${page(n)}","rating":1,"viewtime":${viewtime(n)},"region":"Region_${n % 9}_of_the_world","userid":"User_${n % 5000}"}`,
);
const rows = Array.from({ length: RECORDS }, (_, n) => [
  viewtime(n),
  `User_${n % 5000}`,
  page(n),
  `Region_${n % 9}_of_the_world`,
  n % 5,
]);
encodeBench(
  'encode Q1: 3 columns',
  json,
  { USERID: STRING, PAGE: STRING, VT: BIGINT },
  rows.map((r) => [r[1], (r[2] as string).toUpperCase(), (r[0] as number) + 1]),
);
encodeBench('encode, all 5', json, PAGEVIEWS, rows);
encodeBench(
  'encode doubles',
  json,
  { X: DOUBLE, Y: DOUBLE },
  rows.map((_, n) => [n / 100, (n * 37) / 1000]),
);
