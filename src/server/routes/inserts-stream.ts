import type { Readable } from 'node:stream';
import { messageOf, SluiceError } from '../../base/errors.ts';
import { Stretch } from '../../base/stretch.ts';
import type { InsertTicket } from '../../engine/inserter.ts';
import { jsonFault, openRowTarget, type RowTarget } from '../../engine/stream-inserts.ts';
import { Session } from '../../engine/session.ts';
import { errorAnswer } from '../errors.ts';
import { PieceWriter } from '../encoded-rows.ts';
import type { HttpContext } from '../http-context.ts';
import { lineBatches } from '../lines.ts';
import { checkFields } from '../request-fields.ts';
import { negotiate } from '../row-format.ts';

/** The most rows in progress; more wait in the client's connection. */
const IN_FLIGHT_MAX = 20_000;

/**
 * POST /inserts-stream: line 1 names the target, each further line is a row; one acknowledgement per row, in order. On
 * HTTP/1.1 too, response and request flow at the same time.
 */
export async function insertsStream(http: HttpContext): Promise<void> {
  const kind = negotiate(http.header('accept'));
  const asArray = kind === 'json' || kind === 'streamed';
  const { services } = http.app.engine;
  // A request that is refused is left unread and not cut: its client is to see the answer.
  const chunks = (http.request as Readable).iterator({ destroyOnReturn: false }) as AsyncIterable<Buffer>;
  const body = lineBatches(chunks, http.memoryShare());
  let lineNumber = 0;
  let head: string | undefined;
  let rest: readonly string[] = [];
  while (head === undefined) {
    const piece = await body.next();
    if (piece.done === true)
      throw new SluiceError('BAD_REQUEST', 'Invalid JSON in request: the first line names the target', {
        hint: '{"target":"name of a stream or table"}, then a line with one JSON object for each row.',
      });
    const at = piece.value.findIndex((line) => line.trim() !== '');
    lineNumber += at === -1 ? piece.value.length : at + 1;
    if (at !== -1) [head, rest] = [piece.value[at], piece.value.slice(at + 1)];
  }
  const { target, properties } = parseArguments(http, head, lineNumber);
  const rows = await openRowTarget(target, services, new Session(properties, {}, http.caller));
  http.head(200, asArray ? 'application/json' : 'application/vnd.ksqlapi.delimited.v1');
  if (asArray) await http.write('[');
  (http.response as { flushHeaders?: () => void }).flushHeaders?.();
  const acks = new OrderedAcks(http, asArray, rows);
  const stretch = new Stretch(services.env);
  const insert = async (lines: readonly string[]): Promise<void> => {
    // Many clients send at the same time, so each has its turn.
    await stretch.pause();
    for (const line of lines) {
      lineNumber++;
      if (line.trim() === '') continue;
      if (stretch.isOver) await stretch.pause();
      while (acks.isFull && !acks.failed) await acks.room();
      for (let ready = rows.ready; ready !== undefined; ready = rows.ready) await ready;
      if (acks.failed) return;
      acks.add(rows.insert(line, lineNumber));
    }
  };
  try {
    try {
      await insert(rest);
      if (!acks.failed) {
        for await (const lines of body) {
          await insert(lines);
          if (acks.failed) break;
        }
      }
    } catch (error) {
      acks.fail(error);
    }
    await acks.finished();
  } finally {
    // Only the name: the audit log contains no user's text.
    http.app.audit.record({
      caller: http.caller,
      action: 'POST /inserts-stream',
      target: rows.source,
      count: acks.sent,
      outcome: acks.hasError ? 'failed' : 'done',
    });
    http.end(asArray ? ']' : '');
  }
}

/**
 * Sends one acknowledgement per row in order, as soon as that row and all before it are done. Ends at the first error.
 */
class OrderedAcks {
  readonly #http: HttpContext;
  readonly #writer: PieceWriter;
  readonly #asArray: boolean;
  readonly #rows: RowTarget;
  /** Rows that are not acknowledged yet, from `#next` on. */
  #tickets: InsertTicket[] = [];
  #next = 0;
  #sent = 0;
  #failed = false;
  /** The error of the row after all tickets. */
  #lastError: { readonly error: unknown } | undefined;
  #sending: Promise<void> | undefined;
  #wake: (() => void) | undefined;

