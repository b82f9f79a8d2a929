import { Quoting, type MessageText } from './quoting.ts';
import { renderCaret, type Span } from './span.ts';

/**
 * What a client may conclude from an error:
 * - `parse`: the text does not parse, or its tree cannot be built (ksqlDB's ParseFailedException)
 * - `statement`: the statement is well formed and rejected (KsqlStatementException)
 * - `general`: any other refusal that is the caller's to mend (KsqlException)
 * - `record`: one record cannot be read, evaluated or written; goes to the processing log
 * - `runtime`: a query or connector cannot go on (StreamsException)
 * - `internal`: a defect of ours
 */
export type ErrorKind = 'parse' | 'statement' | 'general' | 'record' | 'runtime' | 'internal';

interface ErrorEntry {
  readonly kind: ErrorKind;
  /** HTTP status of a REST answer that carries this error. */
  readonly status: number;
  /** ksqlDB's `error_code` (status x 100 + detail), see docs/reference/errors.md. */
  readonly restCode: number;
  readonly doc: string;
}

/** Every error code. Clients match on the code, never on the text. Add an entry here, nowhere else. */
export const ERRORS = {
  SYNTAX: { kind: 'parse', status: 400, restCode: 40001, doc: 'The text is not a statement of the language.' },
  AST: { kind: 'parse', status: 400, restCode: 40001, doc: 'The text parses, but no statement can be built from it.' },
  STATEMENT: { kind: 'statement', status: 400, restCode: 40001, doc: 'The statement is rejected.' },
  REJECTED: { kind: 'general', status: 400, restCode: 40001, doc: 'The statement breaks a rule of the engine.' },
  BAD_REQUEST: { kind: 'general', status: 400, restCode: 40000, doc: 'The request is malformed.' },
  WRONG_ENDPOINT: { kind: 'general', status: 400, restCode: 40002, doc: 'A query was sent to /ksql.' },
  TOO_MANY_QUERIES: { kind: 'general', status: 400, restCode: 40003, doc: 'ksql.max.push.queries is reached.' },
  RATE_LIMIT: {
    kind: 'general',
    status: 429,
    restCode: 42900,
    doc: 'More requests than ksql.query.pull.max.qps, ksql.query.pull.max.concurrent.requests or ksql.server.command.topic.rate.limit allow.',
  },
  NEEDS_HTTP2: {
    kind: 'general',
    status: 400,
    restCode: 40004,
    doc: 'The client streams rows over HTTP/2, which its transport does not speak.',
  },
  PULL_TOO_LARGE: {
    kind: 'general',
    status: 400,
    restCode: 40001,
    doc: 'A pull query would have to hold more than ksql.query.pull.max.memory.',
  },
  MEMORY_FULL: {
    kind: 'general',
    status: 503,
    restCode: 50303,
    doc: 'Requests and queries together hold as much memory as server.memory.max.bytes allows.',
  },
  STATEMENT_TIMEOUT: {
    kind: 'general',
    status: 504,
    restCode: 50400,
    doc: 'A statement takes longer than ksql.statement.max.ms.',
  },
  NOT_FOUND: { kind: 'general', status: 404, restCode: 40400, doc: 'No such entity.' },
  CONFLICT: { kind: 'general', status: 409, restCode: 40900, doc: 'An entity of that name exists, or is busy.' },
  ASSERTION_FAILED: { kind: 'general', status: 417, restCode: 41700, doc: 'An ASSERT statement did not hold.' },
  REGISTRY_UNAVAILABLE: {
    kind: 'runtime',
    status: 503,
    restCode: 50303,
    doc: 'The schema registry does not answer, or answers with an error of its own.',
  },
  SCHEMA_MISSING: {
    kind: 'runtime',
    status: 404,
    restCode: 40403,
    doc: 'The schema registry does not have the schema that a record names: its query waits there until it has.',
  },
  REGISTRY_MISSING: {
    kind: 'general',
    status: 428,
    restCode: 42801,
    doc: 'A schema registry is needed and none is configured.',
  },
  CONFIG: { kind: 'general', status: 400, restCode: 40001, doc: 'A configuration value is missing or invalid.' },
  CONNECTOR: { kind: 'general', status: 400, restCode: 40001, doc: 'Kafka Connect refused the request.' },
  CONNECT_UNAVAILABLE: { kind: 'general', status: 500, restCode: 50000, doc: 'No Connect worker answered.' },
  AUTH: { kind: 'general', status: 401, restCode: 40100, doc: 'The request is not authenticated.' },
  FORBIDDEN: {
    kind: 'general',
    status: 403,
    restCode: 40301,
    doc: 'The user may not do it: a role does not grant the right, or Kafka has no ACL for it.',
  },
  DESERIALIZATION: { kind: 'record', status: 500, restCode: 50000, doc: 'A record cannot be decoded.' },
  SERIALIZATION: { kind: 'record', status: 500, restCode: 50000, doc: 'A row cannot be encoded.' },
  EVALUATION: { kind: 'record', status: 500, restCode: 50000, doc: 'An expression failed on a row.' },
  QUERY_FAILED: { kind: 'runtime', status: 500, restCode: 50000, doc: 'A query cannot go on.' },
  LOG_UNAVAILABLE: {
    kind: 'runtime',
    status: 503,
    restCode: 50303,
    doc: 'The log (embedded or Kafka) does not answer.',
  },
  LOG_CORRUPT: {
    kind: 'runtime',
    status: 500,
    restCode: 50000,
    doc: 'A stored batch fails its checksum or cannot be read.',
  },
  LOG_FULL: { kind: 'runtime', status: 507, restCode: 50000, doc: 'The disk or the map of the embedded log is full.' },
  READ_ONLY: {
    kind: 'general',
    status: 503,
    restCode: 50303,
    doc: 'The server serves what could be read of a damaged store, and takes no changes.',
  },
  RECORD_TOO_LARGE: {
    kind: 'record',
    status: 413,
    restCode: 50000,
    doc: 'A record batch is larger than its topic allows.',
  },
  NOT_READY: {
    kind: 'runtime',
    status: 503,
    restCode: 50302,
    doc: 'The server is starting, or does not have what was asked for.',
  },
  READER_STALLED: {
    kind: 'runtime',
    status: 500,
    restCode: 50000,
    doc: 'The client took nothing of its answer for too long.',
  },
  STOPPING: { kind: 'runtime', status: 503, restCode: 50303, doc: 'The server is shutting down.' },
  INTERNAL: { kind: 'internal', status: 500, restCode: 50000, doc: 'A defect in Sluice.' },
} as const satisfies Record<string, ErrorEntry>;

