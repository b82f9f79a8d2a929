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

/** A body of so many bytes takes no more than its connection does, and is not counted: most are of some hundred. */
const SMALL = 4096;

/**
 * The body of a request; undefined: it has more than `most` bytes. A client reads the answer once it has sent all: what
 * comes beyond them is dropped meanwhile, up to a point. Rejects when the client goes before all of it is here, and,
 * once it has sent all, with MEMORY_FULL where what `hold` answers has no room for it; it is called once, and not for a
 * small body.
 */
export function readBody(body: BodyStream, most: number, hold: () => MemoryShare): Promise<Buffer | undefined> {
  // By its events: what an iterator of the stream costs is half of what an answer does.
  return new Promise((resolve, reject) => {
    const parts: Buffer[] = [];
    let size = 0;
    let held: MemoryShare | undefined;
    let isRead = false;
    let refused: unknown;
    const fits = (): boolean => {
      if (size > most || refused !== undefined) return false;
      if (size <= SMALL) return true;
      try {
        held ??= hold();
        held.take(size - held.bytes, 'the body of a request');
        return true;
      } catch (error) {
        refused = error;
        held?.close();
        return false;
      }
    };
    body.on('data', (part: Buffer) => {
      size += part.length;
      if (fits()) parts.push(part);
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
