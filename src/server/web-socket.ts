import type { IncomingMessage } from 'node:http';
import type { Duplex } from 'node:stream';
import { WebSocketServer, type WebSocket } from 'ws';
import { ERRORS, EXACT_CODES, messageOf, SluiceError } from '../base/errors.ts';
import type { Caller } from '../base/rights.ts';
import { requestUrl, type RequestUrl } from '../base/request-target.ts';
import type { PrintHandle, QueryHandle } from '../engine/query-handle.ts';
import { jsonRowRenderer } from '../types/json-value.ts';
import type { App } from './app.ts';
import { fieldInfo } from './entities.ts';
import { errorAnswer } from './errors.ts';
import type { CallerUpgradeHandler } from './listener.ts';
import { commandOf, textRequest } from './requests.ts';
import { requireRunning } from './router.ts';
import { finalMessage, streamedRow } from './row-formats.ts';

/** Codes of RFC 6455 section 7.4.1, as ksqlDB uses them. */
const DONE = 1000;
const BAD_REQUEST = 1003;
const FAILED = 1011;
const TRY_AGAIN = 1013;
/** A reason is this long at most, in bytes. */
const REASON_MAX = 123;
/** A client that answers no ping for so long is gone, in ms. */
const PING_MS = 30_000;
/** What may wait for a slow client before its query waits, in bytes. */
const BUFFERED_MAX = 1 << 18;

/**
 * GET /ws/query?request=...: SELECT and PRINT over a WebSocket, as ksqlDB has it. The request is a KsqlRequest as JSON,
 * URL-encoded. Text frames: the columns, then one StreamedRow each (of PRINT one line each); the socket is closed with
 * 1000 at the end, with the reason otherwise.
 */
export function createWebSockets(app: App): CallerUpgradeHandler {
  const sockets = new WebSocketServer({ noServer: true, perMessageDeflate: false, maxPayload: 64 * 1024 });
  return (request, socket, head, caller) => {
    const refused = refusal(request, caller);
    if (refused !== undefined) {
      refuse(socket, app.challenge, ...refused);
      return;
    }
    sockets.handleUpgrade(request, socket, head, (client) => {
      client.on('error', () => client.terminate());
      void serve({ app, caller: caller! }, client, requestUrl(request.url)!).catch((error: unknown) => {
        app.engine.services.env.logger.error('A WebSocket failed', { error: messageOf(error) });
        client.terminate();
      });
    });
  };
}

type Refusal = readonly [status: string, code: number, message: string];

function refusal(request: IncomingMessage, caller: Caller | undefined): Refusal | undefined {
  const path = requestUrl(request.url)?.pathname;
  if (path !== '/ws/query') return ['404 Not Found', ERRORS.NOT_FOUND.restCode, 'Not Found'];
  if (caller === undefined) return ['401 Unauthorized', ERRORS.AUTH.restCode, 'Unauthorized'];
  return undefined;
}

function refuse(socket: Duplex, accepted: string | undefined, status: string, code: number, message: string): void {
  const body = JSON.stringify({ '@type': 'generic_error', error_code: code, message });
  const challenge = code === ERRORS.AUTH.restCode && accepted !== undefined ? `WWW-Authenticate: ${accepted}\r\n` : '';
  socket.end(
    `HTTP/1.1 ${status}\r\n${challenge}Content-Type: application/json\r\nContent-Length: ${Buffer.byteLength(body)}\r\nConnection: close\r\n\r\n${body}`,
  );
}

/** The caller, and the server that it calls. */
interface Asked {
  readonly app: App;
  readonly caller: Caller;
}

async function serve(asked: Asked, client: WebSocket, url: RequestUrl): Promise<void> {
  const stopPings = keepAlive(asked.app, client);
  let handle: QueryHandle | PrintHandle | undefined;
  client.once('close', () => {
    stopPings();
    void handle?.close();
  });
  try {
    handle = await open(asked, url);
  } catch (error) {
    const { status, body } = errorAnswer(error);
    close(
      client,
      status < 500 ? BAD_REQUEST : body.error_code === EXACT_CODES.COMMAND_WAIT.restCode ? TRY_AGAIN : FAILED,
      body.message,
    );
    return;
  }
  try {
    const reader = new Reader(asked, client);
    if (client.readyState === client.OPEN)
      await (handle.kind === 'PRINT' ? print(reader, handle) : rows(reader, handle));
    close(client, DONE, 'done');
  } catch (error) {
    close(client, FAILED, errorAnswer(error).body.message);
  } finally {
    await handle.close();
  }
}

