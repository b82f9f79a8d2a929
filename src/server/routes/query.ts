import { EXACT_CODES, SluiceError } from '../../base/errors.ts';
import { didYouMean } from '../../base/suggest.ts';
import { isKnownProperty, KNOWN_KEYS } from '../../config/server-config.ts';
import type { PrintHandle, QueryEnd, QueryHandle, RowBatch } from '../../engine/query-handle.ts';
import { encode, PieceWriter } from '../encoded-rows.ts';
import { errorAnswer } from '../errors.ts';
import type { HttpContext } from '../http-context.ts';
import { checkFields, misspelledProperties } from '../request-fields.ts';
import { commandOf, exampleOf, readTextRequest, textRequest } from '../requests.ts';
import { negotiate, type RowFormat, type RowFormatKind } from '../row-format.ts';
import { delimitedFormat, jsonArrayFormat, streamedRowFormat } from '../row-formats.ts';

/** How often an idle push query sends a newline, in ms, so that a dead client is noticed. */
const IDLE_NEWLINE_MS = 10_000;

/** POST /query: SELECT or PRINT, rows as an array of StreamedRow. */
export async function query(http: HttpContext): Promise<void> {
  const { text, session } = await readTextRequest(http, '/query');
  const handle = await http.app.engine.query(text, session);
  if (handle.kind === 'PRINT') return await streamPrint(http, handle);
  await answerRows(http, handle, streamedRowFormat(handle));
}

/** POST /query-stream: SELECT or PRINT; the Accept header chooses the form. */
export async function queryStream(http: HttpContext): Promise<void> {
  const kind = negotiate(http.header('accept'));
  const body = await http.readJson(exampleOf('sql'));
  checkFields(http, '/query-stream', body);
  ignoreUnknownProperties(http, body);
  await commandOf(http.app, body);
  const { text, session } = textRequest(http, body, 'sql', 'properties');
  const showsTombstones = body['tombstones'] === true;
  if (kind === undefined)
    throw new SluiceError('BAD_REQUEST', 'Not Acceptable', {
      status: EXACT_CODES.NOT_ACCEPTABLE.status,
      restCode: EXACT_CODES.NOT_ACCEPTABLE.restCode,
      hint: 'The header Accept names the form of the rows: application/vnd.ksqlapi.delimited.v1 (lines, also without the header), application/json, application/vnd.ksql.v1+json or application/vnd.ksql.v1+protobuf.',
    });
  const tombstones = (kind === 'delimited' && !showsTombstones) || kind === 'json' ? 'left out' : 'shown';
  const handle = await http.app.engine.query(text, session, tombstones);
  if (handle.kind === 'PRINT') {
    if (kind !== 'delimited') {
      await handle.close();
      throw new SluiceError('BAD_REQUEST', 'PRINT needs Accept: application/vnd.ksqlapi.delimited.v1', {
        status: EXACT_CODES.NOT_ACCEPTABLE.status,
        restCode: EXACT_CODES.NOT_ACCEPTABLE.restCode,
        hint: 'Records are lines of text, whatever their format; GET /topics/NAME/records has them as JSON.',
      });
    }
    return await streamPrint(http, handle);
  }
  await answerRows(http, handle, formatOf(kind, handle, showsTombstones, http), body['notices'] === true);
}

function formatOf(kind: RowFormatKind, handle: QueryHandle, showsTombstones: boolean, { app }: HttpContext): RowFormat {
  switch (kind) {
    case 'delimited':
      return delimitedFormat(handle, showsTombstones);
    case 'json':
      return jsonArrayFormat(handle);
    case 'streamed':
      return streamedRowFormat(handle);
    default:
      return app.protobufRows(handle);
  }
}

/**
 * Removes those of `properties` that this server does not know, with a warning: some clients always send one of their
 * own here, which ksqlDB accepts. Elsewhere they are refused, and so is a misspelled name here.
 * @throws SluiceError BAD_REQUEST
 */
function ignoreUnknownProperties(http: HttpContext, body: Record<string, unknown>): void {
  const { properties } = body;
  if (properties === null || typeof properties !== 'object' || Array.isArray(properties)) return;
  const unknown = Object.keys(properties).filter((name) => !isKnownProperty(name));
  if (unknown.length === 0) return;
  const misspelled = misspelledProperties(http, properties as Record<string, unknown>);
  if (misspelled.length > 0)
    throw new SluiceError('BAD_REQUEST', `"properties" names settings that there are not. ${misspelled.join(' ')}`, {
      hint: 'SHOW PROPERTIES; lists them. ksql.dialect=ksqldb ignores such names here, as ksqlDB does.',
    });
  const meant = unknown.flatMap((name) => didYouMean(name, KNOWN_KEYS) ?? []);
  http.warn([`Nothing reads the properties ${unknown.join(', ')}.`, ...meant].join(' '));
  body['properties'] = Object.fromEntries(Object.entries(properties).filter(([name]) => isKnownProperty(name)));
}

/** GET /ws/query: SELECT or PRINT over a WebSocket; without its handshake there is no response. */
export function webSocketQuery(): void {
  throw new SluiceError('BAD_REQUEST', 'GET /ws/query is opened as a WebSocket; POST /query answers over HTTP');
}

