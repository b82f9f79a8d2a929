import { must } from '../../../base/assert.ts';
import type { SqlType } from '../../../types/sql-type.ts';
import { formatType, quoteIdentifier, typesEqual } from '../../../types/sql-type.ts';
import { formatExpression } from '../../../sql/printer/expressions.ts';
import { formatName } from '../../../sql/printer/names.ts';
import type { SourceWindow } from '../../../catalog/source.ts';
import type { PlanContext } from '../../context.ts';
import type { Step } from '../../steps/steps.ts';
import { reject } from '../../errors.ts';
import type { BoundSource } from './bind-sources.ts';
import { type BoundJoin, describeJoin } from './join-criteria.ts';
import { changesOf, streamOver } from './stream-over.ts';
import { isForeignKeyJoin, isKey, type JoinKey, keyOfSource } from './join-keys.ts';
import { reference } from './source-relation.ts';

/** A join together with its left side. */
export interface JoinSite {
  readonly join: BoundJoin;
  readonly left: JoinKey;
  readonly leftIsTable: boolean;
  /** Whether the left side is a source rather than a join. */
  readonly isFirst: boolean;
  /** The source whose columns the left expression reads. */
  readonly leftSource: BoundSource;
  readonly leftType: SqlType;
  readonly rightType: SqlType;
}

/** A source as FROM has it: with its alias, where that is another name. */
function named({ alias, source }: { readonly alias: string; readonly source: { readonly name: string } }): string {
  return alias === source.name ? formatName(alias) : `${formatName(source.name)} ${formatName(alias)}`;
}

/** What a join must satisfy whatever its kind. @throws SluiceError STATEMENT with ksqlDB's sentences */
export function checkJoin(site: JoinSite, persistent: boolean): void {
  const { join, leftIsTable, leftSource } = site;
  const rightIsTable = join.right.source.kind === 'TABLE';
  const shown = describeJoin(leftSource.alias, join.type, join.right.alias);
  if (leftIsTable && !rightIsTable) {
    throw reject(
      `Invalid join order: table-stream joins are not supported; only stream-table joins. Got ${shown}.`,
      join.node.span,
      `${join.right.source.name} is a STREAM, ${leftSource.source.name} a TABLE. Put the stream first: FROM ${named(join.right)} JOIN ${named(leftSource)}.`,
    );
  }
  if (!leftIsTable && rightIsTable && (join.type === 'OUTER' || join.type === 'RIGHT')) {
    const kind = join.type === 'OUTER' ? 'full-outer' : 'right-outer';
    throw reject(
      `Invalid join type: ${kind} join not supported for stream-table join. Got ${shown}.`,
      join.node.span,
      `Rows come of the stream's records, each with the row that the table has then: LEFT JOIN keeps all of them. Rows of ${join.right.source.name} without a record are no event.`,
    );
  }
  checkWindows(site);
  checkCondition(site, rightIsTable);
  checkWithin(site, rightIsTable);
  if (isForeignKeyJoin(join, site.left, leftIsTable)) checkForeignKey(site, shown, persistent);
}

function checkCondition(site: JoinSite, rightIsTable: boolean): void {
  const { join, leftType, rightType } = site;
  const shown = formatExpression(join.on.left) + ' = ' + formatExpression(join.on.right);
  if (!typesEqual(leftType, rightType)) {
    const [first, second] = join.on.left === join.leftKey ? [leftType, rightType] : [rightType, leftType];
    throw reject(
      `Invalid join condition: types don't match. Got ${formatExpression(join.on.left)}{${formatType(first)}} = ` +
        `${formatExpression(join.on.right)}{${formatType(second)}}.`,
      join.node.on.span,
      rightIsTable && !isKey(keyOfSource(join.right), join.rightKey) ? otherKeyAdvice(site) : otherTypeAdvice(site),
    );
  }
  if (rightIsTable && !isKey(keyOfSource(join.right), join.rightKey)) {
    throw reject(
      site.leftIsTable
        ? `Invalid join condition: table-table joins require to join on the primary key of the right input table. Got ${shown}.`
        : `Invalid join condition: stream-table joins require to join on the table's primary key. Got ${shown}.`,
      join.node.on.span,
      otherKeyAdvice(site),
    );
  }
}

/**
 * Advice for two sides of different types: the column with the same name and the same type; otherwise a CAST, if both
 * are numbers or their names suggest the same thing; otherwise the columns of the required type.
 */
