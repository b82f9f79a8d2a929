import { describe, expect, test } from 'vitest';
import { SluiceClient } from '../client/sluice-client.ts';
import { liveKeys } from './live-keys.ts';
import { ConsoleSession } from './session.ts';
import { FakeServer } from './testing/fake-server.ts';

const source = (type: string, keys: readonly string[], windowType?: string) => ({
  sourceDescription: { type, windowType, fields: [...keys.map((name) => ({ name, type: 'KEY' })), { name: 'V' }] },
});
const SOURCES: Readonly<Record<string, unknown>> = {
  'DESCRIBE t;': source('TABLE', ['ID']),
  'DESCRIBE u;': source('TABLE', ['ID']),
  'DESCRIBE pair;': source('TABLE', ['A', 'B']),
  'DESCRIBE per_hour;': source('TABLE', ['ID'], 'TUMBLING'),
  'DESCRIBE s;': source('STREAM', ['ID']),
  'DESCRIBE FUNCTION COUNT;': { type: 'AGGREGATE' },
  'DESCRIBE FUNCTION LCASE;': { type: 'SCALAR' },
};

describe('what tells the rows of a live table apart', () => {
  test.each([
    ['SELECT * FROM t EMIT CHANGES;', [['ID']]],
    ['SELECT id AS n, v FROM t EMIT CHANGES;', [['N']]],
    ['SELECT v FROM t EMIT CHANGES;', [[]]],
    ['SELECT * FROM pair EMIT CHANGES;', [['A'], ['B']]],
    ['SELECT * FROM per_hour EMIT CHANGES;', [['ID'], ['WINDOWSTART']]],
    ['SELECT * FROM s EMIT CHANGES;', undefined],
    ['SELECT v, COUNT(*) FROM s GROUP BY v EMIT CHANGES;', [['V']]],
    ['SELECT v + 1, COUNT(*) FROM s GROUP BY v + 1 EMIT CHANGES;', [[]]],
    // Without GROUP BY an aggregate has one row.
    ['SELECT COUNT(*) FROM s EMIT CHANGES;', []],
    ['SELECT COUNT(*) + 1 FROM t EMIT CHANGES;', []],
    ['SELECT LCASE(v) FROM s EMIT CHANGES;', undefined],
    // Joined tables: the key of the first table, or the columns equal to it.
    ['SELECT * FROM t JOIN u ON t.id = u.id EMIT CHANGES;', [['T_ID', 'ID', 'U_ID', 'ID']]],
    ['SELECT a.id, b.v FROM t a JOIN u b ON a.id = b.id EMIT CHANGES;', [['A_ID', 'ID']]],
    ['SELECT b.id AS x, b.v FROM t a FULL OUTER JOIN u b ON a.id = b.id EMIT CHANGES;', [['X']]],
    // A foreign-key join: the key of the other table is not a key of the result.
    ['SELECT b.id, a.v FROM t a JOIN u b ON a.v = b.id EMIT CHANGES;', [[]]],
    ['SELECT a.id AS i, b.id FROM t a LEFT JOIN u b ON a.v = b.id EMIT CHANGES;', [['I']]],
    // A join with a stream is a stream.
    ['SELECT s.id, t.v FROM s JOIN t ON s.id = t.id EMIT CHANGES;', undefined],
  ] as const)('%s', async (text, expected) => {
    const server = new FakeServer((request) => ({ body: [SOURCES[request.text] ?? {}] }));
    const session = new ConsoleSession(new SluiceClient({ transport: server }), 'table');
    expect(await liveKeys(text, session, new AbortController().signal)).toEqual(expected);
  });
});
