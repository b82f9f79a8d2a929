import { commaList } from '../../base/comma-list.ts';
import { messageOf, SluiceError } from '../../base/errors.ts';
import { clipped } from '../../base/quoting.ts';
import type { RegistrySchema } from '../api.ts';
import type { CompatibilityLevel, CompatibilityResult, SchemaRegistry, SubjectVersion } from './api.ts';
import { canonicalText } from './canonical.ts';

/** The part of `fetch` that the client needs. Rejects when there is no response. */
export type RegistryFetch = (
  url: string,
  init: { readonly method: string; readonly headers: Readonly<Record<string, string>>; readonly body?: string },
) => Promise<{ readonly status: number; text(): Promise<string> }>;

export interface RegistryClientOptions {
  /** Comma-separated; each may have a path and user information. They are tried in turn. */
  readonly urls: string;
  readonly fetch: RegistryFetch;
  readonly sleep: (ms: number) => Promise<void>;
  readonly user?: string | undefined;
  readonly password?: string | undefined;
  readonly headers?: Readonly<Record<string, string>> | undefined;
  /** How often all URLs are tried before giving up. Default 3. */
  readonly attempts?: number | undefined;
}

const CONTENT_TYPE = 'application/vnd.schemaregistry.v1+json';
const FIRST_PAUSE_MS = 200;

interface Endpoint {
  readonly base: string;
  readonly authorization: string | undefined;
}

interface WireSchema {
  readonly schema: string;
  readonly schemaType?: RegistrySchema['schemaType'];
  readonly references?: RegistrySchema['references'];
}

/**
 * A client of a registry with Confluent's REST API. Schemas by id and registered ids never change, so they are
 * requested once; the latest version of a subject is requested each time.
 */
export class HttpSchemaRegistry implements SchemaRegistry {
  readonly #options: RegistryClientOptions;
  readonly #endpoints: readonly Endpoint[];
  /** The index of the endpoint that responded last. */
  #current = 0;
  readonly #byId = new Map<number, Promise<RegistrySchema | undefined>>();
  readonly #registered = new Map<string, Promise<number>>();

  constructor(options: RegistryClientOptions) {
    this.#options = options;
    this.#endpoints = commaList(options.urls).map((url) => endpointOf(url, options));
    if (this.#endpoints.length === 0) throw new SluiceError('CONFIG', 'ksql.schema.registry.url holds no URL');
  }

  register(subject: string, schema: RegistrySchema): Promise<number> {
    return once(this.#registered, `${subject}|${canonicalText(schema)}`, async () => {
      const answer = await this.#call('POST', `/subjects/${encodeURIComponent(subject)}/versions`, wireSchema(schema));
      return (answer.body as { readonly id: number }).id;
    });
  }

  async lookup(subject: string, schema: RegistrySchema): Promise<SubjectVersion | undefined> {
    const answer = await this.#call('POST', `/subjects/${encodeURIComponent(subject)}`, wireSchema(schema), [404]);
    return answer.status === 404 ? undefined : this.#subjectVersion(answer.body);
  }

