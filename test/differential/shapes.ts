import { END_MS, type Input } from './inputs.ts';
import {
  GRACE,
  GRACE_MS,
  groups,
  num,
  numbersOf,
  of,
  type Rows,
  type Shape,
  tableOf,
  type Value,
} from './reference.ts';
import { WRITTEN_ANEW } from './shapes-written-anew.ts';

function windowed(inputs: readonly Input[], startsOf: (time: number) => number[]): Map<string, Input[]> {
  return groups(of(inputs, 's'), (i) => startsOf(i.time).map((start) => `${i.key},${start}`));
}

const tumbling = (time: number): number[] => [time - (time % 10_000)];
const hopping = (time: number): number[] => {
  const starts: number[] = [];
  for (let start = time - (time % 4000); start > time - 10_000; start -= 4000) if (start >= 0) starts.push(start);
  return starts;
};

function windowRows(found: Map<string, Input[]>): Rows {
  return [...found].map(([id, members]) => {
    const [key, start] = id.split(',').map(Number) as [number, number];
    const { n, sum } = numbersOf(members.map((m) => num(m.value!, 'v')));
    return [key, start, n, sum];
  });
}

const SESSION_GAP_MS = 3000;

function sessions(inputs: readonly Input[]): Rows {
  const rows: number[][] = [];
  for (const [key, members] of groups(of(inputs, 's'), (i) => [i.key])) {
    let open: number[] | undefined;
    for (const time of members.map((m) => m.time).sort((a, b) => a - b)) {
      if (open !== undefined && time - open[2]! <= SESSION_GAP_MS) {
        open[2] = time;
        open[3]!++;
      } else rows.push((open = [key, time, time, 1]));
    }
  }
  return rows;
}

/** Joins each record of a stream with the table's row at its arrival. */
function streamTable(inputs: readonly Input[], isLeft: boolean): (readonly [Input, Value | undefined])[] {
  const table = new Map<number, Value>();
  const joined: (readonly [Input, Value | undefined])[] = [];
  for (const input of inputs) {
    if (input.source === 'u') {
      if (input.value === null) table.delete(input.key);
      else table.set(input.key, input.value);
    } else if (input.source === 's') {
      const found = table.get(input.key);
      if (found !== undefined || isLeft) joined.push([input, found]);
    }
  }
  return joined;
}

type JoinWord = 'JOIN' | 'LEFT JOIN' | 'RIGHT JOIN' | 'FULL OUTER JOIN';

function tableTable(word: JoinWord): Shape {
  return {
    name: `table-table ${word}`,
    create: `CREATE TABLE @ AS SELECT ${word === 'FULL OUTER JOIN' ? 'ROWKEY AS id' : word === 'RIGHT JOIN' ? 'u.k AS id' : 't.k AS id'}, t.x, u.y FROM t ${word} u ON t.k = u.k;`,
    ask: 'SELECT id, x, y FROM @;',
    expected(inputs) {
      const [left, right] = [tableOf(inputs, 't'), tableOf(inputs, 'u')];
      const keys = new Set([...left.keys(), ...right.keys()]);
      return [...keys].flatMap((key) => {
        const [l, r] = [left.get(key), right.get(key)];
        if (l === undefined && (word === 'JOIN' || word === 'LEFT JOIN')) return [];
        if (r === undefined && (word === 'JOIN' || word === 'RIGHT JOIN')) return [];
        return [[key, l === undefined ? null : num(l, 'x'), r === undefined ? null : num(r, 'y')]];
      });
    },
  };
}

function foreignKey(word: 'JOIN' | 'LEFT JOIN'): Shape {
  return {
    name: `foreign-key ${word}`,
    create: `CREATE TABLE @ AS SELECT t.k AS id, t.f, u.y FROM t ${word} u ON t.f = u.k;`,
    ask: 'SELECT id, f, y FROM @;',
    expected(inputs) {
      const right = tableOf(inputs, 'u');
      return [...tableOf(inputs, 't')].flatMap(([key, row]) => {
        const f = num(row, 'f');
        const found = f === null ? undefined : right.get(f);
        return found === undefined && word === 'JOIN' ? [] : [[key, f, found === undefined ? null : num(found, 'y')]];
      });
    },
  };
}

