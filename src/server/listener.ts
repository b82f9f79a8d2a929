import type { Env } from '../base/env.ts';
import { ERRORS } from '../base/errors.ts';
import type { Caller } from '../base/rights.ts';
import { createServer as createHttp1, type IncomingMessage, type ServerResponse } from 'node:http';
import {
  createServer as createHttp2,
  type Http2ServerRequest,
  type Http2ServerResponse,
  type Http2Session,
  type ServerHttp2Session,
} from 'node:http2';
import { createServer as createTcp, type AddressInfo, type Server, type Socket } from 'node:net';
import type { Duplex } from 'node:stream';
import { createServer as createTls, type TlsOptions } from 'node:tls';
import { closeWhenDead } from './dead-sessions.ts';
import { Floods, isFlood, Resets } from './floods.ts';
import { hasHello } from './hello.ts';
import { paceOf, PacedConnection } from './paced-connection.ts';
import { Places, type Place } from './places.ts';
import { Turns } from './turns.ts';

/** Requests and responses of both versions: Node's compatibility API gives HTTP/2 streams the interface of HTTP/1.1. */
export type HttpRequest = IncomingMessage | Http2ServerRequest;
export type HttpResponse = ServerResponse | Http2ServerResponse;
/**
 * May throw or reject: the listener then responds with 500 if nothing was sent yet, and otherwise cuts the response.
 * @param socket the connection, one for all of its requests
 */
export type HttpHandler = (request: HttpRequest, response: HttpResponse, socket: Socket) => void | Promise<void>;

export interface Listener {
  readonly port: number;
  readonly host: string;
  /** New connections use these certificates; existing ones continue. */
  renewCertificates(tls: TlsOptions): void;
  close(): Promise<void>;
}

/** A handler that receives the caller; `undefined`: not authenticated. */
export type CallerHandler = (
  request: HttpRequest,
  response: HttpResponse,
  caller: Caller | undefined,
) => void | Promise<void>;

/**
 * Takes over a connection whose client requested WebSocket; `head` is what it sent after its request.
 * @param socket knows addresses and certificates; `stream` is what is read and written
 */
export type UpgradeHandler = (request: IncomingMessage, stream: Duplex, head: Buffer, socket: Socket) => void;

/** A handler that receives the caller, like a `CallerHandler`. */
export type CallerUpgradeHandler = (
  request: IncomingMessage,
  stream: Duplex,
  head: Buffer,
  caller: Caller | undefined,
) => void;

export interface ListenOptions {
  /** Called with an error that a handler threw. */
  readonly onFault: (error: unknown) => void;
  /** For paths under /ws/; without it they are handled like others. */
  readonly onUpgrade?: UpgradeHandler | undefined;
  readonly env: Pick<Env, 'clock' | 'timers'>;
  /** How long a client may take to send the headers of its request, in ms. */
  readonly headersTimeoutMs: number;
  /** The most concurrent connections; see `Places` for which one is closed then. */
  readonly maxConnections: number;
  /** The most concurrent connections of one client address. */
  readonly maxConnectionsPerClient: number;
  /**
   * Called occasionally when new connections were closed because all others are in use: of this client, or of all
   * clients.
   */
  readonly onRefused?: (client: string | undefined) => void;
  /** Called when a connection was closed for a flood, with its client: not again while that is remembered. */
  readonly onFlood?: (client: string) => void;
  /** TLS for all connections; absent: clear text. */
  readonly tls?: TlsOptions | undefined;
}

/** What a client may send on a stream, and on a whole connection, before we have read it. */
const STREAM_WINDOW_BYTES = 1 << 20;
const SESSION_WINDOW_BYTES = 4 << 20;
/** The most concurrent requests of one HTTP/2 connection, as in ksqlDB; RFC 9113 section 6.5.2 asks for no fewer. */
const STREAMS_MAX = 100;
/**
 * The most requests of one HTTP/1.1 connection that wait for their answers; with another one it is closed, as RFC 9112
 * section 9.3.2 permits. Node reads up to 64 KB of them before anybody else has a turn.
 */
const PIPELINED_MAX = 100;

/** The shortest interval between reports of refused connections, in ms. */
const TOLD_EVERY_MS = 60_000;

/** Beginning of the first request of a WebSocket client. */
const WEB_SOCKET_START = Buffer.from('GET /ws/');
const HTTP2_PREFACE = Buffer.from('PRI * HTTP/2.0\r\n\r\nSM\r\n\r\n');

/** HTTP versions from which TLS clients may choose (RFC 7301). */
const PROTOCOLS = ['h2', 'http/1.1'];

/**
 * One port for HTTP/1.1 and HTTP/2: with prior knowledge in clear text (RFC 9113 section 3.3), and by ALPN over TLS;
 * the first bytes of a connection decide. An `Upgrade: h2c` header is ignored, as RFC 9110 section 7.8 permits: such
 * clients get HTTP/1.1. Nothing that a client sends ends the process.
 */
