import { retold } from '../../base/quoting.ts';
import type { ProcessingLog } from '../../base/env.ts';
import { SluiceError } from '../../base/errors.ts';
import type { CompileEnv, EvaluationContext } from '../../expr/compile/env.ts';
import { compilePredicate, compileProjection, compileValue } from '../../expr/compile/compile.ts';
import type { TypedExpr } from '../../expr/typed.ts';
import type { CallSite, FunctionDefinition } from '../../functions/api.ts';
import type { AggregateCall, TableCall } from '../../plan/steps/steps.ts';
import type { Row } from '../../types/row.ts';
import type { SqlType } from '../../types/sql-type.ts';
import type { Compiler } from './compiler.ts';
import { textsOf } from './problem-texts.ts';
import type { RecordContext } from './record-context.ts';
import { showRow } from '../rows.ts';

/** Receives every failed expression with its row. */
export interface ErrorPlace {
  readonly log: ProcessingLog;
  readonly logger: string;
  readonly context: RecordContext;
}

/** The compiler of one step: errors on a row are reported under the step's name. */
export function createCompiler(env: CompileEnv, place: ErrorPlace): Compiler {
  const report = (row: Row, what: string, error: unknown): void => {
    const { log, logger, context } = place;
    log.write({
      logger,
      type: 'RECORD_PROCESSING_ERROR',
      ...textsOf(
        retold(error, (text) => `Error computing ${what}: ${text}`),
        error,
      ),
      computing: true,
      record: showRow(row),
      topic: context.topic,
      partition: context.partition,
      offset: context.offset,
    });
  };
  // One context object per step; it refers to the row in progress.
  let current: Row = [];
  const contextFor = (what: (column: number) => string): EvaluationContext => ({
    onError: (column, error) => report(current, what(column), error),
  });
  const compiler: Compiler = {
    work: env.functionEnv.work,
    value(expr, what) {
      const evaluate = compileValue(expr, env);
      const context = contextFor(() => what);
      return (row) => {
        current = row;
        try {
          return evaluate(row, context);
        } catch (error) {
          report(row, what, error);
          return null;
        }
      };
    },
    predicate(expr) {
      const evaluate = compilePredicate(expr, env);
      const context = contextFor(() => 'the condition');
      return (row) => {
        current = row;
        return evaluate(row, context);
      };
    },
    projection(exprs, columns) {
      const evaluate = compileProjection(exprs, env);
      const context = contextFor((i) => `the expression of column ${columns[i]?.name ?? i}`);
      return (row) => {
        current = row;
        return evaluate(row, context);
      };
    },
    tableFunction(call) {
      const body = tableBody(call, env);
      const args = call.args.map((a) => compileValue(a, env));
      const context = contextFor(() => `an argument of ${call.name}`);
      return (row) => {
        current = row;
        try {
          return body(args.map((a) => a(row, context))) ?? NO_ROWS;
        } catch (error) {
          report(row, call.name, error);
          return NO_ROWS;
        }
      };
    },
    aggregator(call) {
      const definition = find(env, call.name);
      const signature = definition.kind === 'AGGREGATE' ? definition.signatures[call.signature] : undefined;
      if (signature === undefined) throw missing(call.name, call.signature);
      return signature.create(siteOf(call, call.type, env));
    },
  };
  return compiler;
}

/**
 * Roughly the steps that a row from a table function takes on its way through the query, since all rows of one record
 * are handled in one stretch.
 */
const STEPS_A_ROW = 20;

const NO_ROWS: readonly unknown[] = [];

function tableBody(call: TableCall, env: CompileEnv): (args: readonly unknown[]) => readonly unknown[] | null {
  const definition = find(env, call.name);
  const signature = definition.kind === 'TABLE' ? definition.signatures[call.signature] : undefined;
  const body = signature?.prepare?.(siteOf(call, call.type, env)) ?? signature?.evaluate;
  if (signature === undefined || body === undefined) throw missing(call.name, call.signature);
  const { work } = env.functionEnv;
  const rowsOf = (args: readonly unknown[]): readonly unknown[] | null => {
    const rows = body(...args);
    if (rows !== null && rows.length * STEPS_A_ROW > work.limit) work.fail();
    return rows;
  };
  if (signature.nulls === 'pass') return rowsOf;
  return (args) => (args.includes(null) ? null : rowsOf(args));
}

function siteOf(call: AggregateCall | TableCall, returnType: SqlType, env: CompileEnv): CallSite {
  return {
    argTypes: call.args.map((a) => a.type),
    returnType,
    constants: call.args.map((a: TypedExpr) => (a.kind === 'literal' ? a.value : undefined)),
    env: env.functionEnv,
  };
}

function find(env: CompileEnv, name: string): FunctionDefinition {
  const definition = env.functions.find(name);
  if (definition === undefined)
    throw new SluiceError('QUERY_FAILED', `The function ${name} of the plan is not there any more`);
  return definition;
}

function missing(name: string, signature: number): SluiceError {
  return new SluiceError('QUERY_FAILED', `The function ${name} of the plan has no signature ${signature} any more`);
}
