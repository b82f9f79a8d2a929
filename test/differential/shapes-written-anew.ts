import { END_MS, type Input } from './inputs.ts';
import { GRACE, groups, num, of, type Rows, type Shape, tableOf, type Value } from './reference.ts';

/**
 * Shapes of several queries or topics: the output of one query, with another key or with several rows per record, is
 * the input of the next.
 */

const tens = (time: number): number => time - (time % 10_000);
const countOf = (inputs: readonly Input[], source: 's' | 'r'): Map<string, number> =>
  new Map([...groups(of(inputs, source), (i) => [`${i.key},${tens(i.time)}`])].map(([id, list]) => [id, list.length]));

/** The final results of two aggregations, joined by key and window. */
function windowedJoin(): Shape {
  const finals = (source: string): string =>
    `CREATE TABLE @_${source} WITH (kafka_topic='@_${source}') AS SELECT k, COUNT(*) AS n FROM ${source} WINDOW TUMBLING (SIZE 10 SECONDS, ${GRACE}) GROUP BY k EMIT FINAL;
CREATE STREAM @_${source}_log (k INT KEY, n BIGINT) WITH (kafka_topic='@_${source}', value_format='JSON', window_type='TUMBLING', window_size='10 SECONDS');`;
  return {
    name: 'a join of windowed streams',
    create: `${finals('s')}
${finals('r')}
CREATE STREAM @ AS SELECT a.k AS id, a.n AS sn, b.n AS rn FROM @_s_log a JOIN @_r_log b WITHIN 1 MINUTE GRACE PERIOD 1 DAY ON a.k = b.k;`,
    ask: 'SELECT id, WINDOWSTART, sn, rn FROM @;',
    expected(inputs) {
      const before = inputs.filter((i) => i.time < END_MS);
      const right = countOf(before, 'r');
      return [...countOf(before, 's')].flatMap(([id, n]) => {
        const found = right.get(id);
        return found === undefined ? [] : [[...id.split(',').map(Number), n, found]];
      });
    },
  };
}

/** Joins each record of a stream with the table's row for its key at that time; the table changes as records arrive. */
function joinedAsTheyCome(
  inputs: readonly Input[],
  onTable: (input: Input) => void,
  joined: (input: Input) => Rows[number] | undefined,
): Rows {
  const rows: Rows[number][] = [];
  for (const input of inputs) {
    onTable(input);
    const row = joined(input);
    if (row !== undefined) rows.push(row);
  }
  return rows;
}

function afterPartitionBy(name: string, create: string): Shape {
  return {
    name,
    needsOrder: true,
    neverFromHistory: true,
    create,
    ask: 'SELECT v, ok, y FROM @;',
    expected(inputs) {
      const table = new Map<number, Value>();
      return joinedAsTheyCome(
        inputs,
        ({ source, key, value }) => {
          if (source !== 'u') return;
          if (value === null) table.delete(key);
          else table.set(key, value);
        },
        ({ source, key, value }) => {
          const v = source === 's' ? num(value!, 'v') : null;
          if (v === null || v < 0) return undefined;
          const found = table.get(v);
          return [v, key, found === undefined ? null : num(found, 'y')];
        },
      );
    },
  };
}

function chainedForeignKeys(word: 'JOIN' | 'LEFT JOIN'): Shape {
  return {
    name: `foreign keys chained, ${word}`,
    create: `CREATE TABLE @_m AS SELECT t.k AS id, t.f, u.y FROM t ${word} u ON t.f = u.k;
CREATE TABLE @ AS SELECT m.id AS id, m.y, w.z FROM @_m m ${word} w ON m.y = w.k;`,
    ask: 'SELECT id, y, z FROM @;',
    expected(inputs) {
      const [us, ws] = [tableOf(inputs, 'u'), tableOf(inputs, 'w')];
      return [...tableOf(inputs, 't')].flatMap(([key, row]) => {
        const f = num(row, 'f');
        const u = f === null ? undefined : us.get(f);
        const y = u === undefined ? null : num(u, 'y');
        const w = y === null ? undefined : ws.get(y);
        if (word === 'JOIN' && w === undefined) return [];
        return [[key, y, w === undefined ? null : num(w, 'z')]];
      });
    },
  };
}

const known = (members: readonly Input[], name: string): number[] =>
  members.map((m) => num(m.value!, name)).filter((v) => v !== null);

