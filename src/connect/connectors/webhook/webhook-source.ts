import { isUtf8 } from 'node:buffer';
import { must } from '../../../base/assert.ts';
import { messageOf } from '../../../base/errors.ts';
import type { StructType } from '../../../types/sql-type.ts';
import { JsonObject, type Json } from '../../../types/json-text.ts';
import type { Config, RawConfig } from '../../api/config-spec.ts';
import type {
  Choice,
  ChoiceContext,
  SourceConnector,
  SourceConnectorContext,
  SourceImplementation,
  SourceTask,
  SourceTaskContext,
} from '../../api/connector.ts';
import type { Delivery, DeliveryAnswer } from '../../api/delivery.ts';
import { ConnectError, DataError } from '../../api/errors.ts';
import type { ConnectHeader, SourceBatch, SourceRecord } from '../../api/record.ts';
import { primitive, type ConnectSchema } from '../../api/schema.ts';
import { columnsOf, jsonOf, schemaOf, valuesOf } from '../internal/json-columns.ts';
import { SeenIds } from './seen-ids.ts';
import { SCHEMES, type SigningSettings } from './signatures.ts';
import { WEBHOOK } from './webhook-keys.ts';

const TEXT = primitive('STRING', false);
const BYTES = primitive('BYTES', false);
const KEY = primitive('STRING');
const RECORDS_PER_POLL = 1000;
const IDLE_MS = 1000;
/** The time that a sender is asked to wait when there is no room or no task that writes, in seconds. */
const RETRY_AFTER_S = 5;
/** The longest id, in characters. */
const ID_CHARACTERS = 500;

/** Headers about the transport or sender of a request, not part of its content. */
const NOT_KEPT = new Set([
  'authorization',
  'connection',
  'content-length',
  'cookie',
  'expect',
  'host',
  'keep-alive',
  'proxy-authorization',
  'te',
  'trailer',
  'transfer-encoding',
  'upgrade',
]);

/** How bodies become values according to the settings. */
interface Shape {
  readonly format: string;
  readonly columns: StructType | undefined;
  readonly schema: ConnectSchema;
}

function shapeOf(config: Config): Shape {
  const format = config.get(WEBHOOK.format).toLowerCase();
  const text = config.get(WEBHOOK.columns);
  const columns = text === undefined ? undefined : columnsOf(text);
  const schema = columns !== undefined ? schemaOf(columns) : format === 'bytes' ? BYTES : TEXT;
  return { format, columns, schema };
}

class WebhookConnector implements SourceConnector {
  #raw: RawConfig = {};

  async start(config: Config, context: SourceConnectorContext): Promise<void> {
    this.#raw = config.raw;
    const topic = config.get(WEBHOOK.topic);
    context.declareTopic({
      topic,
      entity: topic,
      keySchema: config.get(WEBHOOK.keyHeader) === undefined ? null : KEY,
      keyColumns: config.get(WEBHOOK.keyHeader) === undefined ? [] : ['key'],
      isTable: false,
      valueSchema: shapeOf(config).schema,
    });
  }

  /** A single task, since there is a single address. */
  async taskConfigs(): Promise<readonly RawConfig[]> {
    return [this.#raw];
  }

  async stop(): Promise<void> {}
}

/** A delivery that is not written yet. */
interface Waiting {
  readonly id: string | undefined;
  readonly record: SourceRecord;
  readonly bytes: number;
  readonly answered: Promise<DeliveryAnswer>;
  readonly answer: (answer: DeliveryAnswer) => void;
}

const OK: DeliveryAnswer = { status: 200, body: { ok: true } };
const refusal = (status: number, message: string): DeliveryAnswer => ({ status, body: { ok: false, message } });
const later = (message: string): DeliveryAnswer => ({ ...refusal(503, message), retryAfterS: RETRY_AFTER_S });

/** Accepts deliveries, and responds to each when its record is committed. */
class WebhookTask implements SourceTask {
  #config!: Config;
  #context!: SourceTaskContext;
  #shape!: Shape;
  #scheme = 'none';
  #seen!: SeenIds;
  #queue: Waiting[] = [];
  /** The number of uncommitted deliveries, and their bytes. */
  #waits = 0;
  #waitingBytes = 0;
  /** The deliveries that the last poll returned. */
  #written: readonly Waiting[] = [];
  /** Uncommitted deliveries that have an id. */
  readonly #open = new Map<string, Waiting>();
  #wake: () => void = () => {};
  #close: () => void = () => {};

