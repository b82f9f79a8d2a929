import { KEYS } from '../config/keys.ts';
import { SluiceError } from '../base/errors.ts';
import type { Span } from '../base/span.ts';
import type { Query } from '../sql/ast/query.ts';
import type { Config } from '../base/config/config.ts';

/**
 * Whether `ksql.dialect=ksqldb` is set: then everything that ksqlDB refuses is refused, with its messages. Nothing else
 * depends on the setting.
 */
export function isKsqldb(config: Config): boolean {
  return config.get(KEYS.dialect) === 'ksqldb';
}

/** Refuses the clauses of SELECT that ksqlDB's grammar does not have. @throws SluiceError SYNTAX */
export function refuseOtherClauses(query: Query): void {
  if (query.distinct) {
    throw syntaxError(
      query.words?.distinct ?? query.span,
      'DISTINCT',
      `"DISTINCT" is a reserved keyword and it can't be used as an identifier. You can use it as an identifier by escaping it as 'DISTINCT'`,
    );
  }
  const { order, by } = query.words ?? {};
  if (order === undefined || by === undefined) return;
  // ORDER is not a keyword in ksqlDB: directly after a source it is parsed as its alias, and BY is then unexpected.
  if (canTakeAlias(query)) throw syntaxError(by, 'BY');
  throw syntaxError(order, 'ORDER');
}

function canTakeAlias(query: Query): boolean {
  const { source, joins } = query.from;
  const isLast = query.window === null && query.where === null && query.having === null;
  return isLast && joins.length === 0 && source.alias === null && query.groupBy.length + query.partitionBy.length === 0;
}

function syntaxError(span: Span, token: string, more?: string): SluiceError {
  const at = `line ${span.line}:${span.column + 1}`;
  const message = `${at}: Syntax Error\nSyntax error at or near '${token}' at ${at}`;
  return new SluiceError('SYNTAX', more === undefined ? message : `${message}\n${more}`, {
    span,
    hint: "It is understood with SET 'ksql.dialect'='sluice', the default.",
  });
}
