/**
 * How fast is SQL parsed and printed, and is one statement of 1 MB more expensive than many small ones? Prints one JSON
 * line per measurement. Run: npx tsx bench/parser.ts
 */
import { parseStatement, parseStatements } from '../src/sql/parse.ts';
import { formatStatement } from '../src/sql/printer/statement.ts';
import { splitStatements } from '../src/sql/split.ts';
import { KITCHEN_SINK } from '../src/sql/testing/kitchen-sink.ts';

const MB = 1_000_000;
const fill = (one: string): string => one.repeat(Math.ceil(MB / one.length));

const sink = fill(
  KITCHEN_SINK.map(([written]) => written)
    .filter((w) => !w.startsWith('DEFINE'))
    .join('\n'),
);
const query =
  "CREATE STREAM out AS SELECT a.id, UCASE(b.name) AS name, CASE WHEN a.v > 10 THEN 'x' ELSE 'y' END c FROM a JOIN b WITHIN 1 HOUR ON a.id = b.id WHERE a.v * 2 + 1 < 100 AND b.s->f IS NOT NULL EMIT CHANGES;\n";
const inList = `SELECT * FROM s WHERE id IN (${"'some-key-12345', ".repeat(MB / 18)}'x')`;
const columns = `CREATE STREAM s (${'column_name_00 STRUCT<a INT, b ARRAY<STRING>>, '.repeat(MB / 47)}z INT) WITH (kafka_topic='s')`;

function measure(question: string, text: string, run: () => unknown): void {
  run();
  const rounds = 5;
  const cpu = process.cpuUsage();
  const from = performance.now();
  for (let i = 0; i < rounds; i++) run();
  const seconds = (performance.now() - from) / 1000 / rounds;
  const used = process.cpuUsage(cpu);
  const line = {
    bench: 'parser',
    question,
    mbPerSecond: Number((text.length / MB / seconds).toFixed(1)),
    cpuSecondsPerMb: Number(((used.user + used.system) / 1e6 / rounds / (text.length / MB)).toFixed(3)),
  };
  console.log(JSON.stringify(line));
}

const options = { testStatements: true };
measure('script of every statement', sink, () => parseStatements(sink, options));
const queries = fill(query);
measure('script of queries', queries, () => parseStatements(queries));
measure('one statement of 1 MB: IN list', inList, () => parseStatement(inList));
measure('one statement of 1 MB: columns', columns, () => parseStatement(columns));
measure('splitting', sink, () => splitStatements(sink));
const parsed = parseStatements(queries);
measure('printing queries', queries, () => parsed.map((p) => formatStatement(p.statement)));