function threeTables(first: 'JOIN' | 'LEFT JOIN', second: 'JOIN' | 'LEFT JOIN', by: 't' | 'u'): Shape {
  return {
    name: `t ${first} u ${second} w by ${by}`,
    create: `CREATE TABLE @ AS SELECT t.k AS id, u.y, w.z FROM t ${first} u ON t.k = u.k ${second} w ON ${by}.k = w.k;`,
    ask: 'SELECT id, y, z FROM @;',
    expected(inputs) {
      const [us, ws] = [tableOf(inputs, 'u'), tableOf(inputs, 'w')];
      return [...tableOf(inputs, 't').keys()].flatMap((key) => {
        const u = us.get(key);
        if (u === undefined && first === 'JOIN') return [];
        const w = by === 'u' && u === undefined ? undefined : ws.get(key);
        if (w === undefined && second === 'JOIN') return [];
        return [[key, u === undefined ? null : num(u, 'y'), w === undefined ? null : num(w, 'z')]];
      });
    },
  };
}

const WITHIN_MS = 3000;

function streamStream(word: JoinWord): Shape {
  const key = word === 'FULL OUTER JOIN' ? 'ROWKEY AS id' : word === 'RIGHT JOIN' ? 'r.k AS id' : 's.k AS id';
  return {
    name: `stream-stream ${word}`,
    create: `CREATE STREAM @ AS SELECT ${key}, s.v, r.w FROM s ${word} r WITHIN 3 SECONDS ${GRACE} ON s.k = r.k;`,
    ask: 'SELECT id, v, w, ROWTIME FROM @;',
    expected(inputs) {
      const rows: (number | null)[][] = [];
      const [left, right] = [of(inputs, 's'), of(inputs, 'r')];
      const matches = (a: Input, b: Input): boolean => a.key === b.key && Math.abs(a.time - b.time) <= WITHIN_MS;
      for (const l of left) {
        for (const r of right.filter((other) => matches(l, other)))
          rows.push([l.key, num(l.value!, 'v'), num(r.value!, 'w'), Math.max(l.time, r.time)]);
        const isAlone = !right.some((r) => matches(l, r)) && l.time < END_MS - WITHIN_MS - GRACE_MS;
        if (isAlone && (word === 'LEFT JOIN' || word === 'FULL OUTER JOIN'))
          rows.push([l.key, num(l.value!, 'v'), null, l.time]);
      }
      for (const r of right) {
        const isAlone = !left.some((l) => matches(l, r)) && r.time < END_MS - WITHIN_MS - GRACE_MS;
        if (isAlone && (word === 'RIGHT JOIN' || word === 'FULL OUTER JOIN'))
          rows.push([r.key, null, num(r.value!, 'w'), r.time]);
      }
      return rows;
    },
  };
}

function afterStreamTable(isLeft: boolean): Shape {
  return {
    name: `stream-table ${isLeft ? 'LEFT JOIN' : 'JOIN'}`,
    needsOrder: true,
    create: `CREATE STREAM @ AS SELECT s.k AS id, s.v, u.y FROM s ${isLeft ? 'LEFT JOIN' : 'JOIN'} u ON s.k = u.k;`,
    ask: 'SELECT id, v, y, ROWTIME FROM @;',
    expected: (inputs) =>
      streamTable(inputs, isLeft).map(([s, u]) => [
        s.key,
        num(s.value!, 'v'),
        u === undefined ? null : num(u, 'y'),
        s.time,
      ]),
  };
}