export type ErrorCode = keyof typeof ERRORS;

/**
 * The `error_code`s of answers that differ from the one of their error's code. Add an entry here, nowhere else. (The
 * schema registry's codes are Confluent's: formats/schema-registry/registry-errors.ts.)
 */
export const EXACT_CODES = {
  FOREIGN_PAGE: {
    status: 403,
    restCode: 40300,
    doc: 'The page of another site asks, or the host of the request is not one of the server.',
  },
  NOT_ACCEPTABLE: {
    status: 406,
    restCode: 40600,
    doc: 'The header Accept names no form of rows that the answer can have.',
  },
  COMMAND_WAIT: {
    status: 503,
    restCode: 50301,
    doc: 'The command that the request names by its sequence number was not executed in time.',
  },
} as const satisfies Record<string, Pick<ErrorEntry, 'status' | 'restCode' | 'doc'>>;

export interface SluiceErrorOptions {
  readonly span?: Span | undefined;
  /** What the user can do: a sentence, or the corrected statement. */
  readonly hint?: string | undefined;
  readonly cause?: unknown;
  /** True when the same request may succeed later without a change. */
  readonly retriable?: boolean | undefined;
  /** Text of the statement, where it is known. */
  readonly statement?: string | undefined;
  /** Overrides the table's HTTP status (connector errors carry Connect's). */
  readonly status?: number | undefined;
  readonly restCode?: number | undefined;
}

/** The one error class: an address (code), a sentence, and where known a position, a hint and a cause. */
export class SluiceError extends Error {
  readonly code: ErrorCode;
  readonly span: Span | undefined;
  readonly hint: string | undefined;
  readonly retriable: boolean;
  statement: string | undefined;
  readonly status: number;
  readonly restCode: number;
  /** The message without values of rows, for logs. */
  readonly bare: string;

  constructor(code: ErrorCode, message: MessageText, options: SluiceErrorOptions = {}) {
    super(
      message instanceof Quoting ? message.shown : message,
      options.cause === undefined ? undefined : { cause: options.cause },
    );
    this.name = 'SluiceError';
    this.code = code;
    this.bare = message instanceof Quoting ? message.bare : message;
    this.span = options.span;
    this.hint = options.hint;
    this.retriable = options.retriable ?? false;
    this.statement = options.statement;
    this.status = options.status ?? ERRORS[code].status;
    this.restCode = options.restCode ?? ERRORS[code].restCode;
  }

  get kind(): ErrorKind {
    return ERRORS[this.code].kind;
  }

  /** Message, source line with caret, and hint: what a console prints. `text` is the text that `span` refers to. */
  render(text?: string): string {
    const parts = [this.message];
    if (this.span && text !== undefined && this.span.end > 0) parts.push(renderCaret(text, this.span));
    if (this.hint !== undefined) parts.push(`Hint: ${this.hint}`);
    return parts.join('\n');
  }
}

/** True for a SluiceError, or one of the given code. */
export function isSluiceError(error: unknown, code?: ErrorCode): error is SluiceError {
  return error instanceof SluiceError && (code === undefined || error.code === code);
}

/** The message of any thrown value. */
export function messageOf(error: unknown): string {
  return error instanceof Error ? error.message : String(error);
}

/** Advice while the server starts. */
export const STARTING = 'Ask again in a moment: the server starts. GET /healthcheck answers 200 when it is ready.';
