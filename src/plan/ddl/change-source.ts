import { formatName } from '../../sql/printer/names.ts';
import { doesNotExist, isBuiltIn, isBuiltInSource, wrongKind } from '../../catalog/catalog.ts';
import { checkDrop } from '../../catalog/drop-check.ts';
import { kindWord } from '../../catalog/source.ts';
import { didYouMean as nearOf } from '../../base/suggest.ts';
import type * as ast from '../../sql/ast/definition.ts';
import { formatType, quoteIdentifier } from '../../types/sql-type.ts';
import type { PlanContext } from '../context.ts';
import { reject } from '../errors.ts';
import { statementPlan, type StatementPlan } from '../statement-plan.ts';
import { validateSide, findFormat } from '../serde/topic-formats.ts';
import { bindColumns, bindType } from './columns.ts';
import { subjectOf } from './schema-inference.ts';

/** Plans DROP STREAM|TABLE. @throws SluiceError */
export function planDropSource(statement: ast.DropSource, text: string, context: PlanContext): StatementPlan {
  const { name, span } = statement.name;
  const source = context.catalog.source(name);
  if (source === undefined) {
    const message = doesNotExist(statement.sourceType, name);
    if (statement.ifExists) return statementPlan(text, { skipped: true, warnings: [message] });
    throw reject(message, span, didYouMean(name, context));
  }
  if (isBuiltInSource(name, context.catalog)) throw reject(isBuiltIn(name), span);
  if (source.kind !== statement.sourceType) {
    throw reject(wrongKind(source, statement.sourceType), span, `DROP ${source.kind} ${formatName(name)};`);
  }
  if (statement.deleteTopic && source.isSource) {
    throw reject(`Cannot delete topic for read-only source: ${name}`, span);
  }
  checkDrop(context.catalog, name);
  const maker = context.catalog.createdByQuery(name);
  const { topic } = source;
  const subjects = [
    ...(hasRegistry(context, topic.keyFormat.format) && source.schema.key.length > 0
      ? [subjectOf(topic.name, 'KEY')]
      : []),
    ...(hasRegistry(context, topic.valueFormat.format) ? [subjectOf(topic.name, 'VALUE')] : []),
  ];
  return statementPlan(text, {
    ddl: { kind: 'DropSource', name, sourceKind: source.kind, deleteTopic: statement.deleteTopic },
    deletes: statement.deleteTopic ? { topic: topic.name, subjects } : undefined,
    terminates: maker === undefined ? [] : [maker.id],
  });
}

/** Plans ALTER STREAM|TABLE ... ADD COLUMN. @throws SluiceError */
export function planAlterSource(statement: ast.AlterSource, text: string, context: PlanContext): StatementPlan {
  const { name, span } = statement.name;
  const source = context.catalog.source(name);
  if (source === undefined)
    throw reject(
      `Source ${name} does not exist.`,
      span,
      didYouMean(name, context) ?? `SHOW ${statement.sourceType}S; lists them.`,
    );
  if (isBuiltInSource(name, context.catalog)) throw reject(isBuiltIn(name), span);
  if (source.kind !== statement.sourceType) {
    throw reject(
      `Incompatible data source type is ${source.kind}, but statement was ALTER ${statement.sourceType}`,
      span,
      `ALTER ${source.kind} ${formatName(name)} …`,
    );
  }
  if (source.isSource) {
    const kind = kindWord(source.kind);
    throw reject(`Cannot alter ${kind} '${name}': ALTER operations are not supported on source ${kind}s.`, span);
  }
  if (source.isCasTarget) {
    throw reject(
      'ALTER command is not supported for CREATE ... AS statements.',
      span,
      `CREATE OR REPLACE ${source.kind} ${name} AS SELECT …; changes what the query selects.`,
    );
  }
  for (const { name: column, type } of statement.columns)
    if (column.name === 'COLUMN' && type.kind === 'TypeReference' && context.catalog.type(type.name) === undefined)
      throw reject(
        `The type of column ${type.name} is missing.`,
        type.span,
        `A column has a name and a type: ADD COLUMN ${formatName(type.name)} STRING;`,
      );
  const added = bindColumns(statement.columns, statement.sourceType, context.catalog);
  if (added.key.length > 0) throw reject('Columns can only be added to the value.', span);
  const known = new Map([...source.schema.key, ...source.schema.value].map((c) => [c.name, c]));
  for (const column of added.value) {
    const there = known.get(column.name);
    if (there !== undefined) {
      throw reject(
        `Cannot add column ${quoteIdentifier(column.name)} to schema. A column with the same name already exists.`,
        statement.columns.find((c) => c.name.name === column.name)?.name.span ?? span,
        `${name} has ${column.name} ${formatType(there.type)}: add another name. The type of a column that is there stays; DROP ${source.kind} ${formatName(name)}; and create it anew to change it.`,
      );
    }
  }
  const values = [...source.schema.value, ...added.value].filter((c) => c.role === 'VALUE');
  validateSide(findFormat(context, source.topic.valueFormat.format), values, source.topic.valueFeatures, 'VALUE', {
    formats: context.formats,
    clause: { spanOf: () => undefined },
    spanOfColumn: (column) => statement.columns.find((c) => c.name.name === column)?.span,
  });
  return statementPlan(text, {
    ddl: { kind: 'AlterSource', name, sourceKind: source.kind, columns: added.value },
  });
}

/** Plans CREATE TYPE. @throws SluiceError */
export function planCreateType(statement: ast.CreateType, text: string, context: PlanContext): StatementPlan {
  const name = statement.name.name.toUpperCase();
  const type = bindType(statement.type, context.catalog);
  const existing = context.catalog.type(name);
  if (existing !== undefined) {
    const message = `Cannot register custom type '${name}' since it is already registered with type: ${formatType(existing)}`;
    if (statement.ifNotExists) return statementPlan(text, { skipped: true, warnings: [message] });
    throw reject(
      message,
      statement.name.span,
      `DROP TYPE ${name}; makes room, CREATE TYPE IF NOT EXISTS leaves it as it is. Columns that were declared with it keep their type.`,
    );
  }
  return statementPlan(text, { ddl: { kind: 'RegisterType', name, type } });
}

/** Plans DROP TYPE. @throws SluiceError */
export function planDropType(statement: ast.DropType, text: string, context: PlanContext): StatementPlan {
  const name = statement.name.name.toUpperCase();
  if (context.catalog.type(name) === undefined) {
    const message = `Type ${name} does not exist.`;
    if (statement.ifExists) return statementPlan(text, { skipped: true, warnings: [message] });
    throw reject(message, statement.name.span, nearOf(name, context.catalog.types.keys()) ?? 'SHOW TYPES; lists them.');
  }
  return statementPlan(text, { ddl: { kind: 'DropType', name } });
}

function hasRegistry(context: PlanContext, format: string): boolean {
  return findFormat(context, format).registrySchema !== undefined;
}

/** The hint for a name that does not exist. */
export function didYouMean(name: string, context: PlanContext): string | undefined {
  return nearOf(name, context.catalog.sources.keys());
}
