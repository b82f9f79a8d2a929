import { KEYS } from '../config/keys.ts';
import type { Caller } from '../base/rights.ts';
import { messageOf, SluiceError } from '../base/errors.ts';
import { hasMoreQuotes, isDeep, JSON_DEPTH_MAX } from '../base/json-bounds.ts';
import { MemoryShare } from '../base/budget/memory.ts';
import type { RequestUrl } from '../base/request-target.ts';
import { Stretch } from '../base/stretch.ts';
import type { App } from './app.ts';
import { invalidJson } from './json-body.ts';
import type { HttpRequest, HttpResponse } from './listener.ts';
import { readBody } from '../base/read-body.ts';

/** Bodies of at least this many characters are examined before they are parsed. */
const LARGE = 1 << 16;
/** About how much of a long list is written at once, in characters. */
const PIECE = 1 << 18;
/** The most bytes that are handed to a connection at once. */
const PART = 1 << 16;
/** RFC 9113 section 7. */
const HTTP2_ENHANCE_YOUR_CALM = 0xb;

/*
 * On HTTP/2 bodies are written as Buffers, never as strings: Node 20's HTTP/2 streams send freed memory for a short
 * string that is followed by the end of the stream (seen on 20.20.2; rest.test.ts demonstrates it).
 */

/** One request in progress, as handlers of routes use it. */
export class HttpContext {
  readonly app: App;
  readonly request: HttpRequest;
  readonly response: HttpResponse;
  readonly url: RequestUrl;
  /** The named segments of the route's path. */
  params: Readonly<Record<string, string>> = NO_PARAMS;
  /** The caller. */
  readonly caller: Caller;
  /** Writes that wait for the client. */
  #waits = 0;
  #lastWords: (error: SluiceError) => string = () => '';
  readonly #warnings: string[] = [];

  constructor(app: App, request: HttpRequest, response: HttpResponse, url: RequestUrl, caller: Caller) {
    this.caller = caller;
    this.app = app;
    this.request = request;
    this.response = response;
    this.url = url;
  }

  get http2(): boolean {
    return this.request.httpVersionMajor >= 2;
  }

  header(name: string): string | undefined {
    const value = this.request.headers[name.toLowerCase()];
    return Array.isArray(value) ? value.join(', ') : value;
  }

  /**
   * The body as a JSON object. An empty body is `{}`.
   * @param example a body that the route accepts
   * @throws SluiceError BAD_REQUEST
   */
  async readJson(example?: string): Promise<Record<string, unknown>> {
    const text = await this.readText();
    if (text.trim() === '') return {};
    this.#checkNames(text);
    try {
      const value: unknown = JSON.parse(text);
      if (value !== null && typeof value === 'object' && !Array.isArray(value)) return value as Record<string, unknown>;
    } catch (error) {
      throw invalidJson(text, messageOf(error), example);
    }
    throw invalidJson(text, 'expected an object', example);
  }

