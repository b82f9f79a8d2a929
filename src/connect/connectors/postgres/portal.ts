import type pg from 'pg';
import type { Cursor } from '../database/dialect.ts';
import { fieldOf, type PostgresField } from './fields.ts';
import { WireRows } from './rows.ts';

/** The part of the driver's connection that a portal uses. */
interface Wire {
  readonly stream: {
    listeners(event: 'data'): ((chunk: Buffer) => void)[];
    removeAllListeners(event: 'data'): void;
    on(event: 'data', listener: (chunk: Buffer) => void): void;
    once(event: 'close', listener: () => void): void;
    off(event: 'close', listener: () => void): void;
  };
  parse(query: { readonly name: string; readonly text: string; readonly types: readonly number[] }): void;
  bind(config: {
    readonly portal: string;
    readonly statement: string;
    readonly values: readonly (string | null)[];
  }): void;
  describe(what: { readonly type: 'P'; readonly name: string }): void;
  execute(what: { readonly portal: string; readonly rows: number }): void;
  close(what: { readonly type: 'P'; readonly name: string }): void;
  flush(): void;
  sync(): void;
}

const COMMAND_COMPLETE = 67;
const DATA_ROW = 68;
const ERROR = 69;
const EMPTY_QUERY = 73;
const ROW_DESCRIPTION = 84;
const READY = 90;
const PORTAL_SUSPENDED = 115;

/**
 * Reads a query's result in batches through a portal of the extended query protocol: the server keeps the position, and
 * nothing is read before it is requested, except that the next batch is prefetched while the last one is processed. Use
 * it inside a transaction, one at a time.
 *
 * While open, it reads the socket in place of the driver, so that rows remain bytes until they are decoded. Otherwise a
 * bulk load would spend most of its time creating an object and a string for every field of every row
 * (bench/jdbc-source.ts).
 */
