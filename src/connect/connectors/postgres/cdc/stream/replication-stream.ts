import type { Client } from '../../connection.ts';
import { errorOf } from '../../portal.ts';

/** The part of the driver's connection that the stream uses. */
interface Wire {
  readonly stream: {
    removeAllListeners(event: 'data'): void;
    on(event: 'data', listener: (chunk: Buffer) => void): void;
    once(event: 'close', listener: () => void): void;
    write(bytes: Uint8Array): boolean;
    pause(): void;
    resume(): void;
    destroy(): void;
  };
  query(text: string): void;
}

const COPY_BOTH = 87;
const COPY_DATA = 100;
const COPY_DONE = 99;
const ERROR = 69;
const X_LOG_DATA = 119;
const KEEPALIVE = 107;
/** Microseconds from 1970 to 2000, the epoch of Postgres' timestamps. */
const POSTGRES_EPOCH_US = 946_684_800_000_000n;

export interface StreamHandler {
  /**
   * Handles a message of the output plugin, in `bytes` from `at` to `end`; the buffer is not reused. False: accept no
   * more messages until `resume`.
   */
  message(bytes: Buffer, at: number, end: number): boolean;
  /** Everything that was committed before `walEnd` has been sent. */
  keepalive(walEnd: bigint): void;
  /** The stream has ended. undefined: it was closed by us. */
  ended(error: Error | undefined): void;
}

/**
 * A running START_REPLICATION: reads the CopyBoth messages from the socket in place of the driver, so that rows remain
 * bytes (as portal.ts does for queries). The driver (`pg`) establishes the connection, including login and TLS, and
 * does not get it back.
 */
export class ReplicationStream {
  readonly #client: Client;
  readonly #handler: StreamHandler;
  readonly #nowMs: () => number;
  #rest: Buffer[] = [];
  #restBytes = 0;
  /** The number of bytes that must be available before it pays to parse again. */
  #needed = 5;
  #wire: Wire | undefined;
  #held = false;
  #frozen = false;
  #started = false;
  #over = false;
  #failure: Error | undefined;
  #markStarted: (() => void) | undefined;
  /** The position in the last status update. */
  #flushed = 0n;

  constructor(client: Client, handler: StreamHandler, nowMs: () => number) {
    this.#client = client;
    this.#handler = handler;
    this.#nowMs = nowMs;
  }

  /** Resolves once the server is streaming. @throws the server's error */
  async start(command: string): Promise<void> {
    const { connection: wire } = this.#client as unknown as { readonly connection: Wire };
    this.#wire = wire;
    wire.stream.removeAllListeners('data');
    wire.stream.on('data', (chunk) => this.#receive(chunk));
    wire.stream.once('close', () => this.#end(new Error('Connection terminated unexpectedly')));
    const started = new Promise<void>((resolve) => {
      this.#markStarted = resolve;
    });
    wire.query(command);
    await started;
    if (this.#failure !== undefined) throw this.#failure;
  }

  /** Tells the server which position has been committed. @param ask whether it is to respond with a keepalive */
  status(flushed: bigint, ask = false): void {
    if (this.#over || !this.#started) return;
    if (flushed > this.#flushed) this.#flushed = flushed;
    const bytes = Buffer.allocUnsafe(5 + 34);
    bytes[0] = COPY_DATA;
    bytes.writeInt32BE(4 + 34, 1);
    bytes[5] = 114;
    bytes.writeBigUInt64BE(this.#flushed, 6);
    bytes.writeBigUInt64BE(this.#flushed, 14);
    bytes.writeBigUInt64BE(this.#flushed, 22);
    bytes.writeBigInt64BE(BigInt(Math.floor(this.#nowMs())) * 1000n - POSTGRES_EPOCH_US, 30);
    bytes[38] = ask ? 1 : 0;
    this.#wire!.stream.write(bytes);
  }

  /** Stops reading from the socket until `resume`. */
  hold(): void {
    if (this.#held || this.#over) return;
    this.#held = true;
    this.#wire?.stream.pause();
  }

  resume(): void {
    if (!this.#held || this.#over) return;
    this.#held = false;
    this.#goOn();
  }

  /** No message is handled until `thaw`, regardless of `hold` and `resume`. */
  freeze(): void {
    this.#frozen = true;
    this.#wire?.stream.pause();
  }

  thaw(): void {
    if (!this.#frozen || this.#over) return;
    this.#frozen = false;
    if (!this.#held) this.#goOn();
  }

  #goOn(): void {
    if (this.#frozen) return;
    this.#read();
    if (!this.#held) this.#wire?.stream.resume();
  }

  close(): void {
    this.#over = true;
    this.#rest = [];
    this.#wire?.stream.destroy();
  }

  #receive(chunk: Buffer): void {
    if (this.#over) return;
    this.#rest.push(chunk);
    this.#restBytes += chunk.length;
    if (!this.#held && !this.#frozen && this.#restBytes >= this.#needed) this.#read();
  }

  #read(): void {
    if (this.#restBytes === 0) return;
    const bytes = this.#rest.length === 1 ? this.#rest[0]! : Buffer.concat(this.#rest, this.#restBytes);
    const end = bytes.length;
    let at = 0;
    this.#needed = 5;
    while (at + 5 <= end && !this.#held && !this.#over) {
      const next = at + 1 + bytes.readInt32BE(at + 1);
      if (next > end) {
        this.#needed = next - at;
        break;
      }
      this.#take(bytes, at, next);
      at = next;
    }
    this.#rest = at === end ? [] : [bytes.subarray(at)];
    this.#restBytes = end - at;
  }

  #take(bytes: Buffer, at: number, end: number): void {
    switch (bytes[at]) {
      case COPY_DATA:
        if (bytes[at + 5] === X_LOG_DATA) {
          // Kind (1), start and end of the WAL (8 each), the server's clock (8), then the plugin's message.
          if (!this.#handler.message(bytes, at + 30, end)) this.hold();
        } else if (bytes[at + 5] === KEEPALIVE) {
          this.#handler.keepalive(bytes.readBigUInt64BE(at + 6));
          if (bytes[at + 22] === 1) this.status(this.#flushed);
        }
        break;
      case COPY_BOTH:
        this.#started = true;
        this.#markStarted?.();
        break;
      case COPY_DONE:
        this.#end(new Error('Connection terminated: the server ended the stream'));
        break;
      case ERROR:
        this.#end(errorOf(bytes, at + 5, end));
        break;
      default:
        // Notices, parameter changes and ReadyForQuery after an error need no action.
        break;
    }
  }

  #end(error: Error): void {
    if (this.#over) return;
    this.#over = true;
    this.#failure = error;
    this.#wire?.stream.destroy();
    if (this.#started) this.#handler.ended(error);
    else this.#markStarted?.();
  }
}
