import { Duplex } from 'node:stream';
import type { Socket } from 'node:net';
import { must } from '../base/assert.ts';
import type { Env } from '../base/env.ts';
import type { ByteCount, DurationMs } from '../base/quantities.ts';
import { handled, Turns } from './turns.ts';

/** About how long the work on one slice may take, in ms. */
const SLICE_MS = 1;
/** The first slice of a connection holds many a request whole, in bytes. */
const FIRST_BYTES = 1 << 9;
const LEAST_BYTES = 1 << 8;
const MOST_BYTES = 1 << 16;
/** A connection that has this much unread is not read from, in bytes. */
const HELD_BYTES = 1 << 17;
/** What a request costs once its handler has returned: its answer is sent, and its stream taken down, in ms. */
const REQUEST_MS = 0.2;
/** A connection is light as long as it has used less than this, of which it gets back a share over time, in ms. */
const LIGHT_MS = 4;
/** What a new connection is taken to have used, so that who connects anew comes before nobody, in ms. */
const NEW_MS = 6;
const REGAINED_SHARE = 0.05;
/** The most requests of HTTP/1.1 on one connection that wait for their answers; no more are read until then. */
const PIPELINED_MAX = 10;

/** What the connections of a listener share that are served in slices. */
export interface Pace {
  readonly env: Pick<Env, 'clock' | 'timers'>;
  readonly light: Turns;
  readonly heavy: Turns;
}

export function paceOf(env: Pick<Env, 'clock' | 'timers'>): Pace {
  return { env, light: new Turns(env), heavy: new Turns(env) };
}

/**
 * A connection whose bytes reach the parser, HTTP/1.1's or HTTP/2's, in slices. Node would give it up to 64 KB at once,
 * again and again: thousands of pipelined requests, of streams that are opened and reset, or of frames, of each
 * connection, before any other client had its turn. A slice is as large as what takes about a millisecond, measured on
 * the slices before it. A connection that used little lately comes before the others, a new one does not. What is
 * written goes through unchanged. Every request pays for this, so it is for clients that flooded before.
 */
export class PacedConnection extends Duplex {
  /** The socket itself, which knows addresses and certificates. */
  readonly socket: Socket;
  readonly #pace: Pace;
  readonly #client: string;
  readonly #held: Buffer[] = [];
  #heldBytes = 0;
  #hasEnded = false;
  #isWanted = false;
  #isWaiting = false;
  #sliceBytes = FIRST_BYTES;
  #usedMs = NEW_MS;
  #usedAt: number;
  #chargedMs = 0;
  /** Requests of HTTP/1.1 that have no answer yet. */
  #unanswered = 0;
  #latest: { readonly complete: boolean } | undefined;

  /**
   * @param client whose turns it takes
   * @param socket half open: who has sent all may still wait for answers, after which Node's parsers end the connection
   * @param seen what was already read from the socket, which is paused
   */
  constructor(socket: Socket, client: string, pace: Pace, seen: Buffer) {
    super();
    this.socket = socket;
    this.#client = client;
    this.#pace = pace;
    this.#usedAt = pace.env.clock.monotonicMs();
    this.#hold(seen);
    this.#hasEnded = socket.readableEnded;
    socket.on('data', (bytes: Buffer) => {
      this.#hold(bytes);
      this.#feed();
    });
    socket.once('end', () => {
      this.#hasEnded = true;
      this.#feed();
    });
    socket.once('close', () => this.destroy());
    socket.on('timeout', () => this.emit('timeout'));
    // A client that is gone while it is written to; without a listener Node would end the process.
    this.on('error', () => undefined);
    socket.resume();
  }

  /** As of a socket: `timeout` is emitted when nothing was read or written for so long; 0 for never. */
  setTimeout(ms: DurationMs): this {
    this.socket.setTimeout(ms);
    return this;
  }

  /** A request begins. */
  charge(): void {
    this.#chargedMs += REQUEST_MS;
  }

  /** A request of HTTP/1.1 begins. @returns to be called when it has its answer */
  begin(request: { readonly complete: boolean }): () => void {
    this.charge();
    this.#latest = request;
    this.#unanswered++;
    return () => {
      this.#unanswered--;
      this.#feed();
    };
  }

