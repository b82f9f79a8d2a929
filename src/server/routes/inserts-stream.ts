import { SluiceError } from '../../base/errors.ts';
import { openRowTarget } from '../../engine/stream-inserts.ts';
import { Session } from '../../engine/session.ts';
import { errorAnswer } from '../errors.ts';
import { PieceWriter } from '../encoded-rows.ts';
import type { HttpContext } from '../http-context.ts';
import { lines } from '../lines.ts';
import { negotiate } from '../row-format.ts';

/** Rows under way at once: more wait in the client's connection. */
const IN_FLIGHT_MAX = 1000;

/**
 * POST /inserts-stream: line 1 names the target, each further line is a row; one ack a row, in the order of the rows. On HTTP/1.1 as well:
 * answer and request flow at the same time there too.
 */
export async function insertsStream(http: HttpContext): Promise<void> {
  const kind = negotiate(http.header('accept'));
  const asArray = kind === 'json' || kind === 'streamed';
  const body = lines(http.request as AsyncIterable<Buffer>);
  const first = await body.next();
  if (first.done === true)
    throw new SluiceError('BAD_REQUEST', 'Invalid JSON in request: the first line names the target');
  const { target, properties } = parseArguments(first.value);
  const rows = openRowTarget(target, http.app.engine.services, new Session(properties));
  http.head(200, asArray ? 'application/json' : 'application/vnd.ksqlapi.delimited.v1');
  if (asArray) await http.write('[');
  (http.response as { flushHeaders?: () => void }).flushHeaders?.();
  const acks = new OrderedAcks(http, asArray);
  try {
    for await (const line of body) {
      await acks.room();
      if (acks.failed) break;
      acks.add(rows.insert(line));
    }
    await acks.finished();
  } finally {
    http.end(asArray ? ']' : '');
  }
}

/** Sends one ack a row, in the order of the rows, as soon as that row and all before it are done. Ends at the first error. */
class OrderedAcks {
  readonly #writer: PieceWriter;
  readonly #asArray: boolean;
  /** By position from `#sent`: the acks that are there. */
  readonly #ready = new Map<number, string>();
  #pumping: Promise<void> | undefined;
  #added = 0;
  #sent = 0;
  /** Position of the first row that failed; nothing is sent after it. */
  #failedAt = Infinity;
  #wake: (() => void) | undefined;

  constructor(http: HttpContext, asArray: boolean) {
    this.#writer = new PieceWriter(http);
    this.#asArray = asArray;
  }

  get failed(): boolean {
    return this.#failedAt !== Infinity;
  }

  add(row: Promise<void>): void {
    const seq = this.#added++;
    const done = (ack: Readonly<Record<string, unknown>>): void => {
      const text = JSON.stringify(ack);
      this.#ready.set(seq, this.#asArray ? (seq === 0 ? text : `,${text}`) : `${text}\n`);
      this.#pumping ??= this.#pump();
    };
    row.then(
      () => done({ seq, status: 'ok' }),
      (error: unknown) => {
        this.#failedAt = Math.min(this.#failedAt, seq);
        done({ ...errorAnswer(error).body, seq, status: 'error' });
      },
    );
  }

  /** Sends what is ready, in order, until the next one is not. */
  async #pump(): Promise<void> {
    for (;;) {
      // What becomes ready in this turn goes out together.
      await Promise.resolve();
      const pieces: string[] = [];
      for (let text = this.#ready.get(this.#sent); text !== undefined; text = this.#ready.get(this.#sent)) {
        this.#ready.delete(this.#sent);
        if (this.#sent++ <= this.#failedAt) pieces.push(text);
      }
      if (pieces.length === 0 && !this.#ready.has(this.#sent)) break;
      await this.#writer.write(pieces);
      this.#wake?.();
    }
    this.#pumping = undefined;
    this.#wake?.();
  }

  /** Resolves when another row may be taken. */
  async room(): Promise<void> {
    while (this.#added - this.#sent >= IN_FLIGHT_MAX) {
      await new Promise<void>((resolve) => {
        this.#wake = resolve;
      });
    }
  }

  /** Resolves when every row has its ack. */
  async finished(): Promise<void> {
    while (this.#sent < this.#added || this.#pumping !== undefined) {
      await new Promise<void>((resolve) => {
        this.#wake = resolve;
      });
    }
  }
}

function parseArguments(line: string): { readonly target: string; readonly properties: Record<string, unknown> } {
  let json: unknown;
  try {
    json = JSON.parse(line);
  } catch (error) {
    throw new SluiceError(
      'BAD_REQUEST',
      `Invalid JSON in request: ${error instanceof Error ? error.message : String(error)}`,
    );
  }
  const { target, properties } = (json ?? {}) as { target?: unknown; properties?: unknown };
  if (typeof target !== 'string' || target === '')
    throw new SluiceError('BAD_REQUEST', 'Missing "target" in the first line');
  return {
    target,
    properties: properties !== null && typeof properties === 'object' ? (properties as Record<string, unknown>) : {},
  };
}
