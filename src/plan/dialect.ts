import { SluiceError } from '../base/errors.ts';
import type { Span } from '../base/span.ts';
import type { Query } from '../sql/ast/query.ts';
import type { PlanConfig } from './context.ts';

/** `ksql.dialect=ksqldb`: what ksqlDB refuses is refused, with its texts. Nothing else depends on it. */
export function isKsqldb(config: PlanConfig): boolean {
  return config.get('ksql.dialect') === 'ksqldb';
}

/** Refuses the clauses of SELECT that ksqlDB's grammar does not have. @throws SluiceError SYNTAX */
export function refuseOtherClauses(query: Query): void {
  if (query.distinct) {
    throw syntaxError(
      query.span,
      'DISTINCT',
      `"DISTINCT" is a reserved keyword and it can't be used as an identifier. You can use it as an identifier by escaping it as 'DISTINCT'`,
    );
  }
  const [item] = query.orderBy;
  if (item !== undefined) throw syntaxError(item.span, 'BY');
}

function syntaxError(span: Span, token: string, more?: string): SluiceError {
  const at = `line ${span.line}:${span.column + 1}`;
  const message = `${at}: Syntax Error\nSyntax error at or near '${token}' at ${at}`;
  return new SluiceError('SYNTAX', more === undefined ? message : `${message}\n${more}`, {
    span,
    hint: "It is understood with SET 'ksql.dialect'='sluice', the default.",
  });
}
