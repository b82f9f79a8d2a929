import { createHash } from 'node:crypto';
import { AwsV4Signer } from 'aws4fetch';
import { answerText } from '../../../base/answer-text.ts';
import type { Env } from '../../../base/env.ts';
import { messageOf } from '../../../base/errors.ts';
import { clipped } from '../../../base/quoting.ts';
import type { Config } from '../../api/config-spec.ts';
import { ConnectError, RetriableError } from '../../api/errors.ts';
import type { ListedObject, ObjectLabels, ObjectStore } from '../objects/store.ts';
import { PutRetries } from '../internal/put-retries.ts';
import { CONNECTION } from './connection-keys.ts';

const LABEL = 'x-amz-meta-';
/** A page of a listing has at most a thousand keys of at most a kilobyte; with their escapes, in bytes. */
const LONGEST_TEXT = 16 << 20;

/** An error response of the store, with S3's error code. */
export class Refused extends ConnectError {
  readonly status: number;
  readonly code: string;
  constructor(message: string, status: number, code: string) {
    super(message);
    this.status = status;
    this.code = code;
  }
}

interface Ask {
  readonly method: string;
  readonly key?: string;
  readonly query?: Readonly<Record<string, string>>;
  readonly headers?: Readonly<Record<string, string>>;
  readonly body?: Buffer;
  /** Statuses besides 2xx that are not errors. */
  readonly takes?: readonly number[];
}

/** A bucket, over S3's REST API: requests are signed with AWS Signature Version 4 and retried when that may help. */
export class S3Store implements ObjectStore {
  readonly name: string;
  readonly #base: string;
  readonly #login:
    | { readonly accessKeyId: string; readonly secretAccessKey: string; readonly sessionToken?: string }
    | undefined;
  readonly #region: string;
  readonly #retries: number;
  readonly #backoffMs: number;
  readonly #timeoutMs: number;
  readonly #env: Env;
  /** Aborts attempts and the pauses between them. */
  readonly #signal: AbortSignal | undefined;
  /** Signing keys, which are valid for a day. */
  readonly #signing = new Map<string, ArrayBuffer>();

  constructor(config: Config, bucket: string, env: Env, signal?: AbortSignal) {
    const region = config.get(CONNECTION.region);
    const given = config.get(CONNECTION.storeUrl);
    const endpoint = new URL(given ?? `https://s3.${region}.amazonaws.com${region.startsWith('cn-') ? '.cn' : ''}`);
    const isInPath = bucket.includes('.') || (given !== undefined && config.get(CONNECTION.pathStyle));
    if (!isInPath) endpoint.host = `${bucket}.${endpoint.host}`;
    const root = endpoint.href.replace(/\/+$/, '');
    this.#base = isInPath ? `${root}/${bucket}` : root;
    this.name = `s3://${bucket}`;
    this.#region = region;
    const accessKeyId = config.get(CONNECTION.accessKeyId);
    const sessionToken = config.get(CONNECTION.sessionToken);
    this.#login =
      accessKeyId === undefined
        ? undefined
        : {
            accessKeyId,
            secretAccessKey: config.require(CONNECTION.secretAccessKey),
            ...(sessionToken !== undefined && { sessionToken }),
          };
    this.#retries = config.get(CONNECTION.retries);
    this.#backoffMs = config.get(CONNECTION.retryBackoffMs);
    this.#timeoutMs = config.get(CONNECTION.requestTimeoutMs);
    this.#env = env;
    this.#signal = signal;
  }

  async put(key: string, body: Buffer, labels: ObjectLabels): Promise<void> {
    await this.#text({ method: 'PUT', key, body, headers: headersOf(labels) });
  }

  async beginParts(key: string, labels: ObjectLabels): Promise<string> {
    const xml = await this.#text({ method: 'POST', key, query: { uploads: '' }, headers: headersOf(labels) });
    const id = tag(xml, 'UploadId');
    if (id === undefined) throw new ConnectError(`${this.name}/${key}: the store gave no UploadId: ${clipped(xml)}`);
    return id;
  }

