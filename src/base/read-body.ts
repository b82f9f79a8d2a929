import type { MemoryShare } from './budget/memory.ts';

/** What is read of a request of Node's http or http2. */
interface BodyStream {
  on(event: 'data', listener: (part: Buffer) => void): unknown;
  once(event: 'end' | 'close', listener: () => void): unknown;
  once(event: 'error', listener: (error: Error) => void): unknown;
  destroy(): unknown;
}

/** How much is read of a request that is too large, in bytes, before its connection is cut. */
const DROPPED = 64 << 20;

/**
 * The body of a request; undefined: it has more than `most` bytes. A client reads the answer once it has sent all: what
 * comes beyond them is dropped meanwhile, up to a point. Rejects when the client goes before all of it is here, and,
 * once it has sent all, with MEMORY_FULL where `held` has no room for it.
 */
export function readBody(body: BodyStream, most: number, held: MemoryShare): Promise<Buffer | undefined> {
  // By its events: what an iterator of the stream costs is half of what an answer does.
  return new Promise((resolve, reject) => {
    const parts: Buffer[] = [];
    let size = 0;
    let isRead = false;
    let refused: unknown;
    const fits = (bytes: number): boolean => {
      if (size > most || refused !== undefined) return false;
      try {
        held.take(bytes, 'the body of a request');
        return true;
      } catch (error) {
        refused = error;
        held.close();
        return false;
      }
    };
    body.on('data', (part: Buffer) => {
      size += part.length;
      if (fits(part.length)) parts.push(part);
      else if (size <= most + DROPPED) parts.length = 0;
      else {
        isRead = true;
        body.destroy();
        if (refused === undefined) resolve(undefined);
        else reject(refused as Error);
      }
    });
    body.once('end', () => {
      isRead = true;
      if (refused !== undefined) return reject(refused as Error);
      const [first] = parts;
      resolve(size > most ? undefined : first !== undefined && parts.length === 1 ? first : Buffer.concat(parts));
    });
    body.once('error', reject);
    body.once('close', () => {
      if (!isRead) reject(new Error('The client has gone before its request was here'));
    });
  });
}
