import { assertNever, must } from '../../base/assert.ts';
import { SluiceError } from '../../base/errors.ts';
import type { Step } from '../../plan/steps/steps.ts';
import { createKeyCodec } from '../../state/key-codec.ts';
import { StreamFilter, TableFilter } from '../operators/filter.ts';
import { StreamFlatMap } from '../operators/flat-map.ts';
import { StreamGroupBy, StreamGroupByKey, TableGroupBy } from '../operators/group-by.ts';
import { ChangeSource, TableEntry } from '../operators/repartition.ts';
import { StreamSelectKey, TableSelectKey } from '../operators/select-key.ts';
import { CountedStream, CountedTable } from '../operators/passed-rows.ts';
import { keyPicker, StreamSelect, TableSelect } from '../operators/select.ts';
import { StreamSource, TableSource } from '../operators/source.ts';
import { IGNORE_CHANGES, StreamTableJoin } from '../operators/stream-table-join.ts';
import { TableTableJoin } from '../operators/table-table-join.ts';
import type { StreamReceiver, TableNode, TableReceiver } from '../receivers.ts';
import type { RecordInput } from '../task/record-input.ts';
import { rowJoiner } from '../rows.ts';
import { KeyReader } from '../task/topic-codec.ts';
import type { Fragment, SubTopology } from '../topology.ts';
import { buildAggregate, buildTableAggregate } from './aggregates.ts';
import { buildSink, keepsForChanges, recordDecoder, tableStore } from './ends.ts';
import { type BuildEnv, type BuiltTask, type GraphBuilder, type HeldResults, typesOf } from './graph.ts';
import { buildStreamStreamJoin, buildForeignKeyLeft, buildForeignKeyRight, matchCondition } from './joins.ts';
import { keyMakerOf, groupByHooks } from './keys.ts';
import { problemsOf } from './problems.ts';
import { buildRepartitionSink, repartitionSource } from './repartitions.ts';

/** Creates the operators of one sub-topology. */
export function buildTask(sub: SubTopology, env: BuildEnv): BuiltTask {
  const builder = new Builder(env);
  for (const fragment of sub.fragments) builder.fragment(fragment);
  return { inputs: builder.inputs, flush: () => builder.emissions.forEach((e) => e.flush()) };
}

/**
 * Whether an operator emits another number of rows than it receives. For all others the count of their inputs suffices.
 */
function passesOthers(step: Step): boolean {
  return /Filter$|FlatMap$|Join$|Aggregate$/.test(step.kind);
}

class Builder implements GraphBuilder {
  readonly inputs = new Map<string, RecordInput[]>();
  readonly emissions: HeldResults[] = [];
  readonly env: BuildEnv;

  constructor(env: BuildEnv) {
    this.env = env;
  }

  fragment(fragment: Fragment): void {
    switch (fragment.kind) {
      case 'root':
        return this.#root(fragment.step);
      case 'repartition':
        return buildRepartitionSink(this, fragment.step, fragment.aggregate);
      case 'foreignKeyRight':
        return buildForeignKeyRight(this, fragment.step);
      default:
        return assertNever(fragment);
    }
  }

