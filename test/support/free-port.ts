import { createServer } from 'node:net';

/**
 * Below the range of ports for outgoing connections (Linux: from 32768, RFC 6335: from 49152). A port of that range may
 * be taken by any connection between the choice and the server's start, or between two starts of one server.
 */
const [FIRST, LAST] = [10_000, 32_000];

const given = new Set<number>();

/** A TCP port on which no process listens at this moment, on any address. A process receives each port once. */
export async function freePort(): Promise<number> {
  for (;;) {
    const port = FIRST + Math.floor(Math.random() * (LAST - FIRST));
    if (given.has(port) || !(await isFree(port))) continue;
    given.add(port);
    return port;
  }
}

function isFree(port: number): Promise<boolean> {
  return new Promise((resolve) => {
    const probe = createServer();
    probe.once('error', () => resolve(false));
    probe.listen(port, () => probe.close(() => resolve(true)));
  });
}
