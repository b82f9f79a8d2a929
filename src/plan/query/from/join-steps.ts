import { must } from '../../../base/assert.ts';
import type { TypedExpr } from '../../../expr/typed.ts';
import { formatExpression } from '../../../sql/printer/expressions.ts';
import type { PlanContext } from '../../context.ts';
import { reject } from '../../errors.ts';
import { rejectMapKeys } from '../../serde/map-keys.ts';
import type { RowColumn, RowLayout, Step, TopicCodec } from '../../steps/steps.ts';
import { inputsOf } from '../../steps/walk.ts';
import type { BoundSource } from './bind-sources.ts';
import { internalCodec, keyBytesVary, writesSchemaIds } from '../sink/internal-codec.ts';
import { checkJoin, checkPartitions, type JoinSite } from './join-checks.ts';
import type { BoundJoin } from './join-criteria.ts';
import { isForeignKeyJoin, isKey, type JoinKey, keyAfterJoin, keyOfSource, mayBeNull } from './join-keys.ts';
import type { KeyColumn, Relation, Typer } from '../relation.ts';
import { reference, sourceRelation } from './source-relation.ts';

interface Joined {
  readonly relation: Relation;
  readonly key: JoinKey;
}

/** The steps of FROM: a source, or sources joined from left to right. @throws SluiceError STATEMENT */
export function fromSteps(
  sources: readonly BoundSource[],
  joins: readonly BoundJoin[],
  typer: Typer,
  context: PlanContext,
  persistent: boolean,
): Relation {
  if (joins.length === 0) return sourceRelation(must(sources[0], 'source'), 'KsqlTopic/Source', false, false);
  const leftmost = must(sources[0], 'source');
  const leftIsTable = leftmost.source.kind === 'TABLE';
  // The innermost join has the longest prefix: L_L_Join, L_Join, Join.
  const prefixOf = (i: number): string => 'L_'.repeat(joins.length - 1 - i);
  let left: Joined = {
    relation: sourceRelation(leftmost, `${prefixOf(0)}KafkaTopic_Left/Source`, true, leftIsTable),
    key: keyOfSource(leftmost),
  };
  for (const [i, join] of joins.entries()) {
    const prefix = prefixOf(i);
    const rightIsTable = join.right.source.kind === 'TABLE';
    const right = sourceRelation(join.right, `${prefix}KafkaTopic_Right/Source`, true, rightIsTable);
    const leftExpr = typer.check(join.leftKey, left.relation, 'JOIN');
    const rightExpr = typer.check(join.rightKey, right, 'JOIN');
    const site: JoinSite = {
      join,
      left: left.key,
      leftIsTable,
      isFirst: i === 0,
      leftSource: sources.find((s) => s.alias === join.leftAlias)!,
      leftType: leftExpr.type,
      rightType: rightExpr.type,
    };
    checkJoin(site, persistent);
    left = isForeignKeyJoin(join, left.key, leftIsTable)
      ? foreignKeyJoin(site, left, right, leftExpr, prefix, sources)
      : keyedJoin({ site, left, right, leftExpr, rightExpr, prefix, sources, context });
  }
  return left.relation;
}

function foreignKeyJoin(
  site: JoinSite,
  left: Joined,
  right: Relation,
  foreignKey: TypedExpr,
  prefix: string,
  sources: readonly BoundSource[],
): Joined {
  const out: RowLayout = {
    key: left.relation.step.out.key,
    row: [...left.relation.step.out.row, ...right.step.out.row],
    window: left.relation.step.out.window,
  };
  const step: Step = {
    kind: 'ForeignKeyTableTableJoin',
    name: `${prefix}Join`,
    relation: 'TABLE',
    out,
    left: left.relation.step,
    right: right.step,
    joinType: site.join.type,
    foreignKey,
    codec: { ...right.codec, valueFormat: left.relation.codec.valueFormat, valueFeatures: [] },
  };
  return {
    relation: { ...left.relation, step, keyIsInternal: true },
    key: keyAfterJoin(site.join, left.key, true, sources),
  };
}

interface KeyedSite {
  readonly site: JoinSite;
  readonly left: Joined;
  readonly right: Relation;
  readonly leftExpr: TypedExpr;
  readonly rightExpr: TypedExpr;
  readonly prefix: string;
  readonly sources: readonly BoundSource[];
  readonly context: PlanContext;
}