/** POST /close-query. */
export async function closeQuery(http: HttpContext): Promise<void> {
  const body = await http.readJson('{"queryId": "id from the head of the answer"}');
  checkFields(http, '/close-query', body);
  const given = body['queryId'];
  if (typeof given !== 'string' || given === '')
    throw new SluiceError('BAD_REQUEST', '"queryId" field must be populated', {
      hint: 'The body is {"queryId": "…"}: the id stands in the first line of what /query-stream answers.',
    });
  if (!http.app.engine.closePushQuery(given, http.caller))
    throw new SluiceError('BAD_REQUEST', `No query with id ${given}`, {
      hint: /^C[ST]AS_|^INSERTQUERY_/i.test(given)
        ? `It is a persistent query: TERMINATE ${given}; ends it.`
        : 'It has ended, or never was: the id of a push query that runs stands in the first line of what /query-stream answers. TERMINATE ends persistent queries.',
    });
  http.send(200, 'application/json', '');
}

/**
 * The longest interval at which a running query is asked for notices besides its rows, in ms; it doubles up to this
 * each time there was one, since counts of failures grow with the rows.
 */
const NOTICE_MS = 1000;
const NOTICE_MS_MAX = 60_000;

async function answerRows(
  http: HttpContext,
  handle: QueryHandle,
  format: RowFormat,
  wantsNotices = false,
): Promise<void> {
  // On HTTP/2 each of several rows is a frame of its own.
  if (handle.ready !== undefined && (!http.http2 || handle.ready.length <= 1)) {
    const known = handle.notice?.();
    const noticeText = known !== undefined && wantsNotices ? (format.notice?.(known) ?? '') : '';
    const rows = handle.ready.map((row) => format.row(row)).join('');
    http.head(200, format.contentType);
    http.endWith(format.head(), rows + noticeText + format.tail('COMPLETED', known));
    return;
  }
  http.onClose(() => void handle.close());
  const rows = handle.rows();
  if (handle.kind === 'PUSH') return await streamRows(http, handle, rows, format, wantsNotices);
  // A query that fails before it has returned anything is refused with a status.
  let first;
  try {
    first = await rows.next();
  } catch (error) {
    await handle.close();
    throw error;
  }
  const stream = (answer: Rows): Promise<void> => streamRows(http, handle, answer, format, wantsNotices);
  if (first.done === true) return await stream(oneAfterAnother([], rows, first.value));
  if (http.http2) return await stream(oneAfterAnother([first.value], rows));
  const second = await rows.next().catch((error: unknown) => ({ error }));
  if ('error' in second) return await stream(oneAfterAnother([first.value], failing(second.error)));
  if (second.done !== true) return await stream(oneAfterAnother([first.value, second.value], rows));
  // A short response is sent in one piece.
  http.head(200, format.contentType);
  const notice = handle.notice?.();
  const line = notice !== undefined && wantsNotices ? (format.notice?.(notice) ?? '') : '';
  http.endWith(format.head(), encode(first.value, format).pieces.join('') + line + format.tail(second.value, notice));
  await handle.close();
}

type Rows = ReturnType<QueryHandle['rows']>;

/** Batches that have already been taken from an answer, followed by the rest, or its end if known. */
async function* oneAfterAnother(taken: readonly RowBatch[], rest: Rows, end?: QueryEnd): Rows {
  for (const batch of taken) yield batch;
  return end ?? (yield* rest);
}

// eslint-disable-next-line require-yield
async function* failing(error: unknown): Rows {
  await Promise.resolve();
  throw error;
}

async function streamRows(
  http: HttpContext,
  handle: QueryHandle,
  rows: Rows,
  format: RowFormat,
  wantsNotices = false,
): Promise<void> {
  http.head(200, format.contentType);
  http.lastWords = (error) => format.error(errorAnswer(error).body);
  let idle: () => void = () => undefined;
  const armIdle = (): void => {
    idle();
    if (handle.kind === 'PUSH' && !http.http2) {
      idle = http.app.engine.services.env.timers.after(IDLE_NEWLINE_MS, () => {
        if (!http.isWaiting) void http.write('\n');
        armIdle();
      });
    }
  };
  let reported: string | undefined;
  const newNotice = (): string => {
    const text = wantsNotices ? handle.notice?.() : undefined;
    if (text === undefined || text === reported) return '';
    reported = text;
    return format.notice?.(text) ?? '';
  };
  let watch: () => void = () => undefined;
  let patienceMs = NOTICE_MS;
  const armWatch = (): void => {
    watch = http.app.engine.services.env.timers.after(patienceMs, () => {
      const line = http.isWaiting ? '' : newNotice();
      if (line !== '') {
        patienceMs = Math.min(2 * patienceMs, NOTICE_MS_MAX);
        void http.write(line);
      }
      armWatch();
    });
  };
  if (wantsNotices && format.notice !== undefined && handle.notice !== undefined) armWatch();
  const writer = new PieceWriter(http);
  try {
    // The head is sent separately before any row exists, because clients wait for it.
    await writer.write([format.head()]);
    armIdle();
    for (;;) {
      const next = await rows.next();
      if (next.done === true) {
        http.end(newNotice() + format.tail(next.value, handle.notice?.()));
        return;
      }
      await writer.writeRows(next.value, format);
      armIdle();
      if (http.closed) return;
    }
  } catch (error) {
    http.end(format.error(errorAnswer(error).body));
  } finally {
    idle();
    watch();
    await handle.close();
  }
}

async function streamPrint(http: HttpContext, handle: PrintHandle): Promise<void> {
  http.onClose(() => void handle.close());
  http.head(200, 'application/vnd.ksqlapi.delimited.v1');
  http.lastWords = (error) => `${JSON.stringify(errorAnswer(error).body)}\n`;
  (http.response as { flushHeaders?: () => void }).flushHeaders?.();
  try {
    for await (const line of handle.lines()) {
      await http.write(`${line}\n`);
      if (http.closed) return;
    }
    http.end();
  } catch (error) {
    http.end(`${JSON.stringify(errorAnswer(error).body)}\n`);
  } finally {
    await handle.close();
  }
}
