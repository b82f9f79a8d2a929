import type { ConnectorTopicSchema } from '../wire/connector-topic-schema.ts';
import type { Entity, KsqlRequest, QueryStreamMetadata, QueryStreamRequest, ServerInfo } from '../wire/entities.ts';
import type { ServerEvent } from '../wire/events.ts';
import type { Lineage } from '../wire/lineage.ts';
import type { CallerInfo } from '../wire/caller.ts';
import type { QueryState } from '../wire/query-state.ts';
import type { QueryTasks } from '../wire/query-tasks.ts';
import type { RegisteredSchema } from '../wire/registered-schema.ts';
import type { TopicRecords, TopicRecordsRequest } from '../wire/topic-records.ts';
import { ClientError } from './client-error.ts';
import { RowStream, type RowObject } from './row-stream.ts';
import { fetchTransport, linesOf, type Transport, type TransportAnswer } from './transport.ts';
import { valueLiteral, variableTexts, type InsertValue, type VariableValue } from './values.ts';

export interface ClientOptions {
  /** `http://host:port`; default http://localhost:8088. A user and password in it are sent as Basic authentication. */
  readonly url?: string;
  readonly credentials?: { readonly user: string; readonly password: string };
  /** A bearer token, instead of a user and password. */
  readonly token?: string;
  readonly headers?: Readonly<Record<string, string>>;
  readonly transport?: Transport;
}

/**
 * What is sent with statements. A server's session lasts for one request, so the client program keeps session settings.
 */
export interface RequestOptions {
  /** Overrides of properties like those of SET, e.g. `auto.offset.reset`. */
  readonly properties?: Readonly<Record<string, unknown>>;
  /** Variables like those of DEFINE: strings as they are, other values as literals. */
  readonly variables?: Readonly<Record<string, VariableValue>>;
  readonly signal?: AbortSignal;
}

/** The response status of an unhealthy server. */
const UNHEALTHY = 503;

type AnyVariables = Readonly<Record<string, VariableValue>>;

export interface QueryOptions extends RequestOptions {
  /**
   * Whether rows that are removed from a table are sent as well: see `RowStream.changeBatches`. Supported only by
   * Sluice.
   */
  readonly tombstones?: boolean;
}

/**
 * The options of a statement whose variables have declared types (`sluice types`), which makes `variables` required.
 */
export type OptionsFor<Variables extends object, Options extends RequestOptions> =
  Readonly<Record<string, VariableValue>> extends Variables
    ? [options?: Options]
    : [options: Omit<Options, 'variables'> & { readonly variables: Variables }];

/** Acknowledgement of one row of `insertStream`. */
export interface InsertAck {
  readonly seq: number;
  readonly status: 'ok' | 'error';
  readonly message?: string;
}

/** The state of a command; `queryId` is null when it did not start a query. */
export interface CommandStatusAnswer {
  readonly status: string;
  readonly message: string;
  readonly queryId: string | null;
}

/** A client of the REST API of Sluice or ksqlDB, for browsers and Node. Every method throws ClientError. */
export class SluiceClient {
  readonly url: string;
  readonly #headers: Readonly<Record<string, string>>;
  readonly #transport: Transport;
  /** The number of the last command of this client, which later statements wait for. */
  #commandSequenceNumber = -1;