  #root(step: Step): void {
    if (step.kind === 'StreamSink' || step.kind === 'TableSink') {
      const sink = buildSink(this, step);
      if (step.source.relation === 'TABLE') this.table(step.source, sink);
      else this.stream(step.source, sink);
      return;
    }
    const collector = this.env.collector?.forTask?.(this.env.context) ?? this.env.collector;
    if (step.relation === 'TABLE') this.table(step, collector ?? IGNORE_CHANGES);
    else this.stream(step, must(collector, 'collector of a transient query'));
  }

  stream(step: Step, to: StreamReceiver): void {
    const compiler = this.env.compiler(step.name);
    const next = passesOthers(step) ? new CountedStream(this.env.passed(step.name), to) : to;
    switch (step.kind) {
      case 'StreamSource':
      case 'WindowedStreamSource': {
        const decoder = recordDecoder(this, step, !next.retainsRow);
        this.input(step.topic, new StreamSource(decoder, next));
        return;
      }
      case 'Repartition':
        this.input(`${this.env.topicPrefix}${step.topicSuffix}`, repartitionSource(this, step, next));
        return;
      case 'StreamFilter':
        return this.stream(step.source, new StreamFilter(compiler.predicate(step.predicate), next));
      case 'StreamSelect':
        return this.stream(
          step.source,
          new StreamSelect(
            compiler.projection(step.expressions, step.out.row),
            next,
            step.keyColumns && keyPicker(step.keyColumns, step.source.out.key.length, step.out.window !== undefined),
          ),
        );
      case 'StreamSelectKey':
        return this.stream(step.source, new StreamSelectKey(keyMakerOf(this, step, compiler), next));
      case 'StreamFlatMap':
        return this.stream(
          step.source,
          new StreamFlatMap(
            step.functions.map((f) => compiler.tableFunction(f)),
            step.source.out.row.length,
            next,
          ),
        );
      case 'StreamGroupBy':
        return this.stream(step.source, new StreamGroupBy(groupByHooks(this, step, compiler), next));
      case 'StreamGroupByKey':
        return this.stream(step.source, new StreamGroupByKey(next));
      case 'StreamTableJoin': {
        const [left, right] = [step.left.out.row.length, step.right.out.row.length];
        const join = new StreamTableJoin(
          step.joinType === 'LEFT',
          rowJoiner(left, right, step.synthetic === true ? step.out.key.length : 0),
          right,
          next,
          matchCondition(step, compiler),
        );
        join.connectTable(this.table(step.right, IGNORE_CHANGES));
        return this.stream(step.left, join);
      }
      case 'StreamStreamJoin': {
        const join = buildStreamStreamJoin(this, step, compiler, next);
        this.stream(step.left, join.left);
        this.stream(step.right, join.right);
        return;
      }
      case 'TableSource':
      case 'WindowedTableSource':
      case 'TableFilter':
      case 'TableSelect':
      case 'TableSelectKey':
      case 'TableGroupBy':
      case 'StreamAggregate':
      case 'StreamWindowedAggregate':
      case 'TableAggregate':
      case 'TableTableJoin':
      case 'ForeignKeyTableTableJoin':
      case 'StreamSink':
      case 'TableSink':
        throw new SluiceError('INTERNAL', `Step ${step.name} (${step.kind}) is no stream`);
      default:
        return assertNever(step);
    }
  }

  table(step: Step, to: TableReceiver): TableNode {
    const compiler = this.env.compiler(step.name);
    const next = passesOthers(step) ? new CountedTable(this.env.passed(step.name), to) : to;
    switch (step.kind) {
      case 'TableSource':
      case 'WindowedTableSource': {
        const isKept = step.materialized === true || keepsForChanges(step);
        const table = tableStore(this, step.name, step.out, isKept, next);
        this.input(
          step.topic,
          new TableSource(recordDecoder(this, step, false), table, problemsOf(this.env, step.name)),
        );
        return table;
      }
      case 'Repartition': {
        const table = tableStore(this, step.name, step.out, step.materialized === true, next);
        this.input(`${this.env.topicPrefix}${step.topicSuffix}`, repartitionSource(this, step, new TableEntry(table)));
        return table;
      }
      case 'TableSelectKey': {
        const table = tableStore(this, step.name, step.out, false, next);
        const select = new TableSelectKey(keyMakerOf(this, step, compiler), new TableEntry(table));
        select.connect(this.table(step.source, select));
        return table;
      }
      case 'TableFilter': {
        const filter = new TableFilter(compiler.predicate(step.predicate), next);
        filter.connect(this.table(step.source, filter));
        return filter;
      }
      case 'TableSelect': {
        const select = new TableSelect(compiler.projection(step.expressions, step.out.row), next);
        select.connect(this.table(step.source, select));
        return select;
      }
      case 'StreamAggregate':
      case 'StreamWindowedAggregate':
        return buildAggregate(this, step, compiler, next);
      case 'TableAggregate':
        return buildTableAggregate(this, step, compiler, next);
      case 'TableTableJoin': {
        const [left, right] = [step.left.out.row.length, step.right.out.row.length];
        const joiner = rowJoiner(left, right, step.synthetic === true ? step.out.key.length : 0);
        const join = new TableTableJoin(step.joinType, joiner, left, right, next, matchCondition(step, compiler));
        join.connect(this.table(step.left, join.leftInput), this.table(step.right, join.rightInput));
        return join;
      }
      case 'ForeignKeyTableTableJoin':
        return buildForeignKeyLeft(this, step, compiler, next);
      case 'StreamSource':
      case 'WindowedStreamSource':
      case 'StreamFilter':
      case 'StreamSelect':
      case 'StreamSelectKey':
      case 'StreamFlatMap':
      case 'StreamGroupBy':
      case 'StreamGroupByKey':
      case 'TableGroupBy':
      case 'StreamTableJoin':
      case 'StreamStreamJoin':
      case 'StreamSink':
      case 'TableSink':
        throw new SluiceError('INTERNAL', `Step ${step.name} (${step.kind}) is no table`);
      default:
        return assertNever(step);
    }
  }

  /** Builds the input of a table aggregation: changes of groups, directly or through a repartition topic. */
  groupedTable(step: Step, next: TableReceiver): void {
    if (step.kind === 'Repartition') {
      const reader = new KeyReader(step.codec, step.out.key, step.out.window, step.topicSuffix, this.env.registry);
      const source = new ChangeSource(reader, typesOf(step.out.row), next, problemsOf(this.env, step.name));
      this.input(`${this.env.topicPrefix}${step.topicSuffix}`, source);
      return;
    }
    if (step.kind === 'TableSelect') {
      const project = this.env.compiler(step.name).projection(step.expressions, step.out.row);
      this.groupedTable(step.source, new TableSelect(project, next));
      return;
    }
    if (step.kind !== 'TableGroupBy')
      throw new SluiceError('INTERNAL', `Step ${step.name} (${step.kind}) is no grouped table`);
    const keys = createKeyCodec(typesOf(step.out.key));
    const group = new TableGroupBy(groupByHooks(this, step, this.env.compiler(step.name)), (k) => keys.id(k), next);
    group.connect(this.table(step.source, group));
  }

  input(topic: string, input: RecordInput): void {
    const known = this.inputs.get(topic);
    if (known === undefined) this.inputs.set(topic, [input]);
    else known.push(input);
  }
}