  /** Reading a hundred thousand properties would delay others for too long; counting their quotes is faster. */
  #checkNames(text: string): void {
    if (text.length < LARGE) return;
    if (isDeep(text)) throw invalidJson(text, `it is nested deeper than ${JSON_DEPTH_MAX}`, undefined);
    const { name } = KEYS.sessionMaxEntries;
    const most = this.app.engine.config.get(KEYS.sessionMaxEntries);
    // Two quotes for a name and two for its value, of variables and of properties, and what else a request has.
    if (hasMoreQuotes(text, 8 * most + 100))
      throw new SluiceError('BAD_REQUEST', `The request has more than ${most} variables or properties (${name})`, {
        hint: `${name} in the server's configuration is the limit.`,
      });
  }

  async readText(): Promise<string> {
    const { name } = KEYS.requestMaxBytes;
    const most = this.app.engine.config.get(KEYS.requestMaxBytes);
    const bytes = await this.readBytes(most);
    if (bytes === undefined) {
      throw new SluiceError('BAD_REQUEST', `The request is larger than ${most} bytes (${name})`, {
        hint: `Send it in parts; ${name} in the server's configuration is the limit.`,
      });
    }
    // Many large ones may be here at once, and each takes some milliseconds: others have their turn between them.
    if (bytes.length >= LARGE) await this.app.engine.services.env.timers.turn();
    return bytes.toString('utf8');
  }

  /** The unmodified body; undefined when it has more than `most` bytes. @throws SluiceError MEMORY_FULL */
  readBytes(most: number): Promise<Buffer | undefined> {
    return readBody(this.request, most, () => this.memoryShare());
  }

  /** What is held for this request, until it has its answer or its client has gone, however it is left. */
  memoryShare(): MemoryShare {
    const held = new MemoryShare();
    this.onClose(() => held.end());
    return held;
  }

  /** Reports a peculiarity of a request that is answered nevertheless, in a response header and the log. */
  warn(text: string): void {
    this.#warnings.push(text);
    this.app.engine.services.env.logger.warn('A request was answered, and something in it not read', {
      path: this.url.pathname,
      reason: text,
    });
  }

  /** Sets status and headers without sending anything. */
  head(status: number, contentType: string, headers: Readonly<Record<string, string>> = {}): void {
    const response = this.response as { statusCode: number; setHeader(name: string, value: string): void };
    response.statusCode = status;
    response.setHeader('content-type', contentType);
    if (this.#warnings.length > 0) response.setHeader('warning', this.#warnings.map(warningOf).join(', '));
    for (const [name, value] of Object.entries(headers)) response.setHeader(name, value);
  }

  sendJson(status: number, body: unknown, headers: Readonly<Record<string, string>> = {}): void {
    this.send(status, 'application/json', JSON.stringify(body), headers);
  }

  /** Sends a list whose text may be long, in pieces with turns for others in between. A short one is sent at once. */
  async sendJsonList(items: readonly unknown[]): Promise<void> {
    const stretch = new Stretch(this.app.engine.services.env);
    let piece = '[';
    let isBegun = false;
    for (const [i, item] of items.entries()) {
      piece += `${i === 0 ? '' : ','}${JSON.stringify(item)}`;
      if (piece.length < PIECE) continue;
      if (!isBegun) this.head(200, 'application/json');
      isBegun = true;
      await this.write(piece);
      piece = '';
      if (this.closed) return;
      await stretch.breathe();
    }
    if (!isBegun) return this.send(200, 'application/json', `${piece}]`);
    await this.write(`${piece}]`);
    this.end();
  }

  send(status: number, contentType: string, body: string, headers: Readonly<Record<string, string>> = {}): void {
    this.sendBytes(status, contentType, Buffer.from(body), headers);
  }

  sendBytes(status: number, contentType: string, body: Buffer, headers: Readonly<Record<string, string>> = {}): void {
    const response = this.response as { end(bytes: Buffer): void };
    this.head(status, contentType, { 'content-length': String(body.length), ...headers });
    response.end(body);
  }

  /**
   * Writes a piece; resolves when the client can take more. Never rejects: `closed` shows a client that has
   * disconnected or has read nothing for too long.
   */
  async write(piece: string | Buffer): Promise<void> {
    const bytes = bytesOf(piece);
    // In parts, since the departure of one shows that a slow client is reading.
    for (let from = 0; from < bytes.length && !this.closed; from += PART) {
      if (this.#out.write(bytes.subarray(from, from + PART))) continue;
      await this.#taken((done) => this.#out.once('drain', done));
    }
  }

  /** Whether something waits for the client, so that optional output should not be added. */
  get isWaiting(): boolean {
    return this.#waits > 0;
  }

  /** Writes a piece and waits until it has left this process: on HTTP/2 the next one is then a separate DATA frame. */
  async writeFrame(piece: string | Buffer): Promise<void> {
    if (this.closed) return;
    await this.#taken((done) => void this.#out.write(bytesOf(piece), done));
  }

  /** The end of a response that is cut because its client reads no more; the client may still read it later. */
  set lastWords(words: (error: SluiceError) => string) {
    this.#lastWords = words;
  }

  /** Waits until `wait` calls back, the client has disconnected, or it has read nothing for too long. */
  async #taken(wait: (done: () => void) => void): Promise<void> {
    this.#waits++;
    await new Promise<void>((resolve) => {
      const done = (): void => {
        cancel();
        this.#out.off('drain', done);
        this.#out.off('close', done);
        resolve();
      };
      const cancel = this.app.readers.watch(() => {
        this.#stalled();
        done();
      });
      this.#out.once('close', done);
      wait(done);
    });
    this.#waits--;
  }

  #stalled(): void {
    if (this.closed) return;
    const error = this.app.readers.drop({ what: this.url.pathname, caller: this.caller });
    this.end(this.#lastWords(error));
    const { stream } = this.#out;
    // On HTTP/2 only this response ends, and its connection continues.
    const cut = (): void => (stream === undefined ? this.#out.destroy() : stream.close(HTTP2_ENHANCE_YOUR_CALM));
    this.#out.once('close', this.app.readers.afterGrace(cut));
  }

  /** Ends a response of which nothing has been written yet. On HTTP/2 `head` is a separate DATA frame. */
  endWith(head: string, rest: string): void {
    if (this.closed) return;
    if (!this.http2) {
      // As a string it is sent in one piece with the headers.
      this.#out.end(head + rest);
      return;
    }
    // What is written while `head` is being sent waits for it and leaves as a separate frame.
    this.#out.write(Buffer.from(head));
    this.end(rest);
  }

  end(text = ''): void {
    if (this.closed) return;
    if (text === '') this.#out.end();
    else this.#out.end(Buffer.from(text));
  }

  get closed(): boolean {
    const { destroyed, writableEnded, stream } = this.#out;
    return destroyed === true || writableEnded || stream?.destroyed === true;
  }

  /** Calls `listener` once when the client has disconnected, immediately if it already has. */
  onClose(listener: () => void): void {
    if (this.closed) {
      listener();
      return;
    }
    this.#out.once('close', listener);
  }

  get #out(): Out {
    return this.response as unknown as Out;
  }
}

/**
 * RFC 7234 section 5.5: a warning without a code, by an unnamed server, with characters that are allowed in headers.
 */
function warningOf(text: string): string {
  return `299 - "${text.replaceAll(/["\\]/g, '').replaceAll(/[^ -~]/g, '?')}"`;
}

const NO_PARAMS: Readonly<Record<string, string>> = {};

/** Common to the responses of both versions. */
interface Out {
  readonly destroyed?: boolean;
  readonly writableEnded: boolean;
  /** The stream of an HTTP/2 request; absent for HTTP/1.1. */
  readonly stream?: { readonly destroyed: boolean; close(code: number): void };
  write(bytes: Buffer, done?: () => void): boolean;
  end(bytes?: Buffer | string): void;
  destroy(): void;
  once(event: string, listener: () => void): void;
  off(event: string, listener: () => void): void;
}

function bytesOf(piece: string | Buffer): Buffer {
  return typeof piece === 'string' ? Buffer.from(piece) : piece;
}
