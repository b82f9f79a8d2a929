import { isSluiceError, SluiceError } from '../../base/errors.ts';
import { formatName } from '../../sql/printer/names.ts';

/*
 * Advice contains statements such as RESTART CONNECTOR orders; For a connector in a named cluster the statement must
 * name the cluster too, or it would apply to another connector, or to none.
 */

/** The rest of a statement, up to its semicolon; a sentence that merely mentions a statement ends before. */
const REST = String.raw`(?:'(?:[^']|'')*'|\.(?! |$)|[^;'.\n])*`;
const STATEMENT = new RegExp(
  String.raw`\b(?:CREATE (?:OR REPLACE )?(?:SOURCE |SINK )?CONNECTOR|CREATE (?:STREAM|TABLE) \S+ FROM CONNECTOR` +
    String.raw`|(?:ALTER|DROP|PAUSE|RESUME|STOP|RESTART|DESCRIBE|RESET|SHOW|SHOW CREATE) CONNECTOR` +
    String.raw`|(?:SHOW|RETRY) DEAD LETTERS OF|SHOW (?:SOURCE |SINK )?CONNECTORS)\b${REST};`,
  'g',
);

/** Adds the cluster to the statements in a text. */
export function inClusterText(text: string, cluster: string): string {
  return text.replaceAll(STATEMENT, (statement) =>
    / IN CLUSTER \S+;$/.test(statement) ? statement : `${statement.slice(0, -1)} IN CLUSTER ${formatName(cluster)};`,
  );
}

/** Fields of answers that contain sentences; others are data and remain unchanged. */
const SENTENCES: ReadonlySet<string> = new Set(['advice', 'cause', 'hint', 'message', 'news', 'note', 'notes']);

/** Adds the cluster to the statements in an answer about its connectors. */
export function answerOf<T>(answer: T, cluster: string): T {
  return placed(answer, cluster, false) as T;
}

function placed(value: unknown, cluster: string, isSentence: boolean): unknown {
  if (typeof value === 'string') return isSentence ? inClusterText(value, cluster) : value;
  if (Array.isArray(value)) return value.map((item) => placed(item, cluster, isSentence));
  if (typeof value !== 'object' || value === null || Object.getPrototypeOf(value) !== Object.prototype) return value;
  const isStatement = (value as { readonly kind?: unknown }).kind === 'connector_statement';
  return Object.fromEntries(
    Object.entries(value).map(([key, field]) => [
      key,
      // Settings belong to the user, whatever they are called.
      key === 'config' ? field : placed(field, cluster, SENTENCES.has(key) || (isStatement && key === 'text')),
    ]),
  );
}

/** Adds the cluster to the statements in an error. */
export function refusalOf(error: unknown, cluster: string): unknown {
  if (!isSluiceError(error)) return error;
  const message = inClusterText(error.message, cluster);
  const hint = error.hint === undefined ? undefined : inClusterText(error.hint, cluster);
  if (message === error.message && hint === error.hint) return error;
  const { code, span, cause, status, restCode, retriable } = error;
  return new SluiceError(code, message, { span, hint, cause, status, restCode, retriable });
}