/** The sources of a relation whose topics are read as they are, without one of the query's own in between. */
function sourcesInPlace(step: Step): Step[] {
  switch (step.kind) {
    case 'Repartition':
      return [];
    case 'ForeignKeyTableTableJoin':
      return sourcesInPlace(step.left);
    default: {
      const inputs = inputsOf(step);
      return inputs.length === 0 ? [step] : inputs.flatMap(sourcesInPlace);
    }
  }
}

/** Joins by equal keys, after both sides have been brought to the same key, format and partitions. */
function keyedJoin(keyed: KeyedSite): Joined {
  const { site, prefix, sources, context } = keyed;
  const { join, leftIsTable } = site;
  const rightIsTable = join.right.source.kind === 'TABLE';
  const leftRekeys = !isKey(site.left, join.leftKey);
  const rightRekeys = !isKey(keyOfSource(join.right), join.rightKey);
  // Keys with windows of another kind or size would have to move. Where schemas are registered, ksqlDB accepts them
  // unchanged.
  const rightWindow = join.right.source.topic.window;
  const leftWindow = keyed.left.relation.step.out.window;
  const windowsDiffer =
    (rightWindow?.type !== leftWindow?.type || rightWindow?.sizeMs !== leftWindow?.sizeMs) &&
    !(writesSchemaIds(keyed.left.relation.codec, context) && writesSchemaIds(keyed.right.codec, context));
  if ((leftRekeys || rightRekeys || windowsDiffer) && rightWindow !== undefined) {
    throw reject(
      'Implicit repartitioning of windowed sources is not supported. See https://github.com/confluentinc/ksql/issues/4385.',
      join.node.on.span,
    );
  }
  const leftMayMiss = mayBeNull(site.left, join.leftKey);
  if (leftMayMiss && leftIsTable && join.type === 'OUTER') {
    throw reject(
      `${formatExpression(join.leftKey)} is null where an earlier outer join found no row, so two rows of this FULL OUTER JOIN can have ` +
        'one key, which a table cannot hold.',
      join.node.on.span,
      `Join by ${formatExpression(site.left.kind === 'columns' ? must(site.left.equal[0], 'equal expression') : join.leftKey)}, which every row has.`,
    );
  }
  const key = keyAfterJoin(join, site.left, leftIsTable, sources);
  const keyColumn = keyColumnOf(key, keyed.leftExpr);
  rejectMapKeys([keyColumn]);

  const [preferred, other] =
    leftRekeys && !rightRekeys ? [keyed.right, keyed.left.relation] : [keyed.left.relation, keyed.right];
  const keyCodec = internalCodec(
    preferred.codec,
    [{ name: keyColumn.name, type: keyColumn.type }],
    context,
    other.codec,
  );
  // With a single partition, equal keys meet whatever their bytes are.
  const varies = keyBytesVary(keyed.left.relation.codec, context) || keyBytesVary(keyed.right.codec, context);
  const bytesMatter = !varies || sources.some((s) => context.topics.find(s.source.topic.name)?.partitions !== 1);
  const needsTopic = (relation: Relation, rekeys: boolean): boolean =>
    rekeys ||
    (bytesMatter &&
      (!sameKeyBytes(relation.codec, keyCodec) ||
        (!relation.keyIsInternal && writesSchemaIds(relation.codec, context))));
  const leftMoves = needsTopic(keyed.left.relation, leftRekeys);
  const rightMoves = needsTopic(keyed.right, rightRekeys);
  checkPartitions(
    [...(leftMoves ? [] : sourcesInPlace(keyed.left.relation.step)), ...(rightMoves ? [] : [keyed.right.step])],
    sources,
    context,
  );

  const isStreamStream = !leftIsTable && !rightIsTable;
  const left = moved(keyed.left.relation, leftMoves, {
    rekey: leftRekeys ? keyed.leftExpr : undefined,
    keyColumn,
    keyCodec,
    name: `${prefix}LeftSourceKeyed/SelectKey`,
    suffix: leftIsTable
      ? `${prefix}LeftSourceKeyed-SelectKey-repartition`
      : `${prefix}Join-${isStreamStream ? 'left-' : ''}repartition`,
  });
  const right = moved(keyed.right, rightMoves, {
    rekey: rightRekeys ? keyed.rightExpr : undefined,
    keyColumn,
    keyCodec,
    name: `${prefix}RightSourceKeyed/SelectKey`,
    suffix: rightIsTable ? `${prefix}RightSourceKeyed-SelectKey-repartition` : `${prefix}Join-right-repartition`,
  });
  const synthetic = key.kind === 'synthetic';
  const out: RowLayout = {
    key: [{ name: keyColumn.name, type: keyColumn.type }],
    row: [...left.out.row, ...right.out.row, ...(synthetic ? [{ name: keyColumn.name, type: keyColumn.type }] : [])],
    window: left.out.window,
  };
  return {
    key,
    relation: {
      step: joinStep(join, left, right, out, synthetic, prefix, leftMayMiss ? keyed.leftExpr : undefined),
      codec: { ...keyed.left.relation.codec, keyFormat: keyCodec.keyFormat, keyFeatures: keyCodec.keyFeatures },
      key: [keyColumn],
      keyIsInternal: keyed.left.relation.keyIsInternal || leftMoves,
    },
  };
}