function otherTypeAdvice({ join, leftSource, leftType, rightType }: JoinSite): string {
  const { leftKey, rightKey } = join;
  const right = formatExpression(rightKey);
  const cast = `CAST(${formatExpression(leftKey)} AS ${formatType(rightType)}) = ${right}`;
  const plain = `CAST one side to the type of the other: ON ${cast}.`;
  if (rightKey.kind !== 'ColumnReference') return plain;
  const { key, value } = leftSource.source.schema;
  const fitting = [...key, ...value].filter((c) => typesEqual(c.type, rightType)).map((c) => c.name);
  const shown = (name: string): string => formatExpression(reference(leftSource.alias, name));
  const same = fitting.find((name) => namesKey(name, rightKey.name, join.right.source.name));
  if (same !== undefined) return `${shown(same)} has the name and type of ${right}: ON ${shown(same)} = ${right}.`;
  if (isNumber(leftType) && isNumber(rightType)) return plain;
  if (leftKey.kind === 'ColumnReference' && areAlike(leftKey.name, rightKey.name)) return plain;
  const others =
    fitting.length === 0
      ? `${leftSource.alias} has no column of that type.`
      : `Those of ${leftSource.alias} that are ${formatType(rightType)}: ${fitting.map(shown).join(', ')}.`;
  return `${right} is ${formatType(rightType)}. ${others} If ${formatExpression(leftKey)} is the same thing, written otherwise, CAST one side to the type of the other: ON ${cast}.`;
}

/** Whether a column's name is that of another source's key: CUSTOMER of CUSTOMER, USER_ID of the ID of USERS. */
function namesKey(column: string, key: string, source: string): boolean {
  // Every source may have an ID of its own.
  if (!/^(?:ID|KEY|ROWKEY|UUID|CODE|NAME)$/i.test(key)) return column === key;
  const last = source.toUpperCase().split('_').at(-1) ?? '';
  return [last, last.replace(/S$/, '')].some((word) => column.replaceAll('_', '').toUpperCase() === word + key);
}

function isNumber({ kind }: SqlType): boolean {
  return kind === 'INTEGER' || kind === 'BIGINT' || kind === 'DOUBLE' || kind === 'DECIMAL';
}

/** Whether the names have a word in common: USER_ID and ID, CUSTOMER and CUSTOMER_NUMBER. */
function areAlike(a: string, b: string): boolean {
  const words = (name: string): string[] => name.toUpperCase().split(/[^A-Z0-9]+/);
  return words(a).some((word) => words(b).includes(word));
}

/** Advice that names the table's key, and the statements that create a table with the key that the join needs. */
function otherKeyAdvice(site: JoinSite): string {
  const { right, rightKey, leftKey } = site.join;
  const { source, alias } = right;
  const key = source.schema.key.map((c) => c.name);
  const of = (name: string): string => `${alias}.${name}`;
  const fits = key.length === 1 && must(source.schema.key[0], 'key column').type.kind === site.leftType.kind;
  const byKey = `The key of ${source.name} is ${key.join(', ')}${fits ? `: ON ${formatExpression(leftKey)} = ${of(key[0]!)}` : ''}.`;
  const stream = streamOver(source);
  if (rightKey.kind !== 'ColumnReference' || key.length !== 1 || stream === undefined) return byKey;
  const made = `${source.name}_BY_${rightKey.name}`;
  return (
    `${byKey} For a table by ${rightKey.name}: SET 'auto.offset.reset'='earliest'; ${stream} ` +
    `CREATE TABLE ${made} AS SELECT ${rightKey.name}, LATEST_BY_OFFSET(${must(key[0], 'key column')}) AS ${must(key[0], 'key column')} FROM ${changesOf(source)} GROUP BY ${rightKey.name};`
  );
}

function checkForeignKey(site: JoinSite, shown: string, persistent: boolean): void {
  const { join } = site;
  if (!site.isFirst) {
    throw reject(
      `Invalid join condition: foreign-key table-table joins are not supported as part of n-way joins. ` +
        `Got ${formatExpression(join.on.left)} = ${formatExpression(join.on.right)}.`,
      join.node.on.span,
      'Join two at a time: CREATE TABLE … AS SELECT … of the first join, then join that table with the next.',
    );
  }
  if (join.type === 'RIGHT') {
    throw reject(
      'RIGHT OUTER JOIN on a foreign key is not supported',
      join.node.span,
      'A LEFT or INNER JOIN on a foreign key is supported: put the table whose rows are all kept first.',
    );
  }
  if (join.type === 'OUTER') {
    throw reject(
      `Invalid join type: full-outer join not supported for foreign-key table-table join. Got ${shown}.`,
      join.node.span,
      'A LEFT or INNER JOIN on a foreign key is supported: put the table whose rows are all kept first.',
    );
  }
  const windowed = [site.leftSource, join.right].some((s) => s.source.topic.window !== undefined);
  if (windowed && !persistent) {
    throw reject('Foreign-key table-table joins are not supported on windowed tables.', join.node.span);
  }
}

