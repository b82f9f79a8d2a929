import { connect } from 'node:tls';
import { createServer, type AddressInfo } from 'node:net';
import { expect, test } from 'vitest';
import { hasHello } from './hello.ts';

/** What Node's TLS client sends first. */
async function clientHello(): Promise<Buffer> {
  return await new Promise((resolve) => {
    const server = createServer((socket) =>
      socket.once('data', (bytes) => {
        resolve(bytes);
        socket.destroy();
        server.close();
      }),
    );
    server.listen(0, '127.0.0.1', () => {
      const { port } = server.address() as AddressInfo;
      connect({ port, host: '127.0.0.1' }).on('error', () => undefined);
    });
  });
}

/** The same message in records of so many bytes (RFC 8446 section 5.1 permits it). */
function inRecords(hello: Buffer, size: number): Buffer {
  const parts: Buffer[] = [];
  for (let at = 5; at < hello.length; at += size) {
    const part = hello.subarray(at, at + size);
    parts.push(Buffer.from([22, 3, 1, part.length >> 8, part.length & 255]), part);
  }
  return Buffer.concat(parts);
}

test('a hello is whole with its last byte, in however many records', async () => {
  const hello = await clientHello();
  for (const sent of [hello, inRecords(hello, 100), inRecords(hello, 2)]) {
    for (let length = 0; length < sent.length; length++)
      expect(`${length} ${hasHello(sent.subarray(0, length))}`).toBe(`${length} so far`);
    expect(hasHello(sent)).toBe('yes');
    expect(hasHello(Buffer.concat([sent, Buffer.from('more')]))).toBe('yes');
  }
});

test.each([
  ['clear text', Buffer.from('GET / HTTP/1.1\r\n')],
  ['an alert', Buffer.from([21, 3, 1, 0, 2, 1, 0])],
  ['another message', Buffer.from([22, 3, 1, 0, 4, 2, 0, 0, 0])],
  ['an empty record', Buffer.from([22, 3, 1, 0, 0])],
  ['a record of another type within the message', Buffer.from([22, 3, 1, 0, 4, 1, 0, 0, 9, 23])],
  ['a message of 16 MB', Buffer.from([22, 3, 1, 0, 4, 1, 255, 255, 255])],
])('%s is no hello', (_name, bytes) => {
  expect(hasHello(bytes)).toBe('no');
});
