import { must } from '../../base/assert.ts';
import { ByteWriter } from '../../base/byte-writer.ts';
import type {
  ForeignKeyJoinStep,
  JoinStep,
  RowColumn,
  RowLayout,
  Step,
  StreamStreamJoinStep,
} from '../../plan/steps/steps.ts';
import { createKeyCodec } from '../../state/key-codec.ts';
import { createRowCodec } from '../../state/row-codec.ts';
import { array, BIGINT, BOOLEAN, BYTES, INTEGER, struct, type SqlType } from '../../types/sql-type.ts';
import type { Compiler } from '../task/compiler.ts';
import * as names from '../names.ts';
import { EmitThrottle } from '../operators/emit-throttle.ts';
import { ForeignKeyLeft, ForeignKeyRight } from '../operators/foreign-key-join.ts';
import { ResponseInput, ResponseWriter, SubscriptionInput, SubscriptionWriter } from '../operators/foreign-key-wire.ts';
import { StreamStreamJoin } from '../operators/stream-stream-join.ts';
import type { StreamReceiver, TableNode, TableReceiver } from '../receivers.ts';
import { type RowCondition, rowJoiner } from '../rows.ts';
import { KeyWriter } from '../task/topic-codec.ts';
import { graceMs } from '../windows.ts';
import { type GraphBuilder, typesOf, keyTypesOf } from './graph.ts';
import { createHash } from 'node:crypto';

/** The condition of `matchedBy` on left rows. */
export function matchCondition(step: Pick<JoinStep, 'matchedBy'>, compiler: Compiler): RowCondition | undefined {
  if (step.matchedBy === undefined) return undefined;
  const value = compiler.value(step.matchedBy, 'what the join compares');
  return (row) => value(row) !== null;
}

/**
 * Creates a stream-stream join with its two window stores, and the store of unmatched records where there is a grace
 * period.
 */
export function buildStreamStreamJoin(
  builder: GraphBuilder,
  step: StreamStreamJoinStep,
  compiler: Compiler,
  next: StreamReceiver,
): StreamStreamJoin {
  const { state, clock, settings } = builder.env;
  const { beforeMs, afterMs } = step;
  const [left, right] = [step.left.out, step.right.out];
  const grace = step.graceMs ?? graceMs(undefined, beforeMs + afterMs, false);
  // A record exactly at the retention limit has expired, as in Kafka Streams.
  const retentionMs = beforeMs + afterMs + grace - 1;
  const buffer = (name: string, layout: RowLayout) =>
    state.window({
      name,
      keyTypes: keyTypesOf(layout),
      valueTypes: typesOf(layout.row),
      retentionMs,
      duplicates: true,
    });
  const keyTypes = keyTypesOf(step.out);
  const needsUnmatched = step.graceMs !== undefined && step.joinType !== 'INNER';
  const rowsOf = (layout: RowLayout): SqlType => array(struct(layout.row));
  const { window } = step.out;
  const width = step.out.key.length;
  const join = new StreamStreamJoin({
    joinType: step.joinType,
    beforeMs,
    afterMs,
    graceMs: grace,
    join: rowJoiner(left.row.length, right.row.length, step.synthetic === true ? width : 0),
    matches: matchCondition(step, compiler),
    leftWidth: left.row.length,
    rightWidth: right.row.length,
    leftStore: buffer(step.leftStore, left),
    rightStore: buffer(step.rightStore, right),
    unmatched: needsUnmatched
      ? state.keyValue({
          name: names.unmatchedStore(step.name),
          keyTypes: [BIGINT, BOOLEAN, ...keyTypes],
          valueTypes: [rowsOf(left), rowsOf(right)],
        })
      : undefined,
    time: state.numbers(`${step.name}.times`, [-1, Infinity]),
    throttle: EmitThrottle.of(clock, settings.outerJoinEmitIntervalMs),
    completeKey: (key) => {
      if (window?.sizeMs !== undefined && key.length === width + 1) key.push((key[width] as number) + window.sizeMs);
      return key;
    },
    next,
  });
  builder.emissions.unshift(join);
  return join;
}

/**
 * A table's key columns under the names that they have in its topic. Formats write fields and derive schemas by name,
 * and subscriptions must have exactly the bytes of the right table's keys, since they choose the partition.
 */
function keyInTopic(table: Step): readonly RowColumn[] {
  let step = table;
  while (step.kind === 'TableSelect' || step.kind === 'TableFilter') step = step.source;
  if (step.kind !== 'TableSource') return table.out.key;
  const { key } = step.schema;
  return table.out.key.map((column, i) => ({ ...column, name: must(key[i], 'key column').name }));
}

/** Creates the left half of a foreign-key join, in the sub-topology of the left table. */
export function buildForeignKeyLeft(
  builder: GraphBuilder,
  step: ForeignKeyJoinStep,
  compiler: Compiler,
  next: TableReceiver,
): TableNode {
  const { topicPrefix, state, registry, partition } = builder.env;
  const [left, right] = [step.left.out, step.right.out];
  const topic = names.subscriptionTopic(topicPrefix, step.name);
  const leftKeyTypes = keyTypesOf(left);
  const rightKeyTypes = typesOf(right.key);
  const foreignKeys = createKeyCodec(rightKeyTypes);
  const rows = createRowCodec(typesOf(left.row));
  const scratch = new ByteWriter(512);
  const operator = new ForeignKeyLeft({
    isLeftJoin: step.joinType === 'LEFT',
    foreignKey: compiler.value(step.foreignKey, 'the foreign key'),
    sameForeignKey: (a, b) => foreignKeys.id([a]) === foreignKeys.id([b]),
    hash: (row) => {
      scratch.reset();
      rows.write(row, scratch);
      return createHash('md5').update(scratch.view()).digest();
    },
    partition,
    out: new SubscriptionWriter(
      new KeyWriter(step.codec, keyInTopic(step.right), right.window, topic, registry),
      rightKeyTypes,
      leftKeyTypes,
      builder.env.output(topic),
    ),
    join: rowJoiner(left.row.length, right.row.length, step.synthetic === true ? step.out.key.length : 0),
    rightWidth: right.row.length,
    next,
    openResults: () =>
      state.keyValue({
        name: names.foreignKeyResultStore(step.name),
        keyTypes: keyTypesOf(step.out),
        valueTypes: typesOf(step.out.row),
      }),
  });
  operator.connect(builder.table(step.left, operator));
  builder.input(
    names.responseTopic(topicPrefix, step.name),
    new ResponseInput(typesOf(right.row), leftKeyTypes, operator),
  );
  return operator;
}

export function buildForeignKeyRight(builder: GraphBuilder, step: ForeignKeyJoinStep): void {
  const { topicPrefix, state, context } = builder.env;
  const leftKeyTypes = keyTypesOf(step.left.out);
  const rightKeyTypes = typesOf(step.right.out.key);
  const rightTypes = typesOf(step.right.out.row);
  const responses = builder.env.output(names.responseTopic(topicPrefix, step.name));
  const operator = new ForeignKeyRight(
    state.keyValue({
      name: names.subscriptionStore(step.name),
      keyTypes: [...rightKeyTypes, ...leftKeyTypes],
      valueTypes: [BYTES, INTEGER],
    }),
    new ResponseWriter(rightTypes, leftKeyTypes, responses, context),
  );
  operator.connect(builder.table(step.right, operator));
  builder.input(
    names.subscriptionTopic(topicPrefix, step.name),
    new SubscriptionInput(rightKeyTypes, leftKeyTypes, operator),
  );
}