  schemaById(id: number): Promise<RegistrySchema | undefined> {
    return once(this.#byId, id, async () => {
      const answer = await this.#call('GET', `/schemas/ids/${id}`, undefined, [404]);
      if (answer.status === 404) {
        // It may be registered later.
        this.#byId.delete(id);
        return undefined;
      }
      return this.#complete(answer.body as WireSchema);
    });
  }

  latest(subject: string): Promise<SubjectVersion | undefined> {
    return this.#fetchVersion(subject, 'latest');
  }

  version(subject: string, version: number): Promise<SubjectVersion | undefined> {
    return this.#fetchVersion(subject, String(version));
  }

  async versions(subject: string): Promise<readonly number[] | undefined> {
    const answer = await this.#call('GET', `/subjects/${encodeURIComponent(subject)}/versions`, undefined, [404]);
    return answer.status === 404 ? undefined : (answer.body as readonly number[]);
  }

  async subjects(): Promise<readonly string[]> {
    return (await this.#call('GET', '/subjects')).body as readonly string[];
  }

  async checkCompatibility(subject: string, schema: RegistrySchema): Promise<CompatibilityResult> {
    const path = `/compatibility/subjects/${encodeURIComponent(subject)}/versions/latest?verbose=true`;
    const answer = await this.#call('POST', path, wireSchema(schema), [404]);
    if (answer.status === 404) return { compatible: true, messages: [] };
    const { is_compatible: compatible, messages } = answer.body as {
      readonly is_compatible: boolean;
      readonly messages?: readonly string[];
    };
    return { compatible, messages: messages ?? [] };
  }

  async compatibility(subject?: string): Promise<CompatibilityLevel> {
    if (subject !== undefined) {
      const own = await this.#call('GET', `/config/${encodeURIComponent(subject)}`, undefined, [404]);
      if (own.status !== 404) return levelOf(own.body);
    }
    return levelOf((await this.#call('GET', '/config')).body);
  }

  async setCompatibility(level: CompatibilityLevel, subject?: string): Promise<void> {
    await this.#call('PUT', subject === undefined ? '/config' : `/config/${encodeURIComponent(subject)}`, {
      compatibility: level,
    });
  }

  async deleteSubject(subject: string, permanent = false): Promise<readonly number[]> {
    this.#registered.clear();
    return (await this.#call('DELETE', `/subjects/${encodeURIComponent(subject)}${permanent ? '?permanent=true' : ''}`))
      .body as readonly number[];
  }

  async deleteVersion(subject: string, version: number, permanent = false): Promise<number> {
    this.#registered.clear();
    return (
      await this.#call(
        'DELETE',
        `/subjects/${encodeURIComponent(subject)}/versions/${version}${permanent ? '?permanent=true' : ''}`,
      )
    ).body as number;
  }

  async #fetchVersion(subject: string, version: string): Promise<SubjectVersion | undefined> {
    const answer = await this.#call(
      'GET',
      `/subjects/${encodeURIComponent(subject)}/versions/${version}`,
      undefined,
      [404],
    );
    return answer.status === 404 ? undefined : this.#subjectVersion(answer.body);
  }

  async #subjectVersion(body: unknown): Promise<SubjectVersion> {
    const { subject, version, id } = body as {
      readonly subject: string;
      readonly version: number;
      readonly id: number;
    };
    return { subject, version, id, schema: await this.#complete(body as WireSchema) };
  }

  /** Adds the texts of a schema's references, depth first. */
  async #complete(wire: WireSchema): Promise<RegistrySchema> {
    const { references } = wire;
    const schema: RegistrySchema = {
      schemaType: wire.schemaType ?? 'AVRO',
      schema: wire.schema,
      ...(references === undefined || references.length === 0 ? {} : { references }),
    };
    if (schema.references === undefined) return schema;
    const resolved: { name: string; schema: string }[] = [];
    for (const reference of schema.references) {
      const found = await this.version(reference.subject, reference.version);
      if (found === undefined) {
        throw new SluiceError(
          'REGISTRY_UNAVAILABLE',
          `The registry lacks ${reference.subject} version ${reference.version}, which a schema refers to`,
        );
      }
      for (const inner of [...(found.schema.resolved ?? []), { name: reference.name, schema: found.schema.schema }]) {
        if (!resolved.some((r) => r.name === inner.name)) resolved.push(inner);
      }
    }
    return { ...schema, resolved };
  }

  /**
   * Sends one request to whichever endpoint responds. Statuses in `expected` are returned, other failures are thrown. A
   * 404 without one of the registry's error codes (such as 40403) does not come from a registry, but from a proxy whose
   * registry is unavailable, or from a wrong path. It says nothing about the requested resource.
   */
  async #call(
    method: string,
    path: string,
    body?: unknown,
    expected: readonly number[] = [],
  ): Promise<{ readonly status: number; readonly body: unknown }> {
    const rounds = this.#options.attempts ?? 3;
    let last = '';
    for (let round = 0; round < rounds; round++) {
      if (round > 0) await this.#options.sleep(FIRST_PAUSE_MS * 2 ** (round - 1));
      for (let i = 0; i < this.#endpoints.length; i++) {
        const index = (this.#current + i) % this.#endpoints.length;
        const endpoint = this.#endpoints[index]!;
        try {
          const response = await this.#options.fetch(endpoint.base + path, {
            method,
            headers: {
              Accept: CONTENT_TYPE,
              ...(body === undefined ? {} : { 'Content-Type': CONTENT_TYPE }),
              ...this.#options.headers,
              ...(endpoint.authorization === undefined ? {} : { Authorization: endpoint.authorization }),
            },
            ...(body === undefined ? {} : { body: JSON.stringify(body) }),
          });
          const text = await response.text();
          const isNoAnswer = response.status === 404 && (errorCode(text) ?? 404) === 404;
          if (response.status >= 500 || response.status === 429 || isNoAnswer) {
            last = `${response.status}: ${errorMessage(text)}`;
            continue;
          }
          this.#current = index;
          if (response.status < 300 || expected.includes(response.status))
            return { status: response.status, body: text === '' ? undefined : JSON.parse(text) };
          throw refusal(response.status, text);
        } catch (error) {
          if (error instanceof SluiceError) throw error;
          last = messageOf(error);
        }
      }
    }
    const where = this.#endpoints.map((e) => e.base).join(', ');
    throw new SluiceError('REGISTRY_UNAVAILABLE', `The schema registry at ${where} does not answer: ${last}`, {
      retriable: true,
      hint: 'Check ksql.schema.registry.url, and that the registry is up.',
    });
  }
}

