import { KEYS } from '../../config/keys.ts';
import { messageOf, SluiceError } from '../../base/errors.ts';
import { didYouMean } from '../../base/suggest.ts';
import { checkExpression } from '../../expr/check/check.ts';
import { columnScope } from '../../expr/check/scope.ts';
import { compilePredicate } from '../../expr/compile/compile.ts';
import type { Expression } from '../../sql/ast/expressions.ts';
import { formatExpression } from '../../sql/printer/expressions.ts';
import { BIGINT, BOOLEAN, formatType, INTEGER, STRING, TIMESTAMP, type SqlType } from '../../types/sql-type.ts';
import { functionEnv } from '../queries/query-options.ts';
import type { DeadLetter } from '../connector-results.ts';
import type { Services } from '../services.ts';

/** The columns of a dead letter in WHERE: those that SHOW DEAD LETTERS returns. */
const COLUMNS: Readonly<Record<string, readonly [type: SqlType, of: (letter: DeadLetter) => unknown]>> = {
  PARTITION: [INTEGER, (l) => l.partition],
  OFFSET: [BIGINT, (l) => l.offset],
  TIMESTAMP: [TIMESTAMP, (l) => l.timestamp],
  ORIGINAL_TOPIC: [STRING, (l) => l.originalTopic],
  ORIGINAL_PARTITION: [INTEGER, (l) => l.originalPartition],
  ORIGINAL_OFFSET: [BIGINT, (l) => l.originalOffset],
  STAGE: [STRING, (l) => l.stage],
  ERROR_CLASS: [STRING, (l) => l.errorClass],
  ERROR: [STRING, (l) => l.error],
  KEY: [STRING, (l) => l.key],
  VALUE: [STRING, (l) => l.value],
  RETRIED: [BOOLEAN, (l) => l.retried],
};

/** Selects dead letters. */
export interface LetterCondition {
  chooses(letter: DeadLetter): boolean;
  /** Notes on dead letters that the condition could not decide: they are not selected. */
  readonly notes: readonly string[];
}

/**
 * The condition of a WHERE clause; without one all letters are selected. @throws SluiceError STATEMENT when it is not a
 * condition
 */
export function letterCondition(where: Expression | null, services: Services): LetterCondition {
  if (where === null) return { chooses: () => true, notes: [] };
  const columns = Object.entries(COLUMNS);
  const known = columnScope(columns.map(([name, [type]]) => ({ name, type })));
  const scope = {
    column: (qualifier: string | undefined, name: string) => {
      const found = known.column(qualifier, name);
      if (found !== undefined) return found;
      throw new SluiceError('STATEMENT', `Dead letters have no column ${name}`, {
        span: where.span,
        hint: didYouMean(name, Object.keys(COLUMNS)) ?? `They have ${Object.keys(COLUMNS).join(', ')}.`,
      });
    },
  };
  const typed = checkExpression(where, scope, services.functions);
  if (typed.type.kind !== 'BOOLEAN')
    throw new SluiceError(
      'STATEMENT',
      `WHERE takes a condition, and ${formatExpression(where)} is ${formatType(typed.type)}`,
      { span: where.span },
    );
  const holds = compilePredicate(typed, {
    functions: services.functions,
    functionEnv: functionEnv(services, services.config, KEYS.rowMaxSteps),
  });
  let unknown = 0;
  let reason = '';
  return {
    chooses: (letter) =>
      holds(
        columns.map(([, [, of]]) => of(letter)),
        {
          onError: (_, error) => {
            unknown++;
            reason = messageOf(error);
          },
        },
      ),
    get notes() {
      return unknown === 0 ? [] : [`WHERE could not be told of ${unknown} of them, the last because: ${reason}`];
    },
  };
}
