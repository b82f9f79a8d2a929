import type { Entity, ErrorBody } from '../wire/entities.ts';

const OTHER_SERVER = 'Is it another server that listens there? SQL is spoken on port 8088 by default.';

/**
 * An error response of the server, or the reason why there is no response. Match on `code` or `errorCode`, not on text.
 */
export class ClientError extends Error {
  /** HTTP status; 0 without a response. */
  readonly status: number;
  /** ksqlDB's `error_code`; 0 without a response. */
  readonly errorCode: number;
  /** Sluice's code (docs/reference/errors.md); `UNREACHABLE` without a response, undefined from other servers. */
  readonly code: string | undefined;
  /** The position in the text that was sent: line from 1, column from 0. */
  readonly line: number | undefined;
  readonly column: number | undefined;
  /** How the error can be resolved. */
  readonly hint: string | undefined;
  readonly statementText: string | undefined;
  /** Results of the statements before the failed one. */
  readonly entities: readonly Entity[];

  constructor(status: number, body: Partial<ErrorBody> & { readonly message: string }, cause?: unknown) {
    super(body.message, cause === undefined ? undefined : { cause });
    this.name = 'ClientError';
    this.status = status;
    this.errorCode = body.error_code ?? 0;
    this.code = body.code;
    this.line = body.line;
    this.column = body.column;
    this.hint = body.hint;
    this.statementText = body.statementText;
    this.entities = body.entities ?? [];
  }

  /** The error of an unsuccessful response, given its text; plain text and the JSON of other servers are supported. */
  static ofAnswer(status: number, text: string): ClientError {
    const body = parseObject(text);
    const message = body?.['message'] ?? body?.['errorMessage'];
    // Responses of Sluice and ksqlDB contain the kind of error; those of Kafka Connect and others do not.
    const hint = status === 404 && body?.['@type'] === undefined ? { hint: OTHER_SERVER } : {};
    if (typeof message === 'string') return new ClientError(status, { ...hint, ...body, message } as ErrorBody);
    const shown = text.trim() === '' ? `The server answered ${status}` : text.trim();
    return new ClientError(status, { ...hint, message: shown });
  }
}

function parseObject(text: string): Record<string, unknown> | undefined {
  try {
    const value: unknown = JSON.parse(text);
    return typeof value === 'object' && value !== null && !Array.isArray(value)
      ? (value as Record<string, unknown>)
      : undefined;
  } catch {
    return undefined;
  }
}
