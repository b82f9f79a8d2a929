import { createServer as createHttp1, type IncomingMessage, type ServerResponse } from 'node:http';
import {
  createServer as createHttp2,
  type Http2ServerRequest,
  type Http2ServerResponse,
  type ServerHttp2Session,
} from 'node:http2';
import { createServer as createTcp, type AddressInfo, type Socket } from 'node:net';

/** Requests and answers of both versions: Node's compatibility API gives HTTP/2 streams the shape of HTTP/1.1. */
export type HttpRequest = IncomingMessage | Http2ServerRequest;
export type HttpResponse = ServerResponse | Http2ServerResponse;
/** May throw or reject: the listener answers 500 where nothing was sent yet, and cuts the answer where something was. */
export type HttpHandler = (request: HttpRequest, response: HttpResponse) => void | Promise<void>;

export interface Listener {
  readonly port: number;
  readonly host: string;
  close(): Promise<void>;
}

const HTTP2_PREFACE = Buffer.from('PRI * HTTP/2.0\r\n\r\nSM\r\n\r\n');

/**
 * One port for HTTP/1.1 and clear-text HTTP/2 (prior knowledge, RFC 9113 section 3.3): the first bytes of a connection tell which.
 * An `Upgrade: h2c` header is ignored, as RFC 9110 section 7.8 permits: such clients are answered on HTTP/1.1.
 * Nothing that a client sends ends the process: `onFault` is told what a handler threw.
 */
export async function listen(
  host: string,
  port: number,
  handler: HttpHandler,
  onFault: (error: unknown) => void,
): Promise<Listener> {
  const guarded = guard(handler, onFault);
  const sockets = new Set<Socket>();
  const sessions = new Set<ServerHttp2Session>();
  const http1 = createHttp1({ keepAliveTimeout: 65_000 }, guarded);
  const http2 = createHttp2({}, guarded);
  http2.on('session', (session) => {
    sessions.add(session);
    session.on('close', () => sessions.delete(session));
    session.on('error', () => session.destroy());
  });
  http1.on('clientError', (_error, socket) => {
    if (socket.writable) socket.end('HTTP/1.1 400 Bad Request\r\nConnection: close\r\n\r\n');
  });
  const tcp = createTcp({ noDelay: true }, (socket) => {
    sockets.add(socket);
    socket.on('close', () => sockets.delete(socket));
    socket.on('error', () => socket.destroy());
    let seen: Buffer = Buffer.alloc(0);
    const sniff = (chunk: Buffer): void => {
      seen = seen.length === 0 ? chunk : Buffer.concat([seen, chunk]);
      const prefix = Math.min(seen.length, HTTP2_PREFACE.length);
      const maybeHttp2 = seen.subarray(0, prefix).equals(HTTP2_PREFACE.subarray(0, prefix));
      // "PRI" is no HTTP/1.1 method, so three bytes would do; the whole preface keeps a stray "P" from being taken for either.
      if (maybeHttp2 && prefix < HTTP2_PREFACE.length) return;
      socket.off('data', sniff);
      socket.pause();
      socket.unshift(seen);
      (maybeHttp2 ? http2 : http1).emit('connection', socket);
      if (!maybeHttp2) socket.resume();
    };
    socket.on('data', sniff);
  });
  await new Promise<void>((resolve, reject) => {
    tcp.once('error', reject);
    tcp.listen(port, host, () => {
      tcp.off('error', reject);
      resolve();
    });
  });
  const address = tcp.address() as AddressInfo;
  return {
    host,
    port: address.port,
    async close() {
      const closed = new Promise<void>((resolve) => {
        tcp.close(() => resolve());
      });
      for (const session of sessions) session.close();
      http1.closeIdleConnections();
      for (const socket of sockets) socket.destroy();
      await closed;
    },
  };
}

/** The outermost handler of a request: what goes wrong in it harms no other request. */
function guard(
  handler: HttpHandler,
  onFault: (error: unknown) => void,
): (request: HttpRequest, response: HttpResponse) => void {
  return (request, response) => {
    // A client that has gone is no error of ours; without listeners Node would end the process over a late write.
    request.on('error', () => undefined);
    response.on('error', () => undefined);
    const failed = (error: unknown): void => {
      onFault(error);
      try {
        refuse(response);
      } catch {
        (response as { destroy?(): void }).destroy?.();
      }
    };
    try {
      handler(request, response)?.catch(failed);
    } catch (error) {
      failed(error);
    }
  };
}

function refuse(response: HttpResponse): void {
  const out = response as ServerResponse;
  if (out.headersSent) {
    out.destroy();
    return;
  }
  out.statusCode = 500;
  out.setHeader('content-type', 'application/json');
  out.end(
    Buffer.from(
      '{"@type":"generic_error","error_code":50000,"message":"The request failed; the server’s log has why"}',
    ),
  );
}