function checkWithin(site: JoinSite, rightIsTable: boolean): void {
  const { join, leftIsTable } = site;
  if (!leftIsTable && !rightIsTable) {
    if (join.within !== null) return;
    throw reject(
      'Stream-Stream joins must have a WITHIN clause specified. None was provided. To learn about how to specify a WITHIN clause ' +
        'with a stream-stream join, please visit: https://docs.confluent.io/current/ksql/docs/syntax-reference.html' +
        '#create-stream-as-select',
      join.node.span,
      'Add WITHIN 1 HOUR (or what fits) before ON.',
    );
  }
  if (join.within === null) return;
  const kind = leftIsTable ? 'Table-Table' : 'Stream-Table';
  throw reject(
    `A window definition was provided for a ${kind} join. These joins are not windowed. Please drop the window definition ` +
      `(ie. the WITHIN clause) and try to execute your ${kind} join again.`,
    join.within.span,
    leftIsTable || rightIsTable ? 'Leave WITHIN out: the table gives the row that it holds then.' : undefined,
  );
}

function checkWindows(site: JoinSite): void {
  const left = site.leftSource.source.topic.window;
  const { source, alias } = site.join.right;
  const right = source.topic.window;
  if ((left === undefined) !== (right === undefined)) {
    throw reject(
      `Can not join windowed source to non-windowed source.\n` +
        `${quoteIdentifier(site.leftSource.alias)} is ${describeWindow(left)}\n` +
        `${quoteIdentifier(alias)} is ${describeWindow(right)}`,
      site.join.node.span,
    );
  }
  if (left === undefined || right === undefined || (left.type === 'SESSION') === (right.type === 'SESSION')) return;
  throw reject(
    `Incompatible windowed sources.\nLeft source: ${left.type}\nRight source: ${right.type}\n` +
      `Session windowed sources can only be joined to other session windowed sources, and may still not result in expected ` +
      `behaviour as session bounds must be an exact match for the join to work\n` +
      `Hopping and tumbling windowed sources can only be joined to other hopping and tumbling windowed sources`,
    site.join.node.span,
  );
}

function describeWindow(window: SourceWindow | undefined): string {
  return window === undefined ? 'not windowed' : `${window.type} windowed`;
}

/**
 * Topics that a join reads as they are must have the same number of partitions, so that equal keys meet in one task.
 * Kafka Streams calls them co-partitioned; repartition topics take the number of the others.
 */
export function checkPartitions(inPlace: readonly Step[], sources: readonly BoundSource[], context: PlanContext): void {
  const counted = inPlace.flatMap((step) => {
    const bound = sources.find((s) => 'source' in step && s.source.name === step.source);
    const count = bound && (context.topics.find(bound.source.topic.name)?.partitions ?? bound.source.partitions);
    return bound === undefined || count === undefined ? [] : [{ bound, count }];
  });
  const [left] = counted;
  const right = counted.find((c) => c.count !== left?.count);
  if (left === undefined || right === undefined) return;
  const [leftName, rightName] = [left, right].map((side) => quoteIdentifier(side.bound.alias));
  throw reject(
    `Can't join ${leftName} with ${rightName} since the number of partitions don't match. ${leftName} partitions = ${left.count}; ` +
      `${rightName} partitions = ${right.count}. Please repartition either one so that the number of partitions match.`,
    right.bound.node.span,
    repartitionAdvice(left, right),
  );
}

interface Counted {
  readonly bound: BoundSource;
  readonly count: number;
}

/** The statement that gives one side the other's partitions: a stream rather than a table, else the side with fewer. */
function repartitionAdvice(left: Counted, right: Counted): string {
  const [fewer, more] = left.count < right.count ? [left, right] : [right, left];
  const isStream = (side: Counted): boolean => side.bound.source.kind === 'STREAM';
  const [moved, other] = isStream(more) && !isStream(fewer) ? [more, fewer] : [fewer, more];
  const { kind, name, schema } = moved.bound.source;
  const by =
    kind === 'STREAM' && schema.key.length > 0
      ? ` PARTITION BY ${schema.key.map((column) => formatName(column.name)).join(', ')}`
      : '';
  const made = formatName(`${name}_${other.count}`);
  return `CREATE ${kind} ${made} WITH (PARTITIONS=${other.count}) AS SELECT * FROM ${formatName(name)}${by}; and join ${made}.`;
}
