import { createServer } from 'node:http';
import type { AddressInfo } from 'node:net';
import { expect, test } from 'vitest';
import { httpSender } from './http-send.ts';

test('an answer without an end is cut off', async () => {
  const megabyte = Buffer.alloc(1 << 20, ' ');
  let sent = 0;
  const server = createServer((_, answer) => {
    const more = (): void => {
      while (!answer.destroyed && sent < 500 << 20) {
        sent += megabyte.length;
        if (!answer.write(megabyte)) return void answer.once('drain', more);
      }
    };
    more();
  });
  await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve));
  const { port } = server.address() as AddressInfo;
  const asked = httpSender()({ method: 'GET', url: `http://127.0.0.1:${port}/`, headers: {}, timeoutMs: 60_000 });
  await expect(asked).rejects.toThrow('The answer has more than 64 MB');
  expect(sent).toBeLessThan(200 << 20);
  server.close();
});
