import { createServer, type Server } from 'node:http';
import type { AddressInfo } from 'node:net';
import { describe, expect, test } from 'vitest';
import { ClientError } from './client-error.ts';
import { SluiceClient } from './sluice-client.ts';
import { linesOf, type Transport, type TransportRequest } from './transport.ts';
import { valueLiteral } from './values.ts';
import { ExactNumber } from '../wire/row-json.ts';

interface Sent extends TransportRequest {
  readonly json: Readonly<Record<string, unknown>>;
}

function clientOf(
  answer: (sent: Sent) => { readonly status?: number; readonly pieces: readonly string[] },
  url = 'http://h:1',
): { readonly client: SluiceClient; readonly sent: Sent[] } {
  const sent: Sent[] = [];
  const transport: Transport = {
    request: async (request) => {
      await Promise.resolve();
      const json = typeof request.body === 'string' ? (JSON.parse(request.body) as Record<string, unknown>) : {};
      sent.push({ ...request, json });
      const { status = 200, pieces } = answer(sent.at(-1)!);
      return {
        status,
        body: (async function* () {
          for (const piece of pieces) {
            await Promise.resolve();
            if (request.signal?.aborted === true) throw new ClientError(0, { code: 'CANCELLED', message: 'x' });
            yield piece;
          }
        })(),
      };
    },
  };
  return { client: new SluiceClient({ url, transport }), sent };
}

const HEAD = '{"queryId":"q1","columnNames":["A","D"],"columnTypes":["BIGINT","DECIMAL(4, 2)"]}\n';

describe('statements', () => {
  test('later ones wait for the commands of earlier ones', async () => {
    const { client, sent } = clientOf(() => ({ pieces: ['[{"@type":"currentStatus","commandSequenceNumber":7}]'] }));
    await client.execute('A;', { properties: { p: 1 }, variables: { v: 'x' } });
    await client.execute('B;');
    expect(sent[0]!.json).toEqual({ ksql: 'A;', streamsProperties: { p: 1 }, sessionVariables: { v: 'x' } });
    expect(sent[1]!.json['commandSequenceNumber']).toBe(7);
  });

  test('errors carry code, place and hint', async () => {
    const body = {
      '@type': 'statement_error',
      error_code: 40001,
      code: 'SYNTAX',
      message: 'm',
      line: 2,
      column: 3,
      hint: 'h',
      statementText: 's',
    };
    const { client } = clientOf(() => ({ status: 400, pieces: [JSON.stringify(body)] }));
    await expect(client.execute('x')).rejects.toMatchObject({
      name: 'ClientError',
      status: 400,
      errorCode: 40001,
      code: 'SYNTAX',
      message: 'm',
      line: 2,
      column: 3,
      hint: 'h',
      statementText: 's',
    });
  });

  test('what is no JSON is an error with its text', async () => {
    const { client } = clientOf(() => ({ status: 404, pieces: ['Not ', 'Found'] }));
    await expect(client.info()).rejects.toMatchObject({
      status: 404,
      message: 'Not Found',
      hint: expect.stringContaining('another server'),
    });
  });

  test('credentials of the URL become a header, and leave the URL', async () => {
    const { client, sent } = clientOf(() => ({ pieces: ['{"KsqlServerInfo":{}}'] }), 'http://me:p%40w@h:1/base/');
    await client.info();
    expect(client.url).toBe('http://h:1/base');
    expect(sent[0]).toMatchObject({
      url: 'http://h:1/base/info',
      headers: { Authorization: `Basic ${btoa('me:p@w')}` },
    });
  });

  test('a command id is encoded part by part', async () => {
    const { client, sent } = clientOf(() => ({ pieces: ['{"status":"SUCCESS","message":"","queryId":null}'] }));
    await client.status('stream/`A/B`/create');
    expect(sent[0]!.url).toBe('http://h:1/status/stream/%60A/B%60/create');
  });

  test('no server: which one, and what to do', async () => {
    await expect(new SluiceClient({ url: 'http://127.0.0.1:1' }).info()).rejects.toMatchObject({
      code: 'UNREACHABLE',
      message: expect.stringContaining('http://127.0.0.1:1') as string,
    });
  });
});