function joinStep(
  join: BoundJoin,
  left: Step,
  right: Step,
  out: RowLayout,
  synthetic: boolean,
  prefix: string,
  matchedBy: TypedExpr | undefined,
): Step {
  const base = { name: `${prefix}Join`, out, left, right, joinType: join.type, synthetic, matchedBy };
  if (left.relation === 'TABLE') return { ...base, kind: 'TableTableJoin', relation: 'TABLE' };
  if (right.relation === 'TABLE') return { ...base, kind: 'StreamTableJoin', relation: 'STREAM' };
  const within = join.within!;
  return {
    ...base,
    kind: 'StreamStreamJoin',
    relation: 'STREAM',
    beforeMs: within.before.ms,
    afterMs: within.after.ms,
    graceMs: within.grace?.ms,
    leftStore: `${prefix}Join-left-store`,
    rightStore: `${prefix}Join-right-store`,
  };
}

function keyColumnOf(key: JoinKey, leftExpr: TypedExpr): KeyColumn {
  if (key.kind === 'synthetic') {
    return { name: key.name, type: leftExpr.type, stands: [reference(null, key.name)] };
  }
  const stands = must(key.stands[0], 'stand');
  const first = must(stands[0], 'stand');
  const name = first.kind === 'ColumnReference' ? `${first.qualifier ?? ''}_${first.name}` : 'KSQL_COL_0';
  return { name, type: leftExpr.type, stands, equal: key.equal };
}

interface Move {
  /** The new key; absent when only its format changes. */
  readonly rekey: TypedExpr | undefined;
  readonly keyColumn: RowColumn;
  readonly keyCodec: TopicCodec;
  readonly name: string;
  readonly suffix: string;
}

/** A side as the join reads it: repartitioned by the join's key where necessary. */
function moved(relation: Relation, needed: boolean, move: Move): Step {
  if (!needed) return relation.step;
  const kind = relation.step.relation;
  const key = [{ name: move.keyColumn.name, type: move.keyColumn.type }];
  const out: RowLayout = { ...relation.step.out, key };
  const keyedStep: Step =
    move.rekey === undefined
      ? relation.step
      : {
          kind: kind === 'STREAM' ? 'StreamSelectKey' : 'TableSelectKey',
          name: move.name,
          relation: kind,
          out,
          source: relation.step,
          expressions: [move.rekey],
        };
  return {
    kind: 'Repartition',
    name: `${move.name}/Repartition`,
    relation: kind,
    out,
    source: keyedStep,
    topicSuffix: move.suffix,
    codec: {
      keyFormat: move.keyCodec.keyFormat,
      keyFeatures: move.keyCodec.keyFeatures,
      valueFormat: relation.codec.valueFormat,
      valueFeatures: [],
    },
    materialized: kind === 'TABLE',
  };
}

function sameKeyBytes(a: TopicCodec, b: TopicCodec): boolean {
  return (
    a.keyFormat.format === b.keyFormat.format &&
    (a.keyFormat.properties['delimiter'] ?? ',') === (b.keyFormat.properties['delimiter'] ?? ',') &&
    a.keyFeatures.join() === b.keyFeatures.join()
  );
}