export async function listen(
  host: string,
  port: number,
  handler: HttpHandler,
  options: ListenOptions,
): Promise<Listener> {
  const { onFault, onUpgrade, env, headersTimeoutMs, onRefused, onFlood, tls } = options;
  const { clock, timers } = env;
  const guarded = guard(handler, onFault);
  const places = new Places({ max: options.maxConnections, maxPerClient: options.maxConnectionsPerClient });
  const floods = new Floods(clock);
  const pace = paceOf(env);
  const sockets = new Set<Socket>();
  const sessions = new Set<ServerHttp2Session>();
  // Rows may be sent for hours; only the headers have a time limit.
  const patience = {
    headersTimeout: headersTimeoutMs,
    requestTimeout: 0,
    connectionsCheckingInterval: Math.min(30_000, headersTimeoutMs),
  };
  const counted = (request: HttpRequest, response: HttpResponse, socket: Socket, place = places.of(socket)): void => {
    if (place !== undefined) response.once('close', places.begin(place, { request, response }));
    guarded(request, response, socket);
  };
  const flooded = (place: Place | undefined): void => {
    if (place === undefined) return;
    const { name } = place.client;
    if (!floods.has(name)) onFlood?.(name);
    floods.remember(name);
    place.socket.destroy();
  };
  const onHttp1 = (request: IncomingMessage, response: ServerResponse): void => {
    // Its type is that of Node's own connections.
    const stream: Duplex = request.socket;
    const socket = stream instanceof PacedConnection ? stream.socket : request.socket;
    if (stream instanceof PacedConnection) response.once('close', stream.begin(request));
    const place = places.of(socket);
    if (place !== undefined && place.exchanges.size >= PIPELINED_MAX) flooded(place);
    // What was read with the request that was one too many is not looked at.
    if (!stream.destroyed) counted(request, response, socket, place);
  };
  const http1 = createHttp1({ keepAliveTimeout: 65_000, ...patience }, onHttp1);
  // A separate server: one that listens for upgrades takes every request with an Upgrade header, including h2c.
  const webSockets = createHttp1(patience, onHttp1);
  webSockets.on('upgrade', (request, stream, head) => {
    const socket = stream instanceof PacedConnection ? stream.socket : (stream as Socket);
    stream.on('error', () => stream.destroy());
    const place = places.of(socket);
    if (place !== undefined) stream.once('close', places.begin(place, { request }));
    try {
      onUpgrade?.(request, stream, head, socket);
    } catch (error) {
      onFault(error);
      stream.destroy();
    }
  });
  // With Node's 64 KB, a client that sends rows would have to wait after each few hundred.
  const settings = { initialWindowSize: STREAM_WINDOW_BYTES, maxConcurrentStreams: STREAMS_MAX };
  const http2 = createHttp2({ settings }, (request, response) => {
    const { session } = request.stream;
    // A stream that was reset at once has none any more, and nobody waits for an answer.
    const stream = session === undefined ? undefined : streamOf.get(session);
    if (stream === undefined) return;
    stream.paced?.charge();
    counted(request, response, stream.socket);
  });
  /** The connections; `socket` of a session and of its requests are other objects. */
  const streamOf = new WeakMap<
    Http2Session,
    { readonly socket: Socket; readonly paced: PacedConnection | undefined }
  >();
  let starting: Duplex;
  http2.on('session', (session) => {
    const paced = starting instanceof PacedConnection ? starting : undefined;
    const socket = paced?.socket ?? (starting as Socket);
    // Known also when the connection is closed.
    const place = places.of(socket);
    streamOf.set(session, { socket, paced });
    const resets = new Resets();
    const reset = (): void => {
      const isAfterFlood = paced === undefined && place !== undefined && floods.has(place.client.name);
      if (resets.add(clock.monotonicMs(), isAfterFlood)) flooded(place);
    };
    // Those that were reset with the bytes that opened them reach no handler of requests.
    session.prependListener('stream', (stream) => {
      if (stream.destroyed || stream.closed || stream.aborted) reset();
      else stream.once('aborted', reset);
    });
    session.setLocalWindowSize(SESSION_WINDOW_BYTES);
    sessions.add(session);
    session.on('close', () => sessions.delete(session));
    session.on('error', (error) => {
      if (isFlood(error)) flooded(place);
      session.destroy();
    });
    closeWhenDead(session, socket, timers);
  });
  for (const server of [http1, webSockets]) {
    // Node enforces time limits of requests from here on; these servers get their connections from ours and never
    // listen.
    server.emit('listening');
    server.on('clientError', (_error, socket) => {
      if (socket.writable) socket.end('HTTP/1.1 400 Bad Request\r\nConnection: close\r\n\r\n');
    });
  }
  const track = (socket: Socket): void => {
    sockets.add(socket);
    socket.on('close', () => sockets.delete(socket));
  };
  const serve = (socket: Socket): void => {
    track(socket);
    socket.on('error', () => socket.destroy());
    const silent = timers.after(headersTimeoutMs, () => socket.destroy());
    socket.on('close', silent);
    let seen: Buffer = Buffer.alloc(0);
    const sniff = (chunk: Buffer): void => {
      seen = seen.length === 0 ? chunk : Buffer.concat([seen, chunk]);
      // "PRI" is not an HTTP/1.1 method, so three bytes would suffice; checking the whole preface avoids
      // misinterpreting a stray "P".
      const isHttp2 = startsWith(seen, HTTP2_PREFACE);
      const isWebSocket = onUpgrade !== undefined && startsWith(seen, WEB_SOCKET_START);
      if (isHttp2 === 'so far' || isWebSocket === 'so far') return;
      socket.off('data', sniff);
      silent();
      socket.pause();
      const server = isHttp2 ? http2 : isWebSocket ? webSockets : http1;
      const client = places.of(socket)?.client.name;
      if (client === undefined || !floods.has(client)) {
        socket.unshift(seen);
        starting = socket;
        server.emit('connection', socket);
        if (!isHttp2) socket.resume();
      } else {
        // Already now: who has sent all may wait for answers, and would be gone before its turn.
        socket.allowHalfOpen = true;
        pace.heavy.takeFor(client, () => {
          if (!socket.destroyed)
            server.emit('connection', (starting = new PacedConnection(socket, client, pace, seen)));
        });
      }
    };
    socket.on('data', sniff);
  };
  let isTold = false;
  const admit = (socket: Socket): boolean => {
    const taking = places.take(socket);
    if (taking === 'taken') return true;
    socket.destroy();
    if (taking === 'gone' || isTold) return false;
    isTold = true;
    timers.after(TOLD_EVERY_MS, () => (isTold = false));
    onRefused?.(taking.client);
    return false;
  };
  const secure =
    tls === undefined
      ? undefined
      : createTls({ ...tls, ALPNProtocols: PROTOCOLS, handshakeTimeout: headersTimeoutMs }, serve);
  // A client that does not use TLS, or does not trust us: only its connection ends.
  secure?.on('tlsClientError', (_error, socket: Socket) => socket.destroy());
  const handshakes = new Turns(env);
  /** The work of a handshake begins with all of the client's first message: others have turns between them. */
  const shake = (socket: Socket): void => {
    track(socket);
    socket.on('error', () => socket.destroy());
    const silent = timers.after(headersTimeoutMs, () => socket.destroy());
    socket.on('close', silent);
    let seen: Buffer = Buffer.alloc(0);
    const sniff = (chunk: Buffer): void => {
      seen = seen.length === 0 ? chunk : Buffer.concat([seen, chunk]);
      if (hasHello(seen) === 'so far') return;
      socket.off('data', sniff);
      silent();
      socket.pause();
      socket.unshift(seen);
      handshakes.takeFor(places.of(socket)?.client.name ?? '', () => {
        if (!socket.destroyed) secure?.emit('connection', socket);
      });
    };
    socket.on('data', sniff);
  };
  const tcp: Server = createTcp({ noDelay: true }, (socket) => {
    if (admit(socket)) (tls === undefined ? serve : shake)(socket);
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
    renewCertificates(renewed) {
      secure?.setSecureContext(renewed);
    },
    async close() {
      const closed = new Promise<void>((resolve) => {
        tcp.close(() => resolve());
      });
      for (const session of sessions) session.close();
      http1.closeIdleConnections();
      for (const server of [http1, webSockets]) server.close();
      for (const socket of sockets) socket.destroy();
      await closed;
    },
  };
}

/** `so far`: the bytes match, and more are needed to decide. */
function startsWith(seen: Buffer, wanted: Buffer): boolean | 'so far' {
  const length = Math.min(seen.length, wanted.length);
  if (!seen.subarray(0, length).equals(wanted.subarray(0, length))) return false;
  return length === wanted.length || 'so far';
}

/** The outermost handler of a request: its errors affect no other request. */
function guard(
  handler: HttpHandler,
  onFault: (error: unknown) => void,
): (request: HttpRequest, response: HttpResponse, socket: Socket) => void {
  return (request, response, socket) => {
    // A client that has disconnected is not an error; without listeners Node would end the process over a late write.
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
      handler(request, response, socket)?.catch(failed);
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
      JSON.stringify({
        '@type': 'generic_error',
        error_code: ERRORS.INTERNAL.restCode,
        message: 'The request failed; the server’s log has why',
      }),
    ),
  );
}
