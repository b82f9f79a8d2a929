import { isSluiceError, messageOf, type ErrorKind } from '../base/errors.ts';
import { ScriptFailure } from '../engine/script.ts';

/** ksqlDB's exception classes by our kinds of errors: an error of a kind is an instance of each class in its list. */
const CLASSES: Readonly<Record<ErrorKind, readonly string[]>> = {
  parse: ['ParseFailedException', 'KsqlStatementException', 'KsqlException', 'StreamsException'],
  statement: ['KsqlStatementException', 'KsqlException', 'StreamsException'],
  general: ['KsqlException', 'StreamsException'],
  record: ['StreamsException'],
  runtime: ['StreamsException'],
  internal: [],
};

/** What a script threw, and the statement that caused it, if known. */
export interface Raised {
  readonly error: unknown;
  readonly statement: string | undefined;
}

/** The expected properties of an error; an absent one is not checked. */
export interface ExpectedError {
  /** A class of ksqlDB, with or without its package. */
  readonly type?: string;
  /** A part of the message. */
  readonly message?: string;
  readonly cause?: string;
  readonly causeMessage?: string;
  /** Our error code, as listed in docs/reference/errors.md. */
  readonly code?: string;
  /** The text that the error's position covers. */
  readonly covers?: string;
}

/** The error and the statement of any value that a script threw. */
export function raisedBy(error: unknown): Raised {
  if (error instanceof ScriptFailure)
    return { error: error.error, statement: error.statementText ?? error.error.statement };
  return { error, statement: isSluiceError(error) ? error.statement : undefined };
}

/**
 * Why an error is not the expected one, or undefined. The expected message may also be in the long form (message,
 * newline, `Statement: `, text).
 * @param script the executed text, to which the error's position refers
 */
export function wrongError(raised: Raised, expected: ExpectedError, script: string): string | undefined {
  const { error, statement } = raised;
  const kind = isSluiceError(error) ? error.kind : 'internal';
  const wanted = expected.type?.split('.').at(-1);
  const message = messageOf(error);
  if (wanted !== undefined && !isJavaClass(wanted) && !CLASSES[kind].includes(wanted)) {
    return `expected a ${wanted}, got ${kind}: ${message}`;
  }
  // Planning errors contain the statement as analyzed: names are qualified, and `*` is expanded.
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
