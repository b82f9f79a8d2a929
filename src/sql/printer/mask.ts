import { must } from '../../base/assert.ts';
import { HIDDEN } from '../../base/secrets/find.ts';
import { maskValue } from '../../base/secrets/mask.ts';
import { isSecretName } from '../../base/secrets/names.ts';
import type { Statement } from '../ast/statement.ts';
import { quoteName } from './names.ts';
import { formatStatement } from './statement.ts';

/** Properties of connectors whose values are never secret. */
const HARMLESS: ReadonlySet<string> = new Set(['connector', 'connector.class', 'tasks.max']);

/** Statements inside EXPLAIN that are not shown as written. */
const MASKED_INSIDE: ReadonlySet<Statement['kind']> = new Set([
  'InsertValues',
  'CreateConnector',
  'AlterConnector',
  'CreateSecret',
  'CreateConnectCluster',
  'InCluster',
  'AlterSecret',
]);

/**
 * The text of a statement for logs, history and error responses: as written (`text`), but without the rows of INSERT
 * VALUES and without the values of connectors' properties. Those are shown as in ksqlDB: `'[value]'`, `'[string]'`.
 */
export function maskStatement(statement: Statement, text: string): string {
  switch (statement.kind) {
    case 'InsertValues': {
      const columns =
        statement.columns.length === 0 ? '' : ` (${statement.columns.map((c) => quoteName(c.name)).join(', ')})`;
      const values = statement.values.map(() => "'[value]'").join(', ');
      return `INSERT INTO ${quoteName(statement.target.name)}${columns} VALUES (${values});`;
    }
    case 'CreateConnector':
    case 'AlterConnector': {
      const properties = statement.properties.map((p) =>
        HARMLESS.has(p.key.toLowerCase()) ? p : ({ ...p, value: '[string]', valueStyle: 'string' } as const),
      );
      return `${formatStatement({ ...statement, properties })};`;
    }
    case 'InCluster': {
      const inner = maskStatement(statement.statement, text);
      return inner === text ? text : `${inner.replace(/;$/, '')} IN CLUSTER ${quoteName(statement.cluster)};`;
    }
    case 'CreateConnectCluster':
    case 'CreateSecret':
    case 'AlterSecret': {
      const properties = statement.properties.map((p) => ({ ...p, value: '[string]', valueStyle: 'string' }) as const);
      return `${formatStatement({ ...statement, properties })};`;
    }
    case 'ValidateConnector':
      return maskStatement(statement.connector, text).replace(/^CREATE/, 'VALIDATE');
    case 'Explain': {
      const inner = statement.statement;
      return inner !== null && MASKED_INSIDE.has(inner.kind) ? `EXPLAIN ${maskStatement(inner, text)}` : text;
    }
    case 'SetProperty':
    case 'AlterSystem':
    case 'DefineVariable':
      return maskProperties(text);
    default:
      return text;
  }
}

/**
 * Masks a statement that does not parse: a connector's is truncated at its properties, an INSERT at VALUES, a secret
 * setting after its name.
 */
export function maskUnparsed(text: string): string {
  const connector =
    /^\s*(?:(?:explain|validate)\s+)?(?:(?:create|alter)\s+)?(or\s+replace\s+)?(((source|sink)\s+)?connector|secret|connect\s+cluster)\b/i.test(
      text,
    );
  const insert = /^\s*(?:explain\s+)?insert\s+into\b/i.test(text) ? /\bvalues\b/i.exec(text) : null;
  const setting = /^\s*(?:set|alter\s+system|define)\s+(['"`]?)(?<name>[\w.-]+)\1/i.exec(text);
  if (setting !== null)
    return isSecretName(must(setting.groups!['name'], 'name')) ? `${setting[0]} ...;` : maskProperties(text);
  if (!connector && insert === null) return text;
  const from = text.indexOf('(', insert?.index ?? 0);
  return from === -1 ? text : `${text.slice(0, from)}(...);`;
}

/**
 * The message about a statement that does not parse, without quoted text if `maskUnparsed` hides some of the statement.
 */
export function maskProblem(message: string, text: string): string {
  return maskUnparsed(text) === text ? message : message.replaceAll(/ (at|near) ''[^\n]*/g, " $1 '[string]'");
}

/** An assignment of a property (its name, quoted or bare, and its value), or a quoted text without a name. */
const PROPERTY =
  /(?:(['"`])(?<quoted>(?:(?!\1)[^\n])+)\1|(?<bare>(?<![\w.-])\w[\w.-]*))(?<equals>\s*=\s*)(?<value>'(?:[^']|'')*(?:'|$)|"(?:[^"]|"")*(?:"|$)|\$\{[^}]*\}|[^\s,;)'"][^\s,)]*)|(?<text>'(?:[^']|'')*(?:'|$))/g;

/** A statement that consists of secrets, whatever the names of its properties. */
const SECRET_STATEMENT =
  /\b(?:create\s+(?:or\s+replace\s+)?|alter\s+)(?:secret|connect\s+cluster)\b(?:'(?:[^']|'')*(?:'|$)|"[^"]*(?:"|$)|[^;'"])*/gi;
const QUOTED = /(?<==\s*)(?:'(?:[^']|'')*(?:'|$)|"[^"]*(?:"|$)|[^\s,;)'"][^\s,;)]*)/g;

/**
 * SQL without the values of properties and variables whose names indicate secrets, also inside quoted texts. It decides
 * only by names, for callers that do not know the connector.
 */
export function maskProperties(text: string): string {
  return text
    .replaceAll(SECRET_STATEMENT, (statement) => statement.replaceAll(QUOTED, `'${HIDDEN}'`))
    .replaceAll(PROPERTY, (...match: unknown[]) => {
      const groups = match.at(-1) as Readonly<Record<string, string | undefined>>;
      if (groups['text'] !== undefined) return maskValue(groups['text']);
      const whole = match[0] as string;
      const value = must(groups['value'], 'value');
      const head = whole.slice(0, whole.length - value.length);
      if (!isSecretName(groups['quoted'] ?? must(groups['bare'], 'bare'))) return head + maskValue(value);
      const [bare] = /^['"]?(?:\$\{[^}]*\}|\[hidden\])?/.exec(value)!;
      if (bare.length > 1) return whole;
      return `${head}'${HIDDEN}'${/;*$/.exec(/^['"]/.test(value) ? '' : value)![0]}`;
    });
}