export const WRITTEN_ANEW: readonly Shape[] = [
  {
    name: 'latest and earliest by offset',
    create:
      'CREATE TABLE @ AS SELECT k, LATEST_BY_OFFSET(v) AS l, EARLIEST_BY_OFFSET(v) AS e, LATEST_BY_OFFSET(v, 2) AS l2, EARLIEST_BY_OFFSET(v, 2) AS e2, LATEST_BY_OFFSET(v, false) AS ln FROM s GROUP BY k;',
    ask: 'SELECT k, l, e, l2, e2, ln FROM @;',
    expected: (inputs) =>
      [...groups(of(inputs, 's'), (i) => [i.key])].map(([key, members]) => {
        const values = known(members, 'v');
        const last = num(members.at(-1)!.value!, 'v');
        return [key, values.at(-1) ?? null, values[0] ?? null, values.slice(-2), values.slice(0, 2), last];
      }),
  },
  {
    name: 'distinct values of a group',
    create: 'CREATE TABLE @ AS SELECT g, COUNT_DISTINCT(v) AS n FROM s GROUP BY g;',
    ask: 'SELECT g, n FROM @;',
    expected: (inputs) =>
      [...groups(of(inputs, 's'), (i) => (i.value!['g'] === null ? [] : [i.value!['g'] as string]))].map(
        ([g, members]) => [g, new Set(known(members, 'v')).size],
      ),
  },
  windowedJoin(),
  afterPartitionBy(
    'a stream-table join behind PARTITION BY',
    `CREATE STREAM @_p AS SELECT v, k AS ok FROM s WHERE v >= 0 PARTITION BY v;
CREATE STREAM @ AS SELECT p.v AS v, p.ok, u.y FROM @_p p LEFT JOIN u ON p.v = u.k;`,
  ),
  afterPartitionBy(
    'a stream-table join by a column',
    `CREATE STREAM @_p AS SELECT k, v FROM s WHERE v >= 0;
CREATE STREAM @ AS SELECT p.v AS v, p.k AS ok, u.y FROM @_p p LEFT JOIN u ON p.v = u.k;`,
  ),
  {
    name: 'a stream joined with groups of another',
    needsOrder: true,
    neverFromHistory: true,
    create: `CREATE TABLE @_g AS SELECT v, COUNT(*) AS n FROM s WHERE v >= 0 GROUP BY v;
CREATE STREAM @ AS SELECT r.k AS id, r.w, g.n FROM r LEFT JOIN @_g g ON r.k = g.v;`,
    ask: 'SELECT id, w, n FROM @;',
    expected(inputs) {
      const counts = new Map<number, number>();
      return joinedAsTheyCome(
        inputs,
        ({ source, value }) => {
          const v = source === 's' ? num(value!, 'v') : null;
          if (v !== null && v >= 0) counts.set(v, (counts.get(v) ?? 0) + 1);
        },
        ({ source, key, value }) => (source === 'r' ? [key, num(value!, 'w'), counts.get(key) ?? null] : undefined),
      );
    },
  },
  {
    name: 'two queries into one stream',
    create: `CREATE STREAM @ AS SELECT k, v, 's' AS o FROM s;
INSERT INTO @ SELECT k, w AS v, 'r' AS o FROM r WHERE w > 2;`,
    ask: 'SELECT k, v, o, ROWTIME FROM @;',
    expected: (inputs) => [
      ...of(inputs, 's').map((i) => [i.key, num(i.value!, 'v'), 's', i.time]),
      ...of(inputs, 'r')
        .filter((i) => (num(i.value!, 'w') ?? 0) > 2)
        .map((i) => [i.key, num(i.value!, 'w'), 'r', i.time]),
    ],
  },
  {
    name: 'groups of what two queries wrote',
    create: `CREATE STREAM @_b AS SELECT k, v FROM s;
INSERT INTO @_b SELECT k, w AS v FROM r;
CREATE TABLE @ AS SELECT v, COUNT(*) AS n FROM @_b GROUP BY v;`,
    ask: 'SELECT v, n FROM @;',
    expected(inputs) {
      const values = [...known(of(inputs, 's'), 'v'), ...known(of(inputs, 'r'), 'w')];
      return [...new Set(values)].map((v) => [v, values.filter((other) => other === v).length]);
    },
  },
  ...(['JOIN', 'LEFT JOIN'] as const).map(chainedForeignKeys),
  {
    name: 'table functions side by side, the shorter one filled up',
    create: 'CREATE STREAM @ AS SELECT k, EXPLODE(ARRAY[k, v]) AS a, EXPLODE(ARRAY[v]) AS b FROM s;',
    ask: 'SELECT k, a, b FROM @;',
    expected: (inputs) =>
      of(inputs, 's').flatMap(({ key, value }) => [
        [key, key, num(value!, 'v')],
        [key, num(value!, 'v'), null],
      ]),
  },
  {
    name: 'groups of what a table function gives',
    create: `CREATE STREAM @_e AS SELECT k, EXPLODE(ARRAY[k, v, k]) AS e FROM s;
CREATE TABLE @ AS SELECT e, COUNT(*) AS n, COLLECT_SET(k) AS ks FROM @_e GROUP BY e;`,
    ask: 'SELECT e, n, ARRAY_SORT(ks) FROM @;',
    expected(inputs) {
      const found = new Map<number, number[]>();
      for (const { key, value } of of(inputs, 's')) {
        for (const e of [key, num(value!, 'v'), key]) if (e !== null) found.set(e, [...(found.get(e) ?? []), key]);
      }
      return [...found].map(([e, keys]) => [e, keys.length, [...new Set(keys)].sort((a, b) => a - b)]);
    },
  },
];