  constructor(http: HttpContext, asArray: boolean, rows: RowTarget) {
    this.#http = http;
    this.#writer = new PieceWriter(http);
    this.#asArray = asArray;
    this.#rows = rows;
  }

  /** Whether there was an error or the client has disconnected, so that nothing more is acknowledged. */
  get failed(): boolean {
    return this.#failed;
  }

  /** Number of acknowledged rows. */
  get sent(): number {
    return this.#sent;
  }

  /** Whether a row was refused or could not be written. */
  get hasError(): boolean {
    return this.#lastError !== undefined || this.#failed;
  }

  get isFull(): boolean {
    return this.#tickets.length - this.#next >= IN_FLIGHT_MAX;
  }

  add(ticket: InsertTicket): void {
    this.#tickets.push(ticket);
    this.#sending ??= this.#send();
  }

  /** The next row cannot be inserted, and is the last one. */
  fail(error: unknown): void {
    this.#lastError ??= { error };
  }

  /** Resolves when another row may be accepted. */
  async room(): Promise<void> {
    await new Promise<void>((resolve) => {
      this.#wake = resolve;
    });
  }

  async finished(): Promise<void> {
    await this.#sending;
    if (this.#lastError !== undefined && !this.#failed)
      await this.#writer.write([this.#errorAck(this.#lastError.error)]);
  }

  async #send(): Promise<void> {
    while (this.#next < this.#tickets.length && !this.#failed) {
      await this.#tickets[this.#next]!.batch.settled;
      const acks: string[] = [];
      while (this.#next < this.#tickets.length && !this.#failed) {
        const { batch, row } = this.#tickets[this.#next]!;
        if (!batch.isSettled) break;
        this.#next++;
        const error = batch.errorOf(row);
        if (error !== undefined) {
          this.#failed = true;
          this.#rows.distrust();
          acks.push(this.#errorAck(error));
        } else {
          acks.push(this.#form(`{"seq":${this.#sent},"status":"ok"}`));
          this.#sent++;
        }
      }
      this.#forgetSent();
      await this.#writer.write(acks);
      if (this.#http.closed) this.#failed = true;
      this.#wake?.();
    }
    this.#sending = undefined;
    this.#wake?.();
  }

  #errorAck(error: unknown): string {
    return this.#form(JSON.stringify({ ...errorAnswer(error).body, seq: this.#sent, status: 'error' }));
  }

  #form(ack: string): string {
    return this.#asArray ? (this.#sent === 0 ? ack : `,${ack}`) : `${ack}\n`;
  }

  #forgetSent(): void {
    if (this.#next < this.#tickets.length) {
      if (this.#next < IN_FLIGHT_MAX) return;
      this.#tickets.splice(0, this.#next);
    } else this.#tickets = [];
    this.#next = 0;
  }
}

function parseArguments(
  http: HttpContext,
  line: string,
  lineNumber: number,
): {
  readonly target: string;
  readonly properties: Record<string, unknown>;
} {
  let json: unknown;
  try {
    json = JSON.parse(line);
  } catch (error) {
    throw new SluiceError('BAD_REQUEST', `Invalid JSON in request: ${messageOf(error)}`, {
      span: jsonFault(line, lineNumber),
      hint: 'The first line is {"target":"name of a stream or table"}.',
    });
  }
  if (typeof json === 'object' && json !== null && !Array.isArray(json))
    checkFields(http, '/inserts-stream', json as Record<string, unknown>);
  const { target, properties } = (json ?? {}) as { target?: unknown; properties?: unknown };
  if (typeof target !== 'string' || target === '')
    throw new SluiceError('BAD_REQUEST', 'Missing "target" in the first line', {
      hint: 'The first line is {"target":"name of a stream or table"}; a line with one JSON object for each row follows.',
    });
  return {
    target,
    properties: properties !== null && typeof properties === 'object' ? (properties as Record<string, unknown>) : {},
  };
}