  async start(config: Config, context: SourceTaskContext): Promise<void> {
    this.#config = config;
    this.#context = context;
    this.#shape = shapeOf(config);
    this.#scheme =
      config.get(WEBHOOK.signature)?.toLowerCase() ?? (config.get(WEBHOOK.secret) === undefined ? 'none' : 'hmac');
    this.#seen = new SeenIds(context.offset.bind(context));
    if (context.receive === undefined)
      throw new ConnectError('The server that runs this connector has no listener on which it could be sent anything');
    this.#close = context.receive({
      maxBytes: config.get(WEBHOOK.maxBytes),
      take: (delivery) => this.#take(delivery),
    });
  }

  async poll(): Promise<SourceBatch | readonly SourceRecord[]> {
    if (this.#queue.length === 0) {
      const { timers } = this.#context.env;
      await new Promise<void>((resolve) => {
        const cancel = timers.after(IDLE_MS, resolve);
        this.#wake = () => {
          cancel();
          resolve();
        };
        this.#context.signal.addEventListener('abort', this.#wake, { once: true });
      });
      this.#context.signal.removeEventListener('abort', this.#wake);
    }
    const batch = this.#queue.splice(0, RECORDS_PER_POLL);
    if (batch.length === 0) return [];
    this.#written = batch;
    const offsets = this.#seen.add(batch.flatMap((waiting) => waiting.id ?? []));
    return { count: batch.length, record: (i) => must(batch[i], 'delivery').record, offsets };
  }

  async commit(): Promise<void> {
    for (const waiting of this.#written) this.#settle(waiting, OK);
    this.#written = [];
  }

  async stop(): Promise<void> {
    this.#close();
    this.#wake();
    for (const waiting of [...this.#written, ...this.#queue]) this.#settle(waiting, later('The connector is stopping'));
    this.#queue = [];
    this.#written = [];
  }

  #settle(waiting: Waiting, answer: DeliveryAnswer): void {
    this.#waits--;
    this.#waitingBytes -= waiting.bytes;
    if (waiting.id !== undefined) this.#open.delete(waiting.id);
    waiting.answer(answer);
  }

  async #take(delivery: Delivery): Promise<DeliveryAnswer> {
    const problem = this.#authProblemIn(delivery);
    if (problem !== undefined) {
      this.#context.env.logger.warn(`A delivery was refused: ${problem}`);
      return refusal(401, problem);
    }
    let value: unknown;
    let json: Json | undefined;
    try {
      ({ value, json } = this.#valueOf(delivery.body));
    } catch (error) {
      if (!(error instanceof DataError)) throw error;
      return refusal(400, messageOf(error));
    }
    // Slack verifies that the address is ours.
    if (this.#scheme === 'slack' && json instanceof JsonObject && json.get('type') === 'url_verification')
      return { status: 200, body: { challenge: json.get('challenge') } };
    const id = this.#idOf(delivery, json);
    if (id !== undefined && id.length > ID_CHARACTERS)
      return refusal(400, `the id of the delivery has more than ${ID_CHARACTERS} characters`);
    const open = id === undefined ? undefined : this.#open.get(id);
    if (open !== undefined) return await this.#patiently(open);
    if (id !== undefined && this.#seen.has(id)) return { status: 200, body: { ok: true, duplicate: true } };
    const bytes = delivery.body.length + 1000;
    const isFull =
      this.#waits >= this.#config.get(WEBHOOK.queueRecords) ||
      this.#waitingBytes + bytes > this.#config.get(WEBHOOK.queueBytes);
    if (isFull) return later('Too many deliveries wait to be written');
    let answer!: (answer: DeliveryAnswer) => void;
    const answered = new Promise<DeliveryAnswer>((resolve) => (answer = resolve));
    const waiting = { id, record: this.#recordOf(delivery, value), bytes, answered, answer };
    this.#queue.push(waiting);
    this.#waits++;
    this.#waitingBytes += bytes;
    if (id !== undefined) this.#open.set(id, waiting);
    this.#wake();
    return await this.#patiently(waiting);
  }

  async #patiently({ answered }: Waiting): Promise<DeliveryAnswer> {
    let cancel = (): void => {};
    const late = new Promise<DeliveryAnswer>((resolve) => {
      cancel = this.#context.env.timers.after(this.#config.get(WEBHOOK.ackTimeoutMs), () =>
        resolve(later('The delivery is not written yet')),
      );
    });
    const first = await Promise.race([answered, late]);
    cancel();
    return first;
  }

  /** Why the sender is not trusted; undefined: it is. */
  #authProblemIn(delivery: Delivery): string | undefined {
    const scheme = SCHEMES[this.#scheme];
    if (scheme === undefined)
      return delivery.isKnown ? undefined : 'a user of this server who may write, or a signature, is asked for';
    const config = this.#config;
    const before = config.get(WEBHOOK.secretBefore);
    const settings: SigningSettings = {
      secrets: [config.require(WEBHOOK.secret), ...(before === undefined ? [] : [before])],
      toleranceMs: config.get(WEBHOOK.toleranceMs),
      nowMs: this.#context.env.clock.nowMs(),
      header: config.get(WEBHOOK.signatureHeader),
      prefix: config.get(WEBHOOK.signaturePrefix),
      algorithm: config.get(WEBHOOK.signatureAlgorithm).toLowerCase(),
      encoding: config.get(WEBHOOK.signatureEncoding).toLowerCase() as 'hex' | 'base64',
    };
    return scheme.refusal(delivery, settings);
  }

  /** @throws DataError for a body that does not fit the settings */
  #valueOf(body: Uint8Array): { readonly value: unknown; readonly json?: Json } {
    const { format, columns } = this.#shape;
    if (format === 'bytes') return { value: body };
    if (!isUtf8(body)) throw new DataError('the body is no text in UTF-8');
    const text = Buffer.from(body).toString('utf8');
    if (format === 'text') return { value: text };
    const json = jsonOf(text);
    return { value: columns === undefined ? text : valuesOf(columns, json), json };
  }

  #idOf({ headers }: Delivery, json: Json | undefined): string | undefined {
    const header = this.#config.passed(WEBHOOK.idHeader.name);
    if (header !== undefined) return header.trim() === '' ? undefined : headers[header.trim().toLowerCase()];
    const place = SCHEMES[this.#scheme]?.id ?? { header: 'idempotency-key' };
    if ('header' in place) return headers[place.header];
    const member = json instanceof JsonObject ? json.get(place.member) : undefined;
    return typeof member === 'string' ? member : undefined;
  }

  #recordOf(delivery: Delivery, value: unknown): SourceRecord {
    const keyHeader = this.#config.get(WEBHOOK.keyHeader);
    const headers: ConnectHeader[] = [];
    for (const [key, text] of Object.entries(delivery.headers))
      if (!NOT_KEPT.has(key)) headers.push({ key, schema: TEXT, value: text });
    return {
      topic: this.#config.get(WEBHOOK.topic),
      keySchema: keyHeader === undefined ? null : KEY,
      key: keyHeader === undefined ? null : (delivery.headers[keyHeader.toLowerCase()] ?? null),
      valueSchema: this.#shape.schema,
      value,
      timestamp: delivery.receivedAtMs,
      headers,
      sourcePartition: {},
      sourceOffset: null,
    };
  }
}

/** Tells where to send deliveries, for the response to CREATE. */
async function choose(_config: Config, { name }: ChoiceContext): Promise<Choice> {
  return { settings: {}, notes: [`Send to POST /hooks/${encodeURIComponent(name)} of this server`] };
}

export const webhookSourceImplementation: SourceImplementation = {
  choose,
  createConnector: () => new WebhookConnector(),
  createTask: () => new WebhookTask(),
};
