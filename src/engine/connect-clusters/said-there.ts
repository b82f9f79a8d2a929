import { isSluiceError, SluiceError } from '../../base/errors.ts';
import { formatName } from '../../sql/printer/names.ts';

/*
 * Advice names statements: RESTART CONNECTOR orders; Of a connector in a cluster that has a name, the statement must
 * name the cluster too, or it would be said to another connector, or to none.
 */

/** Up to the semicolon that ends it; a sentence that only speaks of a statement ends before. */
const REST = String.raw`(?:'(?:[^']|'')*'|\.(?! |$)|[^;'.\n])*`;
const STATEMENT = new RegExp(
  String.raw`\b(?:CREATE (?:OR REPLACE )?(?:SOURCE |SINK )?CONNECTOR|CREATE (?:STREAM|TABLE) \S+ FROM CONNECTOR` +
    String.raw`|(?:ALTER|DROP|PAUSE|RESUME|STOP|RESTART|DESCRIBE|RESET|SHOW|SHOW CREATE) CONNECTOR` +
    String.raw`|(?:SHOW|RETRY) DEAD LETTERS OF|SHOW (?:SOURCE |SINK )?CONNECTORS)\b${REST};`,
  'g',
);

/** A text with the statements in it as they are said to a cluster. */
export function inClusterText(text: string, cluster: string): string {
  return text.replaceAll(STATEMENT, (statement) =>
    / IN CLUSTER \S+;$/.test(statement) ? statement : `${statement.slice(0, -1)} IN CLUSTER ${formatName(cluster)};`,
  );
}

/** Fields of answers that are sentences; others are data, which is left as it is. */
const SENTENCES: ReadonlySet<string> = new Set(['advice', 'cause', 'hint', 'message', 'news', 'note', 'notes']);

/** An answer about a cluster's connectors. */
export function answerOf<T>(answer: T, cluster: string): T {
  return told(answer, cluster, false) as T;
}

function told(value: unknown, cluster: string, isSentence: boolean): unknown {
  if (typeof value === 'string') return isSentence ? inClusterText(value, cluster) : value;
  if (Array.isArray(value)) return value.map((item) => told(item, cluster, isSentence));
  if (typeof value !== 'object' || value === null || Object.getPrototypeOf(value) !== Object.prototype) return value;
  const isStatement = (value as { readonly kind?: unknown }).kind === 'connector_statement';
  return Object.fromEntries(
    Object.entries(value).map(([key, field]) => [
      key,
      // Settings are the user's, whatever they are called.
      key === 'config' ? field : told(field, cluster, SENTENCES.has(key) || (isStatement && key === 'text')),
    ]),
  );
}

/** A refusal that a cluster's statement has met. */
export function refusalOf(error: unknown, cluster: string): unknown {
  if (!isSluiceError(error)) return error;
  const message = inClusterText(error.message, cluster);
  const hint = error.hint === undefined ? undefined : inClusterText(error.hint, cluster);
  if (message === error.message && hint === error.hint) return error;
  const { code, span, cause, status, restCode, retriable } = error;
  return new SluiceError(code, message, { span, hint, cause, status, restCode, retriable });
}