  constructor(options: ClientOptions = {}) {
    const parsed = new URL(options.url ?? 'http://localhost:8088');
    const credentials =
      options.credentials ??
      (parsed.username === ''
        ? undefined
        : { user: decodeURIComponent(parsed.username), password: decodeURIComponent(parsed.password) });
    this.url = `${parsed.protocol}//${parsed.host}${parsed.pathname.replace(/\/$/, '')}`;
    this.#headers = {
      ...(options.token !== undefined
        ? { Authorization: `Bearer ${options.token}` }
        : credentials
          ? { Authorization: `Basic ${base64(`${credentials.user}:${credentials.password}`)}` }
          : {}),
      ...options.headers,
    };
    this.#transport = options.transport ?? fetchTransport;
  }

  /** Executes statements of every kind except SELECT and PRINT. Returns one entity for each that has a result. */
  async execute<Variables extends object = AnyVariables>(
    ksql: string,
    ...[given]: OptionsFor<Variables, RequestOptions>
  ): Promise<readonly Entity[]> {
    const options = given as RequestOptions | undefined;
    const request: KsqlRequest = {
      ksql,
      streamsProperties: options?.properties ?? {},
      sessionVariables: variableTexts(options?.variables),
      ...(this.#commandSequenceNumber < 0 ? {} : { commandSequenceNumber: this.#commandSequenceNumber }),
    };
    const entities = JSON.parse(await this.#text('POST', '/ksql', request, options?.signal)) as readonly Entity[];
    for (const entity of entities) {
      const number = entity['commandSequenceNumber'];
      if (typeof number === 'number') this.#commandSequenceNumber = Math.max(this.#commandSequenceNumber, number);
    }
    return entities;
  }

  /**
   * Starts a push or pull query. Resolves when its columns are known, before any row exists. `Row` is the type of its
   * rows by column name, and `Variables` the type of its variables, if the caller knows them (`sluice types`).
   */
  async streamQuery<Row extends object = RowObject, Variables extends object = AnyVariables>(
    sql: string,
    ...[given]: OptionsFor<Variables, QueryOptions>
  ): Promise<RowStream<Row>> {
    const { lines, abort } = await this.#openStream(sql, (given ?? {}) as QueryOptions);
    const first = await lines.next();
    if (first.done === true) throw new ClientError(200, { message: 'The answer ended before it began' });
    const [head, ...rows] = first.value;
    const metadata = JSON.parse(head!) as QueryStreamMetadata & { readonly message?: string };
    if (metadata.columnNames === undefined) throw ClientError.ofAnswer(200, head!);
    return new RowStream<Row>(metadata, rows, lines, abort);
  }

  /** Runs a query that ends by itself and returns all of its rows, as objects by column name. */
  async pullQuery<Row extends object = RowObject, Variables extends object = AnyVariables>(
    sql: string,
    ...options: OptionsFor<Variables, RequestOptions>
  ): Promise<Row[]> {
    const rows: Row[] = [];
    for await (const row of (await this.streamQuery<Row, Variables>(sql, ...options)).objects()) rows.push(row);
    return rows;
  }

  /**
   * PRINT: the lines that ksqlDB's console shows. Without LIMIT it continues until the loop is left or `signal` aborts.
   */
  async *print(sql: string, options: RequestOptions = {}): AsyncGenerator<string> {
    const { lines, abort } = await this.#openStream(sql, options);
    try {
      for (;;) {
        const next = await lines.next();
        if (next.done === true) return;
        for (const line of next.value) {
          if (line.startsWith('{"@type":"generic_error"')) throw ClientError.ofAnswer(200, line);
          yield line;
        }
      }
    } catch (error) {
      if (error instanceof ClientError && error.code === 'CANCELLED') return;
      throw error;
    } finally {
      abort();
    }
  }

  /** Inserts one row by a statement: INSERT INTO target (names) VALUES (values). Undefined values are omitted. */
  async insertInto<Row extends object = Readonly<Record<string, InsertValue>>>(
    target: string,
    row: Row,
    options: RequestOptions = {},
  ): Promise<void> {
    const fields = Object.entries(row as Readonly<Record<string, InsertValue | undefined>>);
    const given = fields.filter((field): field is [string, InsertValue] => field[1] !== undefined);
    const names = given.map(([name]) => name);
    const values = given.map(([, value]) => valueLiteral(value));
    await this.execute(`INSERT INTO ${target} (${names.join(', ')}) VALUES (${values.join(', ')});`, options);
  }

  /**
   * Inserts rows as they arrive, with one acknowledgement each, in their order. Needs an HTTP/2 transport. The names of
   * a row's fields are column names; they are case-sensitive only in back-quotes.
   */
  async *insertStream(
    target: string,
    rows: AsyncIterable<Readonly<Record<string, unknown>>> | Iterable<Readonly<Record<string, unknown>>>,
    options: RequestOptions = {},
  ): AsyncGenerator<InsertAck> {
    async function* body(): AsyncGenerator<string> {
      yield `${JSON.stringify({ target, properties: options.properties ?? {} })}\n`;
      for await (const row of rows) yield `${JSON.stringify(row, exact)}\n`;
    }
    const answer = await this.#send('POST', '/inserts-stream', body(), options.signal);
    for await (const batch of linesOf(answer.body)) for (const line of batch) yield JSON.parse(line) as InsertAck;
  }

  async info(): Promise<ServerInfo['KsqlServerInfo']> {
    return (JSON.parse(await this.#text('GET', '/info')) as ServerInfo).KsqlServerInfo;
  }

  /** The health of the server's components; also for an unhealthy server, which responds with 503. */
  async health(): Promise<{ readonly isHealthy: boolean; readonly details: Readonly<Record<string, unknown>> }> {
    const answer = await this.#send('GET', '/healthcheck', undefined, undefined, {}, UNHEALTHY);
    const text = await collect(answer);
    // A proxy in between may respond with 503 as well.
    if (answer.status === UNHEALTHY && !text.includes('"isHealthy"')) throw ClientError.ofAnswer(answer.status, text);
    return JSON.parse(text) as { isHealthy: boolean; details: Record<string, unknown> };
  }

  /** The state of a command, by the `commandId` of its entity. */
  async status(commandId: string): Promise<CommandStatusAnswer> {
    const path = commandId.split('/').map(encodeURIComponent).join('/');
    return JSON.parse(await this.#text('GET', `/status/${path}`)) as CommandStatusAnswer;
  }

  /**
   * The data flow between all objects, or only upstream and downstream of one object. Like the next six methods,
   * supported only by Sluice.
   */
  async lineage(of?: string, signal?: AbortSignal): Promise<Lineage> {
    const query = of === undefined ? '' : `?of=${encodeURIComponent(of)}`;
    return JSON.parse(await this.#text('GET', `/lineage${query}`, undefined, signal)) as Lineage;
  }

  /** The number of rows and bytes in the stores of a persistent query on the server. */
  async queryState(queryId: string, signal?: AbortSignal): Promise<QueryState> {
    const path = `/queries/${encodeURIComponent(queryId)}/state`;
    return JSON.parse(await this.#text('GET', path, undefined, signal)) as QueryState;
  }

  /** The caller of the request, and its permissions. */
  async caller(signal?: AbortSignal): Promise<CallerInfo> {
    return JSON.parse(await this.#text('GET', '/user', undefined, signal)) as CallerInfo;
  }

  /** The assignment of a persistent query's tasks to servers and their threads. */
  async queryTasks(queryId: string, signal?: AbortSignal): Promise<QueryTasks> {
    const path = `/queries/${encodeURIComponent(queryId)}/tasks`;
    return JSON.parse(await this.#text('GET', path, undefined, signal)) as QueryTasks;
  }

  /** Records of a topic, in any format. */
  async topicRecords(topic: string, request: TopicRecordsRequest = {}, signal?: AbortSignal): Promise<TopicRecords> {
    const query = new URLSearchParams(
      Object.entries(request).map(([name, value]): [string, string] => [name, String(value)]),
    );
    const path = `/topics/${encodeURIComponent(topic)}/records?${query.toString()}`;
    return JSON.parse(await this.#text('GET', path, undefined, signal)) as TopicRecords;
  }

  /** The columns of a topic that a connector of the embedded Connect worker has written, as SQL would declare them. */
  async connectorTopicSchema(connector: string, topic: string, signal?: AbortSignal): Promise<ConnectorTopicSchema> {
    const path = `/connectors/${encodeURIComponent(connector)}/topics/${encodeURIComponent(topic)}/schema`;
    return JSON.parse(await this.#text('GET', path, undefined, signal)) as ConnectorTopicSchema;
  }

  /** The versions of a subject of the schema registry that the server uses, oldest first. */
  async schemas(subject: string, signal?: AbortSignal): Promise<readonly RegisteredSchema[]> {
    const path = `/schemas/${encodeURIComponent(subject)}`;
    return JSON.parse(await this.#text('GET', path, undefined, signal)) as readonly RegisteredSchema[];
  }

  /** The status of the servers of the service, by address. */
  async clusterStatus(): Promise<
    Readonly<Record<string, { readonly hostAlive: boolean; readonly lastStatusUpdateMs: number }>>
  > {
    const answer = JSON.parse(await this.#text('GET', '/clusterStatus')) as {
      readonly clusterStatus: Record<string, { hostAlive: boolean; lastStatusUpdateMs: number }>;
    };
    return answer.clusterStatus;
  }

  /**
   * The objects of each kind, and every change to them: states, names, rates. Ends when the loop is left or `signal`
   * aborts.
   */
  async *events(signal?: AbortSignal): AsyncGenerator<ServerEvent> {
    const own = new AbortController();
    const abort = (): void => own.abort();
    if (signal?.aborted) abort();
    signal?.addEventListener('abort', abort, { once: true });
    try {
      const answer = await this.#send('GET', '/events', undefined, own.signal);
      let event = '';
      for await (const lines of linesOf(answer.body))
        for (const line of lines) {
          if (line.startsWith('event: ')) event = line.slice(7);
          else if (line.startsWith('data: '))
            yield { event, data: JSON.parse(line.slice(6)) as unknown } as ServerEvent;
        }
    } catch (error) {
      if (!own.signal.aborted) throw error;
    } finally {
      signal?.removeEventListener('abort', abort);
      abort();
    }
  }

  /** Ends a push query, from any connection. */
  async closeQuery(queryId: string): Promise<void> {
    await this.#text('POST', '/close-query', { queryId });
  }

  /** Ends a query, persistent or not, by TERMINATE. */
  async terminateQuery(queryId: string): Promise<void> {
    await this.execute(`TERMINATE ${queryId};`);
  }

  async #openStream(
    sql: string,
    options: QueryOptions,
  ): Promise<{ readonly lines: AsyncIterator<string[]>; readonly abort: () => void }> {
    const request: QueryStreamRequest = {
      sql,
      properties: options.properties ?? {},
      sessionVariables: variableTexts(options.variables),
      notices: true,
      ...(options.tombstones === true && { tombstones: true }),
    };
    const own = new AbortController();
    const abort = (): void => own.abort();
    if (options.signal?.aborted) abort();
    options.signal?.addEventListener('abort', abort, { once: true });
    const release = (): void => {
      options.signal?.removeEventListener('abort', abort);
      abort();
    };
    try {
      const answer = await this.#send('POST', '/query-stream', JSON.stringify(request), own.signal, {
        Accept: 'application/vnd.ksqlapi.delimited.v1',
      });
      return { lines: linesOf(answer.body), abort: release };
    } catch (error) {
      release();
      throw error;
    }
  }

  async #text(method: 'GET' | 'POST', path: string, body?: unknown, signal?: AbortSignal): Promise<string> {
    return await collect(await this.#send(method, path, body === undefined ? undefined : JSON.stringify(body), signal));
  }

  async #send(
    method: 'GET' | 'POST',
    path: string,
    body?: string | AsyncIterable<string>,
    signal?: AbortSignal,
    headers: Readonly<Record<string, string>> = {},
    expected?: number,
  ): Promise<TransportAnswer> {
    const answer = await this.#transport.request({
      method,
      url: this.url + path,
      headers: { ...(body === undefined ? {} : { 'Content-Type': 'application/json' }), ...this.#headers, ...headers },
      body,
      signal,
    });
    if (answer.status >= 400 && answer.status !== expected)
      throw ClientError.ofAnswer(answer.status, await collect(answer));
    return answer;
  }
}

async function collect(answer: TransportAnswer): Promise<string> {
  let text = '';
  for await (const piece of answer.body) text += piece;
  return text;
}

function exact(_name: string, value: unknown): unknown {
  return typeof value === 'bigint' ? String(value) : value;
}

function base64(text: string): string {
  return btoa(String.fromCharCode(...new TextEncoder().encode(text)));
}
