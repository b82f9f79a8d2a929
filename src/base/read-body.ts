import type { MemoryShare } from './budget/memory.ts';

/** The part of an http or http2 request that is needed to read its body. */
interface BodyStream {
  on(event: 'data', listener: (part: Buffer) => void): unknown;
  once(event: 'end' | 'close', listener: () => void): unknown;
  once(event: 'error', listener: (error: Error) => void): unknown;
  destroy(): unknown;
}

/**
 * The client disconnected, or reset its HTTP/2 stream, before all of its request was here: nobody's fault but its own.
 */
export class ClientGoneError extends Error {
  constructor() {
    super('The client has gone before its request was here');
  }
}

/** Bytes that are read and dropped of a request that is too large, before its connection is cut. */
const DROPPED = 64 << 20;

/**
 * A body up to this size needs no more memory than its connection and is not counted. Most bodies have some hundred
 * bytes.
 */
const SMALL = 4096;

/**
 * Reads the body of a request; undefined when it exceeds `most` bytes. Clients read the answer only after they have
 * sent everything, so the rest is read and dropped, up to a limit. Rejects with ClientGoneError when the client
 * disconnects too early, and with MEMORY_FULL, after the whole body has been sent, when the share from `hold` has no
 * room. `hold` is called once, and not for a small body.
 */
export function readBody(body: BodyStream, most: number, hold: () => MemoryShare): Promise<Buffer | undefined> {
  // Reads by events: an iterator over the stream would cost half as much as an answer.
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
      if (!isRead) reject(new ClientGoneError());
    });
  });
}