async function open(asked: Asked, url: RequestUrl): Promise<QueryHandle | PrintHandle> {
  const { app } = asked;
  requireRunning(app);
  const text = url.searchParams.get('request');
  if (text === null || text === '') throw new SluiceError('BAD_REQUEST', 'missing request parameter');
  let body: unknown;
  try {
    body = JSON.parse(text);
  } catch (error) {
    throw new SluiceError('BAD_REQUEST', `Error parsing request: ${messageOf(error)}`);
  }
  if (body === null || typeof body !== 'object' || Array.isArray(body))
    throw new SluiceError('BAD_REQUEST', 'Error parsing request: expected an object');
  await commandOf(app, body as Record<string, unknown>);
  const request = textRequest(asked, body as Record<string, unknown>, 'ksql', 'streamsProperties');
  return await app.engine.query(request.text, request.session);
}

async function rows(reader: Reader, handle: QueryHandle): Promise<void> {
  const render = jsonRowRenderer(handle.columns.map((c) => c.type));
  await reader.send(JSON.stringify(handle.columns.map(fieldInfo)));
  const batches = handle.rows();
  for (;;) {
    const next = await batches.next();
    if (next.done === true) {
      const notice = handle.notice?.();
      // A pull query ends without words, unless there is something to say.
      if (handle.kind === 'PUSH' || notice !== undefined)
        await reader.send(JSON.stringify(finalMessage(next.value, notice)));
      return;
    }
    for (const row of next.value) await reader.send(streamedRow(row, render));
    if (!reader.isThere) return;
  }
}

async function print(reader: Reader, handle: PrintHandle): Promise<void> {
  for await (const line of handle.lines()) {
    await reader.send(line);
    if (!reader.isThere) return;
  }
}

/** A client as what is written to, at its pace. */
class Reader {
  readonly #asked: Asked;
  readonly #client: WebSocket;

  constructor(asked: Asked, client: WebSocket) {
    this.#asked = asked;
    this.#client = client;
  }

  get isThere(): boolean {
    return this.#client.readyState === this.#client.OPEN;
  }

  /**
   * Resolves when the client can take more; a client that has gone takes everything.
   * @throws SluiceError READER_STALLED
   */
  async send(text: string): Promise<void> {
    const client = this.#client;
    if (!this.isThere) return;
    if (client.bufferedAmount < BUFFERED_MAX) {
      client.send(text);
      return;
    }
    const { app, caller } = this.#asked;
    await new Promise<void>((resolve, reject) => {
      const cancel = app.readers.watch(() => {
        reject(app.readers.drop({ what: '/ws/query', caller }));
        const stop = app.readers.afterGrace(() => client.terminate());
        client.once('close', stop);
      });
      client.send(text, () => {
        cancel();
        resolve();
      });
    });
  }
}

function close(client: WebSocket, code: number, reason: string): void {
  let bytes = Buffer.from(reason);
  if (bytes.length > REASON_MAX) {
    // Not in the middle of a character.
    let end = REASON_MAX;
    while ((bytes[end]! & 0xc0) === 0x80) end--;
    bytes = bytes.subarray(0, end);
  }
  client.close(code, bytes);
}

function keepAlive(app: App, client: WebSocket): () => void {
  const { timers } = app.engine.services.env;
  let answered = true;
  let stop = (): void => undefined;
  client.on('pong', () => {
    answered = true;
  });
  const arm = (): void => {
    stop = timers.after(PING_MS, () => {
      if (!answered) {
        client.terminate();
        return;
      }
      answered = false;
      client.ping();
      arm();
    });
  };
  arm();
  return () => stop();
}