test.each([301, 302, 303, 307, 308])(
  'a redirect (%i) is told and not followed: nothing goes to another host',
  async (status) => {
    const asked: string[] = [];
    const other = createServer((request, response) => {
      asked.push(request.url ?? '');
      response.end('{}');
    });
    const portOf = async (server: Server): Promise<number> => {
      await new Promise<void>((done) => server.listen(0, '127.0.0.1', done));
      return (server.address() as AddressInfo).port;
    };
    const elsewhere = `127.0.0.1:${await portOf(other)}`;
    const first = createServer(
      (_, response) => void response.writeHead(status, { location: `http://${elsewhere}/ksql` }).end(),
    );
    try {
      const client = new SluiceClient({ url: `http://127.0.0.1:${await portOf(first)}`, token: 'hush' });
      for (const request of [client.info(), client.execute("CREATE SECRET s WITH ('a'='hush');")])
        await expect(request).rejects.toMatchObject({
          code: 'UNREACHABLE',
          message: expect.stringContaining(`redirects to ${elsewhere} (HTTP ${status})`) as string,
          hint: expect.stringContaining(`http://${elsewhere}`) as string,
        });
      expect(asked).toEqual([]);
    } finally {
      for (const server of [first, other]) {
        server.closeAllConnections();
        server.close();
      }
    }
  },
);

describe('rows', () => {
  test('arrive in whatever pieces, without loss', async () => {
    const { client } = clientOf(() => ({
      pieces: [HEAD.slice(0, 20), `${HEAD.slice(20)}[90071992`, '54740993,1.50]\n\n', '[1,null]'],
    }));
    const rows = await client.pullQuery('SELECT 1;');
    expect(rows.map((r) => [r['A'], String(r['D'])])).toEqual([
      [9007199254740993n, '1.50'],
      [1, 'null'],
    ]);
  });

  test('columns are known before the first row, cancel ends the loop and the request', async () => {
    const { client, sent } = clientOf(() => ({ pieces: [HEAD, '[1,2]\n', '[3,4]\n', '[5,6]\n'] }));
    const stream = await client.streamQuery('SELECT * FROM s EMIT CHANGES;');
    expect([stream.queryId, stream.columnNames]).toEqual(['q1', ['A', 'D']]);
    const seen: unknown[] = [];
    for await (const [a] of stream) {
      seen.push(a);
      if (a === 3) stream.cancel();
    }
    expect(seen).toEqual([1, 3]);
    expect(sent[0]!.signal?.aborted).toBe(true);
  });

  test('leaving the loop ends the request', async () => {
    const { client, sent } = clientOf(() => ({ pieces: [HEAD, '[1,2]\n', '[3,4]\n'] }));
    for await (const _ of await client.streamQuery('SELECT 1;')) break;
    expect(sent[0]!.signal?.aborted).toBe(true);
  });

  test('rows before an error in the middle are given', async () => {
    const { client } = clientOf(() => ({
      pieces: [HEAD, '[1,2]\n{"@type":"generic_error","error_code":50000,"message":"broke"}\n'],
    }));
    const seen: unknown[] = [];
    const read = async (): Promise<void> => {
      for await (const row of await client.streamQuery('SELECT 1;')) seen.push(row[0]);
    };
    await expect(read()).rejects.toMatchObject({ message: 'broke', errorCode: 50000 });
    expect(seen).toEqual([1]);
  });

  test('PRINT gives lines, and its errors are errors', async () => {
    const { client } = clientOf(() => ({
      pieces: ['Key format: ', 'JSON\nrowtime: x\n{"@type":"generic_error","error_code":50000,"message":"broke"}'],
    }));
    const lines: string[] = [];
    const read = async (): Promise<void> => {
      for await (const line of client.print('PRINT t;')) lines.push(line);
    };
    await expect(read()).rejects.toThrow('broke');
    expect(lines).toEqual(['Key format: JSON', 'rowtime: x']);
  });
});

describe('inserts', () => {
  test('literals', () => {
    expect(valueLiteral({ a: [1, "x'y"], 'b`c': null, d: 2n ** 60n, e: new ExactNumber('1.50'), f: true })).toBe(
      "STRUCT(`a` := ARRAY[1, 'x''y'], `b``c` := NULL, `d` := 1152921504606846976, `e` := 1.50, `f` := true)",
    );
    expect(() => valueLiteral(Number.NaN)).toThrow(RangeError);
  });

  test('one row is a statement', async () => {
    const { client, sent } = clientOf(() => ({ pieces: ['[]'] }));
    await client.insertInto('s', { a: 1, b: "it's" });
    expect(sent[0]!.json['ksql']).toBe("INSERT INTO s (a, b) VALUES (1, 'it''s');");
  });
});

test('lines of a text in pieces', async () => {
  async function* body(): AsyncGenerator<string> {
    yield 'a\nb';
    yield 'c\n';
    yield '\n\nd';
  }
  const batches: string[][] = [];
  for await (const batch of linesOf(body())) batches.push(batch);
  expect(batches).toEqual([['a'], ['bc'], ['d']]);
});