  override _read(): void {
    this.#isWanted = true;
    // What is pushed within this call reaches its reader later, when nobody measures.
    queueMicrotask(() => this.#feed());
  }

  override resume(): this {
    queueMicrotask(() => this.#feed());
    return super.resume();
  }

  override _write(bytes: Buffer, _encoding: BufferEncoding, done: (error?: Error | null) => void): void {
    this.socket.write(bytes, done);
  }

  override _writev(pieces: { readonly chunk: Buffer }[], done: (error?: Error | null) => void): void {
    this.socket.cork();
    for (const [i, { chunk }] of pieces.entries()) this.socket.write(chunk, i === pieces.length - 1 ? done : undefined);
    this.socket.uncork();
  }

  override _final(done: (error?: Error | null) => void): void {
    this.socket.end(() => done());
  }

  override _destroy(error: Error | null, done: (error?: Error | null) => void): void {
    this.#held.length = 0;
    this.#heldBytes = 0;
    this.socket.destroy();
    done(error);
  }

  #hold(bytes: Buffer): void {
    if (bytes.length === 0) return;
    this.#held.push(bytes);
    this.#heldBytes += bytes.length;
    if (this.#heldBytes >= HELD_BYTES) this.socket.pause();
  }

  /** The next slice: of one piece that was received, so that nothing is copied. */
  #take(): Buffer {
    const first = must(this.#held[0], 'a piece that was received');
    const slice = first.subarray(0, this.#sliceBytes);
    if (slice.length === first.length) this.#held.shift();
    else this.#held[0] = first.subarray(slice.length);
    this.#heldBytes -= slice.length;
    return slice;
  }

  get #mayFeed(): boolean {
    return (
      !this.destroyed &&
      this.#heldBytes > 0 &&
      this.#isWanted &&
      // A reader that has paused gets nothing, since what waits for it here would be read all at once.
      this.readableFlowing === true &&
      this.readableLength === 0 &&
      // Of a request that has begun all is read.
      (this.#unanswered < PIPELINED_MAX || this.#latest?.complete === false)
    );
  }

  #feed(): void {
    if (this.#isWaiting) return;
    if (this.#mayFeed) {
      this.#isWaiting = true;
      const turns = this.#isLight(this.#pace.env.clock.monotonicMs()) ? this.#pace.light : this.#pace.heavy;
      turns.take(this.#client, () => this.#work());
    } else if (!this.destroyed) {
      if (this.#heldBytes < HELD_BYTES / 2) this.socket.resume();
      if (this.#hasEnded && this.#heldBytes === 0) this.push(null);
    }
  }

  /** Cheap slices follow one another at once. */
  async #work(): Promise<DurationMs> {
    const { clock } = this.#pace.env;
    let turnMs = 0;
    while (this.#mayFeed && turnMs < SLICE_MS) {
      const slice = this.#take();
      const began = clock.monotonicMs();
      this.#chargedMs = 0;
      this.#isWanted = this.push(slice);
      // The slice is read in the first of these, and its requests are begun by the second.
      await handled();
      await handled();
      const tookMs = clock.monotonicMs() - began + this.#chargedMs;
      turnMs += tookMs;
      this.#used(tookMs, slice.length);
    }
    this.#isWaiting = false;
    this.#feed();
    return turnMs;
  }

  #isLight(now: number): boolean {
    this.#usedMs = Math.max(0, this.#usedMs - (now - this.#usedAt) * REGAINED_SHARE);
    this.#usedAt = now;
    return this.#usedMs < LIGHT_MS;
  }

  #used(ms: DurationMs, bytes: ByteCount): void {
    this.#usedMs += ms;
    if (ms > SLICE_MS) this.#sliceBytes = Math.max(LEAST_BYTES, this.#sliceBytes >> 1);
    else if (ms < SLICE_MS / 4 && bytes >= this.#sliceBytes)
      this.#sliceBytes = Math.min(MOST_BYTES, this.#sliceBytes << 2);
  }
}