  async putPart(key: string, upload: string, number: number, body: Buffer): Promise<string> {
    const answer = await this.#send({
      method: 'PUT',
      key,
      query: { partNumber: String(number), uploadId: upload },
      body,
    });
    await answer.arrayBuffer();
    return answer.headers.get('etag') ?? '';
  }

  async finishParts(key: string, upload: string, parts: readonly string[]): Promise<void> {
    const list = parts.map((etag, i) => `<Part><PartNumber>${i + 1}</PartNumber><ETag>${escaped(etag)}</ETag></Part>`);
    const body = Buffer.from(
      `<CompleteMultipartUpload xmlns="http://s3.amazonaws.com/doc/2006-03-01/">${list.join('')}</CompleteMultipartUpload>`,
    );
    const answer = await this.#send({ method: 'POST', key, query: { uploadId: upload }, body, takes: [404] });
    const xml = await this.#bodyOf(answer, `POST ${key}`);
    // An earlier attempt without a response may have completed it.
    if (answer.status === 404) {
      if ((await this.labelsOf(key)) !== undefined) return;
      throw new ConnectError(`${this.name}/${key}: the parts that were sent are gone: ${reasonIn(xml)}`);
    }
    // The response begins before the parts are joined: an error has status 200.
    if (tag(xml, 'Code') !== undefined && !xml.includes('CompleteMultipartUploadResult'))
      throw new RetriableError(`${this.name}/${key}: ${reasonIn(xml)}`);
  }

  async abortParts(key: string, upload: string): Promise<void> {
    await this.#text({ method: 'DELETE', key, query: { uploadId: upload }, takes: [404] });
  }

  async labelsOf(key: string): Promise<Readonly<Record<string, string>> | undefined> {
    // Without permission to list, the status for a missing object is 403.
    const answer = await this.#send({ method: 'HEAD', key, takes: [404, 403] });
    if (answer.status !== 200) return undefined;
    const labels: Record<string, string> = {};
    for (const [name, value] of answer.headers) if (name.startsWith(LABEL)) labels[name.slice(LABEL.length)] = value;
    return labels;
  }

  async *list(prefix: string): AsyncGenerator<ListedObject> {
    let token: string | undefined;
    do {
      const page = await this.page(prefix, 1000, token);
      yield* page.objects;
      token = page.next;
    } while (token !== undefined);
  }

  /** One page of a listing. */
  async page(
    prefix: string,
    most: number,
    token?: string,
  ): Promise<{ readonly objects: readonly ListedObject[]; readonly next: string | undefined }> {
    const query = {
      'list-type': '2',
      'max-keys': String(most),
      'encoding-type': 'url',
      prefix,
      ...(token !== undefined && { 'continuation-token': token }),
    };
    const xml = await this.#text({ method: 'GET', query });
    if (!xml.includes('ListBucketResult'))
      throw new ConnectError(`${this.#base} is no store that speaks S3: it answers ${xml.slice(0, 100)}`);
    const isEncoded = tag(xml, 'EncodingType') === 'url';
    const objects = [...xml.matchAll(/<Contents>([\s\S]*?)<\/Contents>/g)].map(([, item = '']): ListedObject => {
      const key = tag(item, 'Key') ?? '';
      return {
        key: isEncoded ? decodeURIComponent(key.replaceAll('+', ' ')) : key,
        size: Number(tag(item, 'Size') ?? 0),
        etag: (tag(item, 'ETag') ?? '').replaceAll('"', ''),
      };
    });
    const next = tag(xml, 'IsTruncated') === 'true' ? tag(xml, 'NextContinuationToken') : undefined;
    return { objects, next };
  }

  async *read(key: string, from?: number, length?: number): AsyncGenerator<Buffer> {
    const range = from === undefined ? {} : { range: `bytes=${from}-${length === undefined ? '' : from + length - 1}` };
    const answer = await this.#send({ method: 'GET', key, headers: { 'accept-encoding': 'identity', ...range } });
    if (answer.body === null) return;
    const reader = answer.body.getReader() as ReadableStreamDefaultReader<Uint8Array>;
    try {
      for (;;) {
        const { done, value } = await this.#within(
          reader.read(),
          `GET ${key}`,
          () => void reader.cancel().catch(() => {}),
        );
        if (done) return;
        yield Buffer.from(value.buffer, value.byteOffset, value.byteLength);
      }
    } finally {
      await reader.cancel().catch(() => {});
    }
  }

  close(): void {}

  async #text(ask: Ask): Promise<string> {
    return await this.#bodyOf(await this.#send(ask), `${ask.method} ${ask.key ?? ''}`);
  }

  async #bodyOf(answer: Response, what: string): Promise<string> {
    return await this.#within(answerText(answer, LONGEST_TEXT), what, () => void answer.body?.cancel().catch(() => {}));
  }

  /** @throws Refused; RetriableError after several attempts */
  async #send(ask: Ask): Promise<Response> {
    const context = { env: this.#env, signal: this.#signal };
    const retries = new PutRetries(context, { max: this.#retries, firstPauseMs: this.#backoffMs });
    return await retries.run(() => this.#attempt(ask));
  }

  async #attempt({ method, key, query = {}, headers = {}, body, takes = [] }: Ask): Promise<Response> {
    const url = new URL(this.#base + (key === undefined ? '' : `/${key.split('/').map(encoded).join('/')}`));
    for (const [name, value] of Object.entries(query)) url.searchParams.set(name, value);
    const what = `${method} ${this.name}${key === undefined ? '' : `/${key}`}`;
    const controller = new AbortController();
    // A redirect may name any host, and the headers hold credentials, such as the session token.
    const request = {
      method,
      ...(body !== undefined && { body }),
      signal: controller.signal,
      redirect: 'manual' as const,
    };
    const answer = await this.#within(
      this.#signed(url, method, headers, body).then((signed) => fetch(url, { ...request, headers: signed })),
      what,
      () => controller.abort(),
    );
    if (answer.ok || takes.includes(answer.status)) return answer;
    const xml = await this.#bodyOf(answer, what);
    const code = tag(xml, 'Code') ?? '';
    if (answer.status >= 300 && answer.status < 400)
      throw new Refused(this.#redirected(what, answer, xml), answer.status, code);
    const message = `${what}: ${xml === '' ? `HTTP ${answer.status}` : reasonIn(xml, answer.status)}`;
    if (answer.status >= 500 || answer.status === 429 || TRANSIENT.has(code)) throw new RetriableError(message);
    const region = tag(xml, 'Region') ?? answer.headers.get('x-amz-bucket-region');
    const advice =
      region !== undefined && region !== null && region !== this.#region
        ? `. The bucket is in ${region}: s3.region=${region}`
        : '';
    throw new Refused(message + advice, answer.status, code);
  }

  /** Why a redirect is not followed, where it leads, and the region or endpoint that the store names instead. */
  #redirected(what: string, answer: Response, xml: string): string {
    const location = answer.headers.get('location');
    const host = location === null ? undefined : hostOf(location, this.#base);
    const endpoint = tag(xml, 'Endpoint');
    const region = tag(xml, 'Region') ?? answer.headers.get('x-amz-bucket-region') ?? undefined;
    const code = tag(xml, 'Code');
    const where = [
      ...(region === undefined || region === this.#region
        ? []
        : [`The bucket is in ${clipped(region)}: s3.region=${clipped(region)}`]),
      ...(endpoint === undefined ? [] : [`The endpoint of the bucket is ${clipped(endpoint)}`]),
    ];
    return `${what}: HTTP ${answer.status}${code === undefined ? '' : ` ${clipped(code)}`}: the store redirects${
      host === undefined ? '' : ` to ${clipped(host)}`
    }, which is not followed, because the credentials would go along: s3.region or store.url is wrong${where.map((w) => `. ${w}`).join('')}`;
  }

  async #signed(
    url: URL,
    method: string,
    headers: Readonly<Record<string, string>>,
    body: Buffer | undefined,
  ): Promise<Headers | Readonly<Record<string, string>>> {
    if (this.#login === undefined) return headers;
    const signer = new AwsV4Signer({
      ...this.#login,
      method,
      url: url.href,
      headers: {
        ...headers,
        'x-amz-content-sha256': createHash('sha256')
          .update(body ?? '')
          .digest('hex'),
      },
      service: 's3',
      region: this.#region,
      cache: this.#signing,
      datetime: `${new Date(this.#env.clock.nowMs()).toISOString().replaceAll(/[:-]|\.\d{3}/g, '')}`,
    });
    return (await signer.sign()).headers;
  }

  /** @throws RetriableError for a timeout or a failed connection */
  #within<T>(work: Promise<T>, what: string, abort: () => void): Promise<T> {
    return new Promise((resolve, reject) => {
      let isLate = false;
      const cancel = this.#env.timers.after(this.#timeoutMs, () => {
        isLate = true;
        abort();
        reject(new RetriableError(`${what}: no answer within ${this.#timeoutMs} ms`));
      });
      work.then(
        (value) => {
          cancel();
          resolve(value);
        },
        (error: unknown) => {
          cancel();
          if (isLate || error instanceof ConnectError) return reject(error as Error);
          const cause = (error as { readonly cause?: unknown }).cause ?? error;
          const reason = messageOf(cause) || String((cause as { code?: string }).code ?? cause);
          reject(new RetriableError(`${what}: ${reason}`, { cause: error }));
        },
      );
    });
  }
}

