/**
 * Compares generated code with hand-written code, for Q1's predicate and projection over rows in memory
 *   SELECT userid, UCASE(pageid), viewtime + 1 FROM pageviews WHERE pageid LIKE '%7'
 * and for a few more expensive expressions. Nanoseconds of CPU time per row, one JSON line each.
 */
import { UNLIMITED } from '../src/base/budget/work.ts';
import { BUILT_IN_REGISTRY } from '../src/functions/built-in.ts';
import { checkExpression } from '../src/expr/check/check.ts';
import { columnScope } from '../src/expr/check/scope.ts';
import { compilePredicate, compileProjection } from '../src/expr/compile/compile.ts';
import type { CompileEnv } from '../src/expr/compile/env.ts';
import { parseExpression } from '../src/sql/parse.ts';
import { BIGINT, decimal, DOUBLE, STRING } from '../src/types/sql-type.ts';
import type { Row } from '../src/types/row.ts';

const env: CompileEnv = {
  functions: BUILT_IN_REGISTRY,
  functionEnv: { nowMs: () => 0, random: () => 0, uuid: () => '', work: UNLIMITED },
};
const columns = [
  { name: 'VIEWTIME', type: BIGINT },
  { name: 'USERID', type: STRING },
  { name: 'PAGEID', type: STRING },
  { name: 'PRICE', type: decimal(10, 2) },
  { name: 'RATE', type: DOUBLE },
];
const scope = columnScope(columns);
const typed = (text: string) => checkExpression(parseExpression(text), scope, BUILT_IN_REGISTRY);

const ROWS = 100_000;
const rows: Row[] = Array.from({ length: ROWS }, (_, i) => [
  1_500_000_000_000 + i,
  `User_${i % 1000}`,
  `Page_${i % 100}`,
  BigInt(i),
  i / 7,
]);

function cpu(name: string, run: (row: Row) => unknown): number {
  let sink = 0;
  const pass = (): void => {
    for (const row of rows) if (run(row)) sink++;
  };
  for (let i = 0; i < 5; i++) pass();
  const start = process.cpuUsage();
  const passes = 20;
  for (let i = 0; i < passes; i++) pass();
  const used = process.cpuUsage(start);
  const ns = ((used.user + used.system) * 1000) / (passes * ROWS);
  console.log(JSON.stringify({ bench: 'expr', name, cpuNanosecondsPerRow: Number(ns.toFixed(1)), kept: sink }));
  return ns;
}

const predicate = compilePredicate(typed("PAGEID LIKE '%7'"), env);
const projection = compileProjection(['USERID', 'UCASE(PAGEID)', 'VIEWTIME + 1'].map(typed), env);
const context = { onError() {} };

cpu('Q1 by hand', (row) => {
  const page = row[2] as string | null;
  if (page === null || !page.endsWith('7')) return false;
  const time = row[0] as number | null;
  return [row[1], page.toUpperCase(), time === null ? null : time + 1];
});
cpu('Q1 generated', (row) => predicate(row, context) && projection(row, context));
cpu('predicate generated', (row) => predicate(row, context));
cpu('projection by hand', (row) => {
  const page = row[2] as string | null;
  const time = row[0] as number | null;
  return [row[1], page === null ? null : page.toUpperCase(), time === null ? null : time + 1];
});
cpu('projection generated', (row) => projection(row, context));

for (const text of [
  'VIEWTIME % 7 = 3 AND RATE * 2.5e0 > 10e0',
  "CASE WHEN USERID = 'User_7' THEN 1 WHEN PAGEID IN ('Page_1', 'Page_2', 'Page_3', 'Page_4') THEN 2 ELSE 3 END",
  'PRICE * 1.19 + 0.5',
  "SUBSTRING(CONCAT(USERID, '-', PAGEID), 3, 6)",
  "TIMESTAMPTOSTRING(VIEWTIME, 'yyyy-MM-dd HH:mm:ss')",
]) {
  const project = compileProjection([typed(text)], env);
  cpu(text.slice(0, 46), (row) => project(row, context));
}
