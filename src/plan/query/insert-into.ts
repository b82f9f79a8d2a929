import { must } from '../../base/assert.ts';
import { SluiceError } from '../../base/errors.ts';
import type { InsertInto } from '../../sql/ast/insertion.ts';
import type { Query } from '../../sql/ast/query.ts';
import { formatName } from '../../sql/printer/names.ts';
import { formatStatement } from '../../sql/printer/statement.ts';
import { formatSchema, type Column, type LogicalSchema } from '../../types/schema.ts';
import { formatType, typesEqual, type SqlType } from '../../types/sql-type.ts';
import { isAssignable } from '../../types/coerce.ts';
import type { TypedExpr } from '../../expr/typed.ts';
import { didYouMean } from '../ddl/change-source.ts';
import type { PlanContext } from '../context.ts';
import { place, reject } from '../errors.ts';
import { readWithClause } from '../properties/with-clause.ts';
import { rewritten } from '../rewrite/rewrite.ts';
import { statementPlan, type StatementPlan } from '../statement-plan.ts';
import { PLAN_VERSION, type QueryPlan, type SinkStep, type Step } from '../steps/steps.ts';
import { internalSchemas } from './sink/internal-schemas.ts';
import { projectPersistent, type Projected } from './select/projection.ts';
import { queryBody } from './query-body.ts';
import { sinkStep } from './sink/sink-step.ts';
import { columnExpr } from './relation.ts';
import type { Source } from '../../catalog/source.ts';
import type { FormatInfo, SerdeFeature } from '../../formats/api.ts';
import { writtenAs } from '../../formats/registered-columns.ts';
import { subjectOf } from '../ddl/schema-inference.ts';
import { findFormat, type Side } from '../serde/topic-formats.ts';

/** Plans INSERT INTO ... SELECT. @throws SluiceError */
export function planInsertInto(statement: InsertInto, text: string, context: PlanContext): StatementPlan {
  const target = checkTarget(statement, context);
  const clause = readWithClause(statement.properties, 'I');
  if (statement.query.limit !== null)
    throw reject(`INSERT INTO statements don't support LIMIT clause.`, statement.query.span);
  let understood: Query | undefined;
  try {
    const body = queryBody(
      statement.query,
      { persistent: true, subject: 'INSERT INTO statement', onBound: (query) => (understood = query) },
      context,
    );
    if (body.relation.step.relation !== target.kind) {
      throw reject(
        `Incompatible data sink and query result. Data sink (${target.name}) type is ${target.kind} but select query result is ` +
          `${body.relation.step.relation}.`,
        statement.target.span,
      );
    }
    const projected = projectPersistent(body, { sink: target.name }, context);
    const fitted = fit(projected, target, statement);
    const queryId = clause.string('QUERY_ID')?.toUpperCase() ?? `INSERTQUERY_${context.nextQueryId()}`;
    if (context.catalog.query(queryId) !== undefined) {
      throw reject(`Query ID '${queryId}' already exists.`, clause.spanOf('QUERY_ID'));
    }
    const plan: QueryPlan = {
      version: PLAN_VERSION,
      queryId,
      sources: body.sources.map((s) => s.source.name),
      sink: target.name,
      root: rewritten(asRegistered(sinkStep(target, fitted), target, context), context),
    };
    return statementPlan(text, {
      query: { type: 'INSERT', plan, replaces: false },
      schemas: internalSchemas(plan, context),
    });
  } catch (error) {
    if (error instanceof SluiceError && understood !== undefined && error.statement === undefined) {
      error.statement = formatStatement({ ...statement, query: understood });
    }
    throw error;
  }
}

/** The sink with the schemas that are registered for its topic, where those have a field for each column. */
function asRegistered(sink: SinkStep, { topic, schema }: Source, context: PlanContext): SinkStep {
  const infoOf = (side: Side, info: FormatInfo, columns: readonly Column[], features: readonly SerdeFeature[]) => {
    const format = findFormat(context, info.format);
    if (format.registrySchema === undefined || columns.length === 0) return info;
    const latest = context.schemas?.latest(info.properties['subjectName'] ?? subjectOf(topic.name, side));
    return writtenAs(format, { columns, features, isKey: side === 'KEY' }, info, topic.name, latest).info;
  };
  return {
    ...sink,
    codec: {
      ...sink.codec,
      keyFormat: infoOf('KEY', topic.keyFormat, schema.key, topic.keyFeatures),
      valueFormat: infoOf('VALUE', topic.valueFormat, schema.value, topic.valueFeatures),
    },
  };
}

