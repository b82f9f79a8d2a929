import { isSluiceError, messageOf, type ErrorKind } from '../base/errors.ts';
import { ScriptFailure } from '../engine/script.ts';

/** ksqlDB's exceptions by our kinds: an error of a kind is an instance of each class in its list. */
const CLASSES: Readonly<Record<ErrorKind, readonly string[]>> = {
  parse: ['ParseFailedException', 'KsqlStatementException', 'KsqlException', 'StreamsException'],
  statement: ['KsqlStatementException', 'KsqlException', 'StreamsException'],
  general: ['KsqlException', 'StreamsException'],
  record: ['StreamsException'],
  runtime: ['StreamsException'],
  internal: [],
};

export interface Raised {
  readonly error: unknown;
  readonly statement: string | undefined;
}

/** What a case expects of an error; what is absent may be anything. */
export interface ExpectedError {
  /** A class of ksqlDB's, with or without its package. */
  readonly type?: string;
  /** A part of the message. */
  readonly message?: string;
  readonly cause?: string;
  readonly causeMessage?: string;
  /** Our error code, as docs/reference/errors.md lists them. */
  readonly code?: string;
  /** The text that the error's position covers. */
  readonly covers?: string;
}

/** Error and statement of whatever a script threw. */
export function raisedBy(error: unknown): Raised {
  if (error instanceof ScriptFailure)
    return { error: error.error, statement: error.statementText ?? error.error.statement };
  return { error, statement: isSluiceError(error) ? error.statement : undefined };
}

/**
 * Why an error is not the expected one, or undefined. The message may also stand in the long form (message, newline,
 * `Statement: `, text).
 * @param script the text that was executed: the error's position is one in it
 */
export function wrongError(raised: Raised, expected: ExpectedError, script: string): string | undefined {
  const { error, statement } = raised;
  const kind = isSluiceError(error) ? error.kind : 'internal';
  const wanted = expected.type?.split('.').at(-1);
  const message = messageOf(error);
  if (wanted !== undefined && !isJavaClass(wanted) && !CLASSES[kind].includes(wanted)) {
    return `expected a ${wanted}, got ${kind}: ${message}`;
  }
  // Errors of planning carry the statement as it was understood: names qualified, `*` expanded.
  const understood = isSluiceError(error) ? error.statement : undefined;
  const texts = [
    message,
    `${message}\nStatement: ${statement ?? ''}`,
    `${message}\nStatement: ${understood ?? ''}`,
    causes(error).join('\n'),
  ];
  for (const part of [expected.message, expected.causeMessage]) {
    if (part !== undefined && !texts.some((t) => t.includes(part)))
      return `expected a message with ${JSON.stringify(part)}, got ${JSON.stringify(message)}`;
  }
  const code = isSluiceError(error) ? error.code : undefined;
  if (expected.code !== undefined && code !== expected.code) return `expected code ${expected.code}, got ${code}`;
  const span = isSluiceError(error) ? error.span : undefined;
  const covers = span && span.end > 0 ? script.slice(span.start, span.end) : undefined;
  if (expected.covers !== undefined && covers !== expected.covers)
    return `expected a position that covers ${JSON.stringify(expected.covers)}, got ${JSON.stringify(covers)}: ${message}`;
  return undefined;
}

/** Classes of the JVM or of libraries: only their messages can be compared. */
function isJavaClass(name: string): boolean {
  return !['ParseFailedException', 'KsqlStatementException', 'KsqlException', 'StreamsException'].includes(name);
}

function causes(error: unknown): string[] {
  const texts: string[] = [];
  for (let e = error; e instanceof Error; e = e.cause) texts.push(e.message);
  return texts;
}