/** Runs `make` once per key; a failure is not cached. */
function once<K, V>(cache: Map<K, Promise<V>>, key: K, make: () => Promise<V>): Promise<V> {
  const known = cache.get(key);
  if (known !== undefined) return known;
  const made = make();
  cache.set(key, made);
  made.catch(() => cache.delete(key));
  return made;
}

function endpointOf(text: string, options: RegistryClientOptions): Endpoint {
  let url: URL;
  try {
    url = new URL(text);
  } catch (error) {
    throw new SluiceError('CONFIG', `ksql.schema.registry.url holds "${text}", which is not a URL`, { cause: error });
  }
  const user = options.user ?? (url.username === '' ? undefined : decodeURIComponent(url.username));
  const password = options.password ?? decodeURIComponent(url.password);
  const authorization =
    user === undefined ? undefined : `Basic ${Buffer.from(`${user}:${password}`, 'utf8').toString('base64')}`;
  return { base: `${url.protocol}//${url.host}${url.pathname.replace(/\/+$/, '')}`, authorization };
}

function wireSchema(schema: RegistrySchema): Record<string, unknown> {
  return {
    ...(schema.schemaType === 'AVRO' ? {} : { schemaType: schema.schemaType }),
    schema: schema.schema,
    ...(schema.references === undefined ? {} : { references: schema.references }),
  };
}

function levelOf(body: unknown): CompatibilityLevel {
  return (body as { readonly compatibilityLevel: CompatibilityLevel }).compatibilityLevel;
}

/** An error response as an error with the registry's own message, status and code. */
function refusal(status: number, text: string): SluiceError {
  const code = errorCode(text) ?? status;
  const message = errorMessage(text);
  if (status === 401 || status === 403) {
    return new SluiceError('AUTH', `The schema registry refused the credentials: ${message}`, {
      status,
      restCode: code,
    });
  }
  const kind = status === 404 ? 'NOT_FOUND' : status === 409 ? 'CONFLICT' : 'BAD_REQUEST';
  return new SluiceError(kind, message, { status, restCode: code });
}

function errorMessage(text: string): string {
  try {
    const { message } = JSON.parse(text) as { readonly message?: unknown };
    if (typeof message === 'string') return message;
  } catch {
    // Not JSON: for example the error page of a proxy.
  }
  return clipped(text);
}

function errorCode(text: string): number | undefined {
  try {
    const { error_code: code } = JSON.parse(text) as { readonly error_code?: unknown };
    return typeof code === 'number' ? code : undefined;
  } catch {
    return undefined;
  }
}