export class Portal implements Cursor {
  readonly #text: string;
  readonly #values: readonly (string | null)[];
  readonly #batch: number;
  #wire: Wire | undefined;
  #drivers: ((chunk: Buffer) => void)[] = [];
  #rest: Buffer = Buffer.alloc(0);
  #rows = new WireRows();
  #ready: WireRows | undefined;
  #suspended = false;
  /**
   * The only Sync has been sent: the response to a second one would be mistaken for that of the driver's next query.
   */
  #ending = false;
  #finished = false;
  #lost = false;
  #failure: Error | undefined;
  #wake: (() => void) | undefined;
  #columns: readonly PostgresField[] | undefined;
  get fields(): readonly PostgresField[] {
    return this.#columns ?? [];
  }
  readonly #onClose = (): void => {
    this.#failure ??= new Error('Connection terminated unexpectedly');
    this.#lost = true;
    this.#signal();
  };

  constructor(text: string, values: readonly (string | null)[], batch: number) {
    this.#text = text;
    this.#values = values;
    this.#batch = batch;
  }

  /** Sends the query and resolves with the columns of the result. @throws the server's error */
  async open(client: pg.Client): Promise<readonly PostgresField[]> {
    const wire = (client as unknown as { connection: Wire }).connection;
    this.#wire = wire;
    const { stream } = wire;
    this.#drivers = stream.listeners('data');
    stream.removeAllListeners('data');
    stream.on('data', (chunk) => this.#receive(chunk));
    stream.once('close', this.#onClose);
    wire.parse({ name: '', text: this.#text, types: [] });
    wire.bind({ portal: '', statement: '', values: this.#values });
    wire.describe({ type: 'P', name: '' });
    this.#fetch();
    await this.#until(() => this.#columns !== undefined);
    return this.#columns!;
  }

  /** Returns the next rows, at most the batch size; an empty batch at the end. @throws the server's error */
  async next(): Promise<WireRows> {
    await this.#until(() => this.#ready !== undefined || this.#finished);
    const batch = this.#ready ?? new WireRows();
    this.#ready = undefined;
    if (this.#suspended) {
      this.#suspended = false;
      this.#fetch();
    }
    return batch;
  }

  /** Closes the portal before the end of the result. */
  async close(): Promise<void> {
    if (this.#finished || this.#failure !== undefined || !this.#wire) return;
    if (!this.#ending) this.#wire.close({ type: 'P', name: '' });
    this.#sync();
    await this.#until(() => this.#finished);
  }

  #sync(): void {
    if (this.#ending) return;
    this.#ending = true;
    this.#wire!.sync();
  }

  #fetch(): void {
    this.#wire!.execute({ portal: '', rows: this.#batch });
    this.#wire!.flush();
  }

  /**
   * Waits for the condition or for the end of a failure: a failed query ends when the server is ready again, a lost
   * connection ends immediately.
   */
  async #until(condition: () => boolean): Promise<void> {
    while (!condition() && !(this.#failure !== undefined && (this.#finished || this.#lost))) {
      await new Promise<void>((resolve) => {
        this.#wake = resolve;
      });
    }
    if (this.#failure !== undefined) throw this.#failure;
  }

  #signal(): void {
    const wake = this.#wake;
    this.#wake = undefined;
    wake?.();
  }

  #receive(chunk: Buffer): void {
    const bytes = this.#rest.length === 0 ? chunk : Buffer.concat([this.#rest, chunk]);
    const end = bytes.length;
    const rows = this.#rows;
    let current = rows;
    let at = 0;
    while (at + 5 <= end) {
      const next = at + 1 + ((bytes[at + 1]! << 24) | (bytes[at + 2]! << 16) | (bytes[at + 3]! << 8) | bytes[at + 4]!);
      if (next > end) break;
      const type = bytes[at]!;
      if (type === DATA_ROW) current.add(bytes, at);
      else {
        this.#handle(type, bytes, at + 5, next);
        current = this.#rows;
        if (this.#finished) {
          // The rest of the chunk is the response to the driver's next query.
          if (next < end) for (const listener of this.#drivers) listener(bytes.subarray(next));
          return;
        }
      }
      at = next;
    }
    this.#rest = at === end ? Buffer.alloc(0) : bytes.subarray(at);
  }

  #handle(type: number, bytes: Buffer, at: number, end: number): void {
    switch (type) {
      case ROW_DESCRIPTION:
        this.#columns = fieldsOf(bytes, at);
        this.#signal();
        break;
      case PORTAL_SUSPENDED:
        this.#ready = this.#rows;
        this.#rows = new WireRows();
        this.#suspended = true;
        this.#signal();
        break;
      case COMMAND_COMPLETE:
        if (this.#rows.length > 0) this.#ready = this.#rows;
        this.#rows = new WireRows();
        this.#sync();
        break;
      case EMPTY_QUERY:
        this.#sync();
        break;
      case ERROR:
        this.#failure = errorOf(bytes, at, end);
        this.#sync();
        break;
      case READY:
        this.#finish();
        break;
      default:
        // ParseComplete, BindComplete, CloseComplete, notices and parameter changes need no action.
        break;
    }
  }

  /** The server waits for the next command: the driver reads the socket again. */
  #finish(): void {
    this.#finished = true;
    const { stream } = this.#wire!;
    stream.off('close', this.#onClose);
    stream.removeAllListeners('data');
    for (const listener of this.#drivers) stream.on('data', listener);
    this.#signal();
  }
}

function fieldsOf(bytes: Buffer, start: number): PostgresField[] {
  const count = bytes.readInt16BE(start);
  const fields: PostgresField[] = [];
  let at = start + 2;
  for (let i = 0; i < count; i++) {
    const end = bytes.indexOf(0, at);
    const name = bytes.toString('utf8', at, end);
    // Table OID (4), column number (2), type OID (4), type size (2), type modifier (4), format (2).
    fields.push(fieldOf(name, bytes.readUInt32BE(end + 7), bytes.readInt32BE(end + 13)));
    at = end + 19;
  }
  return fields;
}

/**
 * Parses an ErrorResponse, whose fields consist of a letter and a text: C is the SQLSTATE, M the message, D a detail.
 */
export function errorOf(bytes: Buffer, start: number, end: number): Error {
  const fields = new Map<string, string>();
  for (let at = start; at < end && bytes[at] !== 0;) {
    const stop = bytes.indexOf(0, at + 1);
    fields.set(String.fromCharCode(bytes[at]!), bytes.toString('utf8', at + 1, stop));
    at = stop + 1;
  }
  return Object.assign(new Error(fields.get('M') ?? 'The server reports an error'), {
    code: fields.get('C'),
    detail: fields.get('D'),
  });
}
