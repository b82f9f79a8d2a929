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

/** Error and statement of whatever a script threw. */
export function raisedBy(error: unknown): Raised {
  if (error instanceof ScriptFailure)
    return { error: error.error, statement: error.statementText ?? error.error.statement };
  return { error, statement: isSluiceError(error) ? error.statement : undefined };
}

/**
 * Why an error is not the expected one, or undefined. The message may also stand in the long form (message, newline,
 * `Statement: `, text).
 */
export function wrongError(
  raised: Raised,
  expected: {
    readonly type?: string;
    readonly message?: string;
    readonly cause?: string;
    readonly causeMessage?: string;
  },
): string | undefined {
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
