import { SluiceError } from '../../base/errors.ts';
import { openRowTarget } from '../../engine/stream-inserts.ts';
import { Session } from '../../engine/session.ts';
import { errorAnswer } from '../errors.ts';
import type { HttpContext } from '../http-context.ts';
import { lines } from '../lines.ts';

/** Rows under way at once: more wait in the client's connection. */
const IN_FLIGHT_MAX = 1000;

/** POST /inserts-stream: line 1 names the target, each further line is a row; one ack a row, in the order of the rows. */
export async function insertsStream(http: HttpContext): Promise<void> {
  if (!http.http2) throw new SluiceError('NEEDS_HTTP2', 'This endpoint is only available when using HTTP2');
  const asArray = (http.header('accept') ?? '').includes('application/json');
  const body = lines(http.request as AsyncIterable<Buffer>);
  const first = await body.next();
  if (first.done === true)
    throw new SluiceError('BAD_REQUEST', 'Invalid JSON in request: the first line names the target');
  const { target, properties } = parseArguments(first.value);
  const rows = openRowTarget(target, http.app.engine.services, new Session(properties));
  http.head(200, asArray ? 'application/json' : 'application/vnd.ksqlapi.delimited.v1');
  await http.write(asArray ? '[' : '');
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
  readonly #http: HttpContext;
  readonly #asArray: boolean;
  #sending: Promise<void> = Promise.resolve();
  #added = 0;
  #sent = 0;
  #failed = false;
  #wake: (() => void) | undefined;

  constructor(http: HttpContext, asArray: boolean) {
    this.#http = http;
    this.#asArray = asArray;
  }

  get failed(): boolean {
    return this.#failed;
  }

  add(row: Promise<void>): void {
    const seq = this.#added++;
    const outcome = row.then(
      () => ({ seq, status: 'ok' }),
      (error: unknown) => ({ ...errorAnswer(error).body, seq, status: 'error' }),
    );
    this.#sending = this.#sending.then(async () => {
      const ack = await outcome;
      if (!this.#failed) {
        this.#failed = ack.status === 'error';
        const text = JSON.stringify(ack);
        await this.#http.write(this.#asArray ? (seq === 0 ? text : `,${text}`) : `${text}\n`);
      }
      this.#sent++;
      this.#wake?.();
    });
  }

  /** Resolves when another row may be taken. */
  async room(): Promise<void> {
    while (this.#added - this.#sent >= IN_FLIGHT_MAX) {
      await new Promise<void>((resolve) => {
        this.#wake = resolve;
      });
    }
  }

  async finished(): Promise<void> {
    await this.#sending;
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