function checkTarget(statement: InsertInto, context: PlanContext): Source {
  const { name, span } = statement.target;
  const target = context.catalog.source(name);
  if (target === undefined) {
    throw reject(
      `${place(span)}Source \`${name}\` does not exist.`,
      span,
      didYouMean(name, context) ??
        `CREATE STREAM ${formatName(name)} AS SELECT …; makes a stream of the rows, INSERT INTO adds to one that is there.`,
    );
  }
  if (target.kind === 'TABLE') {
    throw reject(
      `INSERT INTO can only be used to insert into a stream. ${name} is a table.`,
      span,
      target.topic.window !== undefined || target.isSource
        ? 'CREATE TABLE … AS SELECT …; makes a table of the rows.'
        : `CREATE TABLE … AS SELECT …; makes a table of the rows, INSERT INTO ${formatName(name)} VALUES (…); writes single ones.`,
    );
  }
  if (target.isSource) throw reject(`Cannot insert into read-only stream: ${name}`, span);
  if (target.schema.value.some((c) => c.role === 'HEADERS')) {
    throw reject(`Cannot insert into ${name} because it has header columns`, span);
  }
  return target;
}

/** The first difference between the result and the target. */
function firstDifference(result: LogicalSchema, schema: LogicalSchema, target: string): string {
  const shown = (c: Column | undefined): string =>
    c === undefined ? 'no column' : `${c.name} ${formatType(c.type)}${c.role === 'KEY' ? ' KEY' : ''}`;
  const given = [...result.key, ...result.value];
  const wanted = [...schema.key, ...schema.value];
  for (let i = 0; i < Math.max(given.length, wanted.length); i++) {
    const [a, b] = [given[i], wanted[i]];
    if (a === undefined || b === undefined || a.role !== b.role || a.name !== b.name || !typesEqual(a.type, b.type))
      return `Column ${i + 1} of the result is ${shown(a)}, where ${target} has ${shown(b)}.`;
  }
  return '';
}

/**
 * Converts the result to the target's columns: same columns in the same order; numbers may be widened.
 * @throws SluiceError STATEMENT
 */
function fit(projected: Projected, target: Source, statement: InsertInto): Step {
  const result: LogicalSchema = { key: asColumns(projected.key, 'KEY'), value: asColumns(projected.value, 'VALUE') };
  const { schema } = target;
  const keysFit = sameShape(result.key, schema.key, typesEqual);
  const valuesFit = sameShape(result.value, schema.value, isAssignable);
  if (!keysFit || !valuesFit) {
    throw reject(
      `Incompatible schema between results and sink.\nResult schema is ${formatSchema(result)}\nSink schema is ${formatSchema(schema)}`,
      statement.query.span,
      `${firstDifference(result, schema, target.name)} Name and order the selected columns as ${target.name} has them: ${[...schema.key, ...schema.value].map((c) => c.name).join(', ')}.`,
    );
  }
  const { step } = projected;
  if (result.value.every((c, i) => typesEqual(c.type, must(schema.value[i], 'value column').type))) return step;
  const row = schema.value.map((c) => ({ name: c.name, type: c.type }));
  return {
    kind: 'StreamSelect',
    name: 'Widen',
    relation: 'STREAM',
    out: { ...step.out, row },
    source: step,
    expressions: row.map((column, i): TypedExpr => {
      const operand = columnExpr(step.out.row, i);
      return typesEqual(operand.type, column.type) ? operand : { kind: 'cast', operand, type: column.type };
    }),
  };
}

function sameShape(a: readonly Column[], b: readonly Column[], fits: (from: SqlType, to: SqlType) => boolean): boolean {
  return a.length === b.length && a.every((c, i) => c.name === b[i]!.name && fits(c.type, b[i]!.type));
}

function asColumns(
  columns: readonly { readonly name: string; readonly type: SqlType }[],
  role: Column['role'],
): Column[] {
  return columns.map((c) => ({ name: c.name, type: c.type, role }));
}
