import { createServer } from 'node:http';
import type { AddressInfo } from 'node:net';
import { gzipSync } from 'node:zlib';
import { expect, test } from 'vitest';
import { SILENT_LOGGER } from '../../../base/env.ts';
import { nodeEnv } from '../../../host/node-env.ts';
import type { Config } from '../../api/config-spec.ts';
import { ConnectError } from '../../api/errors.ts';
import { HttpClient } from './http-client.ts';

test.each([undefined, 1000])(
  'an answer that is decompressed without an end is an error (%s bytes kept)',
  async (kept) => {
    const bomb = gzipSync(Buffer.alloc(65 << 20));
    const server = createServer((_, answer) => answer.setHeader('content-encoding', 'gzip').end(bomb));
    await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve));
    const { port } = server.address() as AddressInfo;
    const client = new HttpClient({
      env: nodeEnv(SILENT_LOGGER),
      connectMs: 60_000,
      readMs: 60_000,
      maxSockets: 1,
      idleMs: 1000,
      tls: {} as Config,
      answerBytes: kept,
    });
    const target = { secure: false, host: '127.0.0.1', port, name: 'the service' };
    const failed: unknown = await client
      .exchange(target, { method: 'GET', path: '/', headers: {} })
      .catch((error: unknown) => error);
    expect(failed).toEqual(new ConnectError('the service answers with more than 64 MB'));
    client.close();
    server.close();
  },
);