export const SHAPES: readonly Shape[] = [
  {
    name: 'filter and projection',
    create: `CREATE STREAM @ AS SELECT k, v * 2 AS a, UCASE(g) AS b FROM s WHERE v > 3;`,
    ask: 'SELECT k, a, b, ROWTIME FROM @;',
    expected: (inputs) =>
      of(inputs, 's')
        .filter((i) => (num(i.value!, 'v') ?? 0) > 3)
        .map((i) => [i.key, num(i.value!, 'v')! * 2, (i.value!['g'] as string | null)?.toUpperCase() ?? null, i.time]),
  },
  {
    name: 'groups at the end of a chain of queries',
    create: `CREATE STREAM @_a AS SELECT k, v FROM s;
CREATE STREAM @_b AS SELECT k, v FROM @_a PARTITION BY v;
CREATE STREAM @_c AS SELECT v, k FROM @_b PARTITION BY k;
CREATE TABLE @ AS SELECT k, COUNT(*) AS n, SUM(v) AS sm FROM @_c GROUP BY k;`,
    ask: 'SELECT k, n, sm FROM @;',
    expected: (inputs) =>
      [...groups(of(inputs, 's'), (i) => [i.key])].map(([key, members]) => {
        const { n, sum } = numbersOf(members.map((m) => num(m.value!, 'v')));
        return [key, n, sum];
      }),
  },
  {
    name: 'partition by, and explode',
    create: `CREATE STREAM @ AS SELECT v, k, EXPLODE(ARRAY[k, k + 1]) AS e FROM s WHERE v >= 0 PARTITION BY v;`,
    ask: 'SELECT v, k, e FROM @;',
    expected: (inputs) =>
      of(inputs, 's')
        .filter((i) => (num(i.value!, 'v') ?? -1) >= 0)
        .flatMap((i) => [0, 1].map((more) => [num(i.value!, 'v'), i.key, i.key + more])),
  },
  {
    name: 'aggregates by a column',
    create: 'CREATE TABLE @ AS SELECT g, COUNT(*) AS n, SUM(v) AS sm, MIN(v) AS mn, MAX(v) AS mx FROM s GROUP BY g;',
    ask: 'SELECT g, n, sm, mn, mx FROM @;',
    expected: (inputs) =>
      [...groups(of(inputs, 's'), (i) => (i.value!['g'] === null ? [] : [i.value!['g'] as string]))].map(
        ([g, members]) => {
          const { n, sum, min, max } = numbersOf(members.map((m) => num(m.value!, 'v')));
          return [g, n, sum, min, max];
        },
      ),
  },
  {
    name: 'a list by key, and HAVING',
    create: 'CREATE TABLE @ AS SELECT k, COLLECT_LIST(v) AS l, COUNT(v) AS n FROM s GROUP BY k HAVING COUNT(v) > 1;',
    ask: 'SELECT k, l, n FROM @;',
    expected: (inputs) =>
      [...groups(of(inputs, 's'), (i) => [i.key])].flatMap(([key, members]) => {
        const values = members.map((m) => num(m.value!, 'v'));
        const n = values.filter((v) => v !== null).length;
        return n > 1 ? [[key, values, n]] : [];
      }),
  },
  {
    name: 'tumbling windows',
    create: `CREATE TABLE @ AS SELECT k, COUNT(*) AS n, SUM(v) AS sm FROM s WINDOW TUMBLING (SIZE 10 SECONDS, RETENTION 200 HOURS, ${GRACE}) GROUP BY k;`,
    ask: 'SELECT k, WINDOWSTART, n, sm FROM @;',
    expected: (inputs) => windowRows(windowed(inputs, tumbling)),
  },
  {
    name: 'hopping windows',
    create: `CREATE TABLE @ AS SELECT k, COUNT(*) AS n, SUM(v) AS sm FROM s WINDOW HOPPING (SIZE 10 SECONDS, ADVANCE BY 4 SECONDS, RETENTION 200 HOURS, ${GRACE}) GROUP BY k;`,
    ask: 'SELECT k, WINDOWSTART, n, sm FROM @;',
    expected: (inputs) => windowRows(windowed(inputs, hopping)),
  },
  {
    name: 'session windows',
    create: `CREATE TABLE @ AS SELECT k, COUNT(*) AS n FROM s WINDOW SESSION (3 SECONDS, RETENTION 200 HOURS, ${GRACE}) GROUP BY k;`,
    ask: 'SELECT k, WINDOWSTART, WINDOWEND, n FROM @;',
    expected: sessions,
  },
  {
    name: 'final results of windows',
    create: `CREATE TABLE @ WITH (kafka_topic='@') AS SELECT k, COUNT(*) AS n, SUM(v) AS sm FROM s WINDOW TUMBLING (SIZE 10 SECONDS, ${GRACE}) GROUP BY k EMIT FINAL;
CREATE STREAM @_log (k INT KEY, n BIGINT, sm INT) WITH (kafka_topic='@', value_format='JSON', window_type='TUMBLING', window_size='10 SECONDS');`,
    // The emitted records are compared, each result once, not the final state.
    ask: 'SELECT k, WINDOWSTART, n, sm FROM @_log;',
    expected: (inputs) =>
      windowRows(
        windowed(
          inputs.filter((i) => i.time < END_MS),
          tumbling,
        ),
      ),
  },
  {
    name: 'groups of a table',
    create: 'CREATE TABLE @ AS SELECT f, COUNT(*) AS n, SUM(x) AS sm FROM t GROUP BY f;',
    isLeftOver: (row) => row[1] === 0,
    ask: 'SELECT f, n, sm FROM @;',
    expected(inputs) {
      const seen = new Set(
        of(inputs, 't').flatMap((i) => (i.value === null || i.value['f'] === null ? [] : [num(i.value, 'f')!])),
      );
      const rows = [...tableOf(inputs, 't').values()];
      return [...seen].map((f) => {
        const { n, sum } = numbersOf(rows.filter((row) => row['f'] === f).map((row) => num(row, 'x')));
        return [f, n, sum];
      });
    },
  },
  {
    name: 'a filtered table',
    create: 'CREATE TABLE @ AS SELECT k, x + 1 AS x1 FROM t WHERE x > 3;',
    ask: 'SELECT k, x1 FROM @;',
    expected: (inputs) =>
      [...tableOf(inputs, 't')]
        .filter(([, row]) => (num(row, 'x') ?? 0) > 3)
        .map(([key, row]) => [key, num(row, 'x')! + 1]),
  },
  ...(['JOIN', 'LEFT JOIN', 'RIGHT JOIN', 'FULL OUTER JOIN'] as const).map(tableTable),
  ...(['JOIN', 'LEFT JOIN'] as const).map(foreignKey),
  ...(['JOIN', 'LEFT JOIN'] as const).flatMap((first) =>
    (['JOIN', 'LEFT JOIN'] as const).flatMap((second) =>
      (['t', 'u'] as const).map((by) => threeTables(first, second, by)),
    ),
  ),
  ...(['JOIN', 'LEFT JOIN', 'RIGHT JOIN', 'FULL OUTER JOIN'] as const).map(streamStream),
  afterStreamTable(false),
  afterStreamTable(true),
  {
    name: 'groups of a stream-table join',
    needsOrder: true,
    create: 'CREATE TABLE @ AS SELECT u.y, COUNT(*) AS n, SUM(s.v) AS sm FROM s LEFT JOIN u ON s.k = u.k GROUP BY u.y;',
    ask: 'SELECT y, n, sm FROM @;',
    expected(inputs) {
      const found = new Map<number, (number | null)[]>();
      for (const [s, u] of streamTable(inputs, true)) {
        const y = u === undefined ? null : num(u, 'y');
        if (y !== null) found.set(y, [...(found.get(y) ?? []), num(s.value!, 'v')]);
      }
      return [...found].map(([y, values]) => {
        const { n, sum } = numbersOf(values);
        return [y, n, sum];
      });
    },
  },
  {
    name: 'a join of a stream with an aggregate of a joined table',
    create: 'CREATE TABLE @ AS SELECT u.y, COUNT(*) AS n FROM t JOIN u ON t.f = u.k GROUP BY u.y;',
    isLeftOver: (row) => row[1] === 0,
    ask: 'SELECT y, n FROM @ WHERE n > 0;',
    expected(inputs) {
      const right = tableOf(inputs, 'u');
      const found = new Map<number, number>();
      for (const row of tableOf(inputs, 't').values()) {
        const u = num(row, 'f') === null ? undefined : right.get(num(row, 'f')!);
        const y = u === undefined ? null : num(u, 'y');
        if (y !== null) found.set(y, (found.get(y) ?? 0) + 1);
      }
      return [...found];
    },
  },
  ...WRITTEN_ANEW,
];
