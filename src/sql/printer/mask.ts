import type { Statement } from '../ast/statement.ts';
import { quoteName } from './names.ts';
import { formatStatement } from './statement.ts';

/** Properties of connectors whose values tell no secrets. */
const HARMLESS: ReadonlySet<string> = new Set(['connector', 'connector.class', 'tasks.max']);

/**
 * The text of a statement for logs, history and error answers: as written (`text`), but without the rows of INSERT
 * VALUES and without the values of connectors' properties. Those are shown as ksqlDB shows them: `'[value]'`, `'[string]'`.
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
    default:
      return text;
  }
}

/**
 * The same for a statement that does not parse: a connector's is cut off at its properties, the rows of an INSERT at
 * VALUES.
 */
export function maskUnparsed(text: string): string {
  const connector = /^\s*(create|alter)\s+(or\s+replace\s+)?((source|sink)\s+)?connector\b/i.test(text);
  const insert = /^\s*insert\s+into\b/i.test(text) ? /\bvalues\b/i.exec(text) : null;
  if (!connector && insert === null) return text;
  const from = text.indexOf('(', insert?.index ?? 0);
  return from === -1 ? text : `${text.slice(0, from)}(...);`;
}