/** The host of a redirect's target, which may be relative. */
function hostOf(location: string, base: string): string | undefined {
  return URL.canParse(location, base) ? new URL(location, base).host : undefined;
}

/** Transient errors, though their status means that the request is wrong. */
const TRANSIENT = new Set([
  'RequestTimeout',
  'SlowDown',
  'RequestTimeTooSkewed',
  'OperationAborted',
  'ConditionalRequestConflict',
]);

function headersOf({ contentType, labels }: ObjectLabels): Record<string, string> {
  return {
    'content-type': contentType,
    ...Object.fromEntries(Object.entries(labels).map(([name, value]) => [LABEL + name, value])),
  };
}

/** AWS's URI encoding: all except letters, digits and -._~. */
const encoded = (part: string): string =>
  encodeURIComponent(part).replaceAll(/[!'()*]/g, (c) => `%${c.charCodeAt(0).toString(16).toUpperCase()}`);

/** The text of the first element of a name; sufficient because the responses are flat and machine-generated. */
function tag(xml: string, name: string): string | undefined {
  const found = new RegExp(`<${name}(?: [^>]*)?>([^<]*)</${name}>`).exec(xml)?.[1];
  return found?.replaceAll(/&(?:#(\d+)|#x([\da-fA-F]+)|(amp|lt|gt|quot|apos));/g, (_, dec, hex, word) =>
    dec !== undefined
      ? String.fromCodePoint(Number(dec))
      : hex !== undefined
        ? String.fromCodePoint(Number.parseInt(hex as string, 16))
        : (ENTITIES[word as string] ?? ''),
  );
}
const ENTITIES: Readonly<Record<string, string>> = { amp: '&', lt: '<', gt: '>', quot: '"', apos: "'" };

const escaped = (text: string): string => text.replaceAll('&', '&amp;').replaceAll('<', '&lt;').replaceAll('>', '&gt;');

function reasonIn(xml: string, status?: number): string {
  const [code, message] = [tag(xml, 'Code'), tag(xml, 'Message')];
  if (code !== undefined) return message === undefined || message === '' ? code : `${code}: ${message}`;
  return `HTTP ${status ?? 200}: ${clipped(xml.replaceAll(/<[^>]*>|\s+/g, ' ').trim())}`;
}
