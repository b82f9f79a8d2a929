import type { ServerHttp2Session } from 'node:http2';
import type { Socket } from 'node:net';
import type { Timers } from '../base/env.ts';

/** How often a connection is looked at, in ms. */
const LOOK_MS = 60_000;

/**
 * Closes an HTTP/2 connection on which nothing happens and whose PING is not answered. After some errors of a client, a
 * header block that cannot be decoded or data on a stream that it never opened, Node sends GOAWAY, reads nothing more,
 * and leaves the connection open for ever, even when the client has closed it, where RFC 9113 section 5.4.1 asks for
 * its end. A client whose machine has gone is found like this as well.
 */
export function closeWhenDead(session: ServerHttp2Session, socket: Socket, timers: Timers): void {
  let isAsked = false;
  let bytes = -1;
  let cancel = (): void => undefined;
  const look = (): void => {
    if (session.destroyed) return;
    const now = socket.bytesRead + socket.bytesWritten;
    // A client that reads slowly receives the PING late, but meanwhile something is written.
    if (isAsked && now === bytes) {
      socket.destroy();
      return;
    }
    bytes = now;
    if (!isAsked) isAsked = session.ping(() => (isAsked = false));
    cancel = timers.after(LOOK_MS, look);
  };
  cancel = timers.after(LOOK_MS, look);
  session.once('close', () => cancel());
}
