import type { ParsedStatement } from '../../sql/parse.ts';
import { formatStatement } from '../../sql/printer/format-statement.ts';
import type { Statement } from '../../sql/ast/statement.ts';

/**
 * The statement's text as answers, history and logs may show it: values of connector settings and of INSERT are hidden, as ksqlDB does.
 */
export function maskStatement(parsed: Pick<ParsedStatement, 'statement' | 'text'>): string {
  const masked = maskTree(parsed.statement);
  return masked === parsed.statement ? parsed.text : `${formatStatement(masked)};`;
}

function maskTree(statement: Statement): Statement {
  switch (statement.kind) {
    case 'CreateConnector':
    case 'AlterConnector':
      return {
        ...statement,
        properties: statement.properties.map((p) => (p.key.toLowerCase() === 'connector.class' ? p : { ...p, value: '[string]', valueStyle: 'string' })),
      };
    case 'InsertValues':
      return {
        ...statement,
        values: statement.values.map((v) => ({ kind: 'StringLiteral', value: '[value]', span: v.span })),
      };
    case 'Explain': {
      if (statement.statement === null) return statement;
      const inner = maskTree(statement.statement);
      return inner === statement.statement ? statement : { ...statement, statement: inner };
    }
    default:
      return statement;
  }
}
