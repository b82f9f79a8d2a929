import type { DefinitionStatement } from '../sql/ast/definition.ts';
import type { InsertInto } from '../sql/ast/insertion.ts';
import type { Statement } from '../sql/ast/statement.ts';
import type { PlanContext } from './context.ts';
import { located } from './errors.ts';
import { planAlterSource, planCreateType, planDropSource, planDropType } from './ddl/change-source.ts';
import { planCreateSource } from './ddl/create-source.ts';
import { planCreateSourceAs } from './query/create-as.ts';
import { planInsertInto } from './query/insert-into.ts';
import type { StatementPlan } from './statement-plan.ts';

/** Statements that are planned: they change the catalog or start a persistent query. */
export type PlannableStatement = DefinitionStatement | InsertInto;

/**
 * Plans a statement. Pure and synchronous; the catalog is not changed. `text` is the statement as given.
 * @throws SluiceError with `statement` set
 */
export function planStatement(statement: PlannableStatement, text: string, context: PlanContext): StatementPlan {
  try {
    return plan(statement, text, context);
  } catch (error) {
    throw located(error, statement.kind === 'InsertInto' ? statement.target.span : statement.name.span, text);
  }
}

export function isPlannable(statement: Statement): statement is PlannableStatement {
  switch (statement.kind) {
    case 'CreateSource':
    case 'CreateSourceAs':
    case 'AlterSource':
    case 'DropSource':
    case 'CreateType':
    case 'DropType':
    case 'InsertInto':
      return true;
    default:
      return false;
  }
}

function plan(statement: PlannableStatement, text: string, context: PlanContext): StatementPlan {
  switch (statement.kind) {
    case 'CreateSource':
      return planCreateSource(statement, text, context);
    case 'CreateSourceAs':
      return planCreateSourceAs(statement, text, context);
    case 'AlterSource':
      return planAlterSource(statement, text, context);
    case 'DropSource':
      return planDropSource(statement, text, context);
    case 'CreateType':
      return planCreateType(statement, text, context);
    case 'DropType':
      return planDropType(statement, text, context);
    case 'InsertInto':
      return planInsertInto(statement, text, context);
    default:
      return statement satisfies never;
  }
}
