import { createHash } from 'node:crypto';
import { assertNever, must } from '../base/assert.ts';
import { ByteWriter } from '../base/byte-writer.ts';
import type { Clock, ProcessingLog } from '../base/env.ts';
import { messageOf, SluiceError } from '../base/errors.ts';
import type { CodecRegistry, RowDecoder, RowEncoder } from '../formats/api.ts';
import type {
  AggregateStep,
  ForeignKeyJoinStep,
  RepartitionStep,
  RowLayout,
  SinkStep,
  SourceStep,
  Step,
  StreamStreamJoinStep,
} from '../plan/steps/steps.ts';
import type { StoreProvider } from '../state/api.ts';
import { createKeyCodec } from '../state/key-codec.ts';
import { createRowCodec } from '../state/row-codec.ts';
import type { Key, Row } from '../types/row.ts';
import { array, BIGINT, BOOLEAN, BYTES, INTEGER, struct, type SqlType } from '../types/sql-type.ts';
import type { Compiler } from './compiler.ts';
import { keyCopies, readsKeyOnly } from './key-copies.ts';
import * as names from './names.ts';
import { AggregateCore } from './operators/aggregate-core.ts';
import { StreamAggregate, TableAggregate } from './operators/aggregate.ts';
import { Emission } from './operators/emission.ts';
import { StreamFilter, TableFilter } from './operators/filter.ts';
import { StreamFlatMap } from './operators/flat-map.ts';
import { ForeignKeyLeft, ForeignKeyRight } from './operators/foreign-key-join.ts';
import { ResponseInput, ResponseWriter, SubscriptionInput, SubscriptionWriter } from './operators/foreign-key-wire.ts';
import { StreamGroupBy, StreamGroupByKey, TableGroupBy, type GroupByHooks } from './operators/group-by.ts';
import {
  ChangeSink,
  ChangeSource,
  internalDecoder,
  internalEncoder,
  RepartitionSink,
  RepartitionSource,
  TableEntry,
} from './operators/repartition.ts';
import { keyMaker, StreamSelectKey, TableSelectKey, type KeyMaker } from './operators/select-key.ts';
import { keyPicker, StreamSelect, TableSelect } from './operators/select.ts';
import { FinalSessions, SessionAggregate } from './operators/session-aggregate.ts';
import { Sink } from './operators/sink.ts';
import { RecordDecoder, StreamSource, TableSource } from './operators/source.ts';
import { StreamStreamJoin } from './operators/stream-stream-join.ts';
import { IGNORE_CHANGES, StreamTableJoin } from './operators/stream-table-join.ts';
import { TableStore } from './operators/table-store.ts';
import { TableTableJoin } from './operators/table-table-join.ts';
import { EmitThrottle, FinalWindows, NO_CLOSE, WindowedAggregate } from './operators/windowed-aggregate.ts';
import type { TopicOutput } from './output.ts';
import type { StreamReceiver, TableNode, TableReceiver } from './receivers.ts';
import type { RecordContext } from './record-context.ts';
import type { RecordInput, RecordProblems } from './record-input.ts';
import { rowJoiner, showRow } from './rows.ts';
import type { TaskSettings } from './settings.ts';
import { timestampReader } from './timestamps.ts';
import { KeyReader, KeyWriter, valueDecoder, valueEncoder } from './topic-codec.ts';
import type { Fragment, SubTopology } from './topology.ts';
import { graceMs } from './windows.ts';

/** Where a transient query's rows go. */
export type Collector = StreamReceiver & TableReceiver;

/** What the operators of one task are built with. */
export interface BuildEnv {
  readonly queryId: string;
  /** See names.internalTopicPrefix. */
  readonly topicPrefix: string;
  readonly partition: number;
  readonly state: StoreProvider;
  readonly context: RecordContext;
  readonly settings: TaskSettings;
  readonly clock: Clock;
  readonly log: ProcessingLog;
  readonly registry: CodecRegistry | undefined;
  compiler(stepName: string): Compiler;
  output(topic: string): TopicOutput;
  /** A record was too late for its window. */
  onLate(): void;
  readonly collector: Collector | undefined;
}

export interface BuiltTask {
  /** By topic: each record of it goes to all of these, in order. */
  readonly inputs: ReadonlyMap<string, readonly RecordInput[]>;
  /** To be called before each commit: sends what was gathered. */
  flush(): void;
}

/** Makes the operators of one sub-topology. */
export function buildTask(sub: SubTopology, env: BuildEnv): BuiltTask {
  const builder = new Builder(env);
  for (const fragment of sub.fragments) builder.fragment(fragment);
  return { inputs: builder.inputs, flush: () => builder.emissions.forEach((e) => e.flush()) };
}

class Builder {
  readonly inputs = new Map<string, RecordInput[]>();
  /** Upstream last: built from the end of the plan. */
  readonly emissions: Emission[] = [];
  readonly #env: BuildEnv;

  constructor(env: BuildEnv) {
    this.#env = env;
  }

  fragment(fragment: Fragment): void {
    switch (fragment.kind) {
      case 'root':
        return this.#root(fragment.step);
      case 'repartition':
        return this.#repartitionSink(fragment.step);
      case 'foreignKeyRight':
        return this.#foreignKeyRight(fragment.step);
      default:
        return assertNever(fragment);
    }
  }

  #root(step: Step): void {
    if (step.kind === 'StreamSink' || step.kind === 'TableSink') {
      const sink = this.#sink(step);
      if (step.source.relation === 'TABLE') this.#table(step.source, sink);
      else this.#stream(step.source, sink);
      return;
    }
    const { collector } = this.#env;
    if (step.relation === 'TABLE') this.#table(step, collector ?? IGNORE_CHANGES);
    else this.#stream(step, must(collector, 'collector of a transient query'));
  }

  // ---- streams: operators are made from the end, each knowing the next

  #stream(step: Step, next: StreamReceiver): void {
    const compiler = this.#env.compiler(step.name);
    switch (step.kind) {
      case 'StreamSource':
      case 'WindowedStreamSource': {
        const decoder = this.#decoder(step, !next.retainsRow);
        this.#input(step.topic, new StreamSource(decoder, next));
        return;
      }
      case 'Repartition':
        this.#input(`${this.#env.topicPrefix}${step.topicSuffix}`, this.#repartitionSource(step, next));
        return;
      case 'StreamFilter':
        return this.#stream(step.source, new StreamFilter(compiler.predicate(step.predicate), next));
      case 'StreamSelect':
        return this.#stream(
          step.source,
          new StreamSelect(
            compiler.projection(step.expressions),
            next,
            step.keyColumns && keyPicker(step.keyColumns, step.source.out.key.length, step.out.window !== undefined),
          ),
        );
      case 'StreamSelectKey':
        return this.#stream(step.source, new StreamSelectKey(this.#keyMaker(step, compiler), next));
      case 'StreamFlatMap':
        return this.#stream(
          step.source,
          new StreamFlatMap(
            step.functions.map((f) => compiler.tableFunction(f)),
            step.source.out.row.length,
            next,
          ),
        );
      case 'StreamGroupBy':
        return this.#stream(step.source, new StreamGroupBy(this.#groupBy(step, compiler), next));
      case 'StreamGroupByKey':
        return this.#stream(step.source, new StreamGroupByKey(next));
      case 'StreamTableJoin': {
        const [left, right] = [step.left.out.row.length, step.right.out.row.length];
        const join = new StreamTableJoin(
          step.joinType === 'LEFT',
          rowJoiner(left, right, step.synthetic === true ? step.out.key.length : 0),
          right,
          next,
        );
        join.connectTable(this.#table(step.right, IGNORE_CHANGES));
        return this.#stream(step.left, join);
      }
      case 'StreamStreamJoin': {
        const join = this.#streamStreamJoin(step, next);
        this.#stream(step.left, join.left);
        this.#stream(step.right, join.right);
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

  // ---- tables: the same, and what was made comes back, for its readers

  #table(step: Step, next: TableReceiver): TableNode {
    const compiler = this.#env.compiler(step.name);
    switch (step.kind) {
      case 'TableSource':
      case 'WindowedTableSource': {
        const table = this.#tableStore(step.name, step.out, step.materialized === true, next);
        this.#input(step.topic, new TableSource(this.#decoder(step, false), table, this.#problems(step.name)));
        return table;
      }
      case 'Repartition': {
        const table = this.#tableStore(step.name, step.out, step.materialized === true, next);
        this.#input(
          `${this.#env.topicPrefix}${step.topicSuffix}`,
          this.#repartitionSource(step, new TableEntry(table)),
        );
        return table;
      }
      case 'TableSelectKey': {
        const table = this.#tableStore(step.name, step.out, false, next);
        const select = new TableSelectKey(this.#keyMaker(step, compiler), new TableEntry(table));
        select.connect(this.#table(step.source, select));
        return table;
      }
      case 'TableFilter': {
        const filter = new TableFilter(compiler.predicate(step.predicate), next);
        filter.connect(this.#table(step.source, filter));
        return filter;
      }
      case 'TableSelect': {
        const select = new TableSelect(compiler.projection(step.expressions), next);
        select.connect(this.#table(step.source, select));
        return select;
      }
      case 'StreamAggregate':
      case 'StreamWindowedAggregate':
        return this.#aggregate(step, compiler, next);
      case 'TableAggregate':
        return this.#tableAggregate(step, compiler, next);
      case 'TableTableJoin': {
        const [left, right] = [step.left.out.row.length, step.right.out.row.length];
        const joiner = rowJoiner(left, right, step.synthetic === true ? step.out.key.length : 0);
        const join = new TableTableJoin(step.joinType, joiner, left, right, next);
        join.connect(this.#table(step.left, join.leftInput), this.#table(step.right, join.rightInput));
        return join;
      }
      case 'ForeignKeyTableTableJoin':
        return this.#foreignKeyLeft(step, compiler, next);
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

  /** What a table aggregation reads: changes of groups, directly or through a repartition topic. */
  #groupedTable(step: Step, next: TableReceiver): void {
    if (step.kind === 'Repartition') {
      const reader = new KeyReader(step.codec, step.out.key, step.out.window, step.topicSuffix, this.#env.registry);
      const source = new ChangeSource(reader, typesOf(step.out.row), next, this.#problems(step.name));
      this.#input(`${this.#env.topicPrefix}${step.topicSuffix}`, source);
      return;
    }
    if (step.kind === 'TableSelect') {
      const project = this.#env.compiler(step.name).projection(step.expressions);
      this.#groupedTable(step.source, new TableSelect(project, next));
      return;
    }
    if (step.kind !== 'TableGroupBy')
      throw new SluiceError('INTERNAL', `Step ${step.name} (${step.kind}) is no grouped table`);
    const keys = createKeyCodec(typesOf(step.out.key));
    const group = new TableGroupBy(this.#groupBy(step, this.#env.compiler(step.name)), (k) => keys.id(k), next);
    group.connect(this.#table(step.source, group));
  }

  #repartitionSink(step: RepartitionStep): void {
    const topic = `${this.#env.topicPrefix}${step.topicSuffix}`;
    const { source } = step;
    // The columns' names are those of the topic: they show in schemas.
    const keys = new KeyWriter(step.codec, step.out.key, step.out.window, topic, this.#env.registry);
    const output = this.#env.output(topic);
    if (isGroupedTable(source)) {
      this.#groupedTable(source, new ChangeSink(keys, typesOf(step.out.row), output));
      return;
    }
    const sink = new RepartitionSink(keys, this.#internalEncoder(step, topic), output);
    if (source.kind === 'TableSelectKey') {
      const select = new TableSelectKey(this.#keyMaker(source, this.#env.compiler(source.name)), sink);
      select.connect(this.#table(source.source, select));
    } else if (source.relation === 'TABLE') {
      this.#table(source, { change: (key, next, _prev, timestamp) => sink.push(key, next, timestamp) });
    } else {
      this.#stream(source, sink);
    }
  }

  #repartitionSource(step: RepartitionStep, next: StreamReceiver): RepartitionSource {
    const topic = `${this.#env.topicPrefix}${step.topicSuffix}`;
    const keys = new KeyReader(step.codec, step.out.key, step.out.window, topic, this.#env.registry);
    return new RepartitionSource(
      keys,
      this.#internalDecoder(step, topic),
      step.out.row.length,
      next,
      this.#problems(step.name),
    );
  }

  #internalEncoder(step: RepartitionStep, topic: string): RowEncoder {
    const columns = step.out.row;
    return isLossless(step)
      ? internalEncoder(typesOf(columns))
      : valueEncoder(step.codec, columns, topic, this.#env.registry);
  }

  #internalDecoder(step: RepartitionStep, topic: string): RowDecoder {
    const columns = step.out.row;
    if (isLossless(step)) return internalDecoder(typesOf(columns));
    return valueDecoder(
      step.codec,
      columns,
      columns.map((_, i) => i),
      topic,
      this.#env.registry,
    );
  }

  // ---- sources and sinks

  #decoder(step: SourceStep, reuseRow: boolean): RecordDecoder {
    const { timestamp, schema, columns } = step;
    // Positions count the columns that the record's value holds: header columns stand elsewhere.
    const stored = schema.value.filter((c) => c.role !== 'HEADERS');
    const wanted = stored.map((_, i) => columns.findIndex((c) => c.from === 'VALUE' && c.index === i));
    let timestampSlot = -1;
    if (timestamp?.from === 'VALUE') {
      const known = wanted[timestamp.index]!;
      timestampSlot = known >= 0 ? known : columns.length;
      wanted[timestamp.index] = timestampSlot;
    }
    const type = timestamp && (timestamp.from === 'KEY' ? schema.key : stored)[timestamp.index]!.type;
    return new RecordDecoder({
      step,
      keys: new KeyReader(step.codec, schema.key, windowOf(step), step.topic, this.#env.registry),
      values: valueDecoder(step.codec, stored, wanted, step.topic, this.#env.registry),
      timestampSlot,
      timestamps: timestamp && timestampReader(timestamp.column, type!, timestamp.format),
      throwOnInvalidTimestamp: this.#env.settings.throwOnInvalidTimestamp,
      reuseRow,
      context: this.#env.context,
      problems: this.#problems(step.name),
    });
  }

  #sink(step: SinkStep): Sink {
    const { registry, settings, state, log, context } = this.#env;
    const { timestamp } = step;
    const layout = step.source.out;
    const type = timestamp && (timestamp.from === 'KEY' ? layout.key : layout.row)[timestamp.rowIndex]!.type;
    return new Sink({
      keys: new KeyWriter(step.codec, step.out.key, step.out.window, step.topic, registry),
      values: valueEncoder(step.codec, step.out.row, step.topic, registry),
      columns: step.columns,
      output: this.#env.output(step.topic),
      timestamp: timestamp && {
        read: timestampReader(timestamp.column, type!, timestamp.format),
        fromKey: timestamp.from === 'KEY',
        index: timestamp.rowIndex,
      },
      throwOnInvalidTimestamp: settings.throwOnInvalidTimestamp,
      maxRecordBytes: settings.maxRecordBytes,
      problems: this.#problems(step.name),
      tooLarge: (bytes) =>
        log.write({
          logger: `${names.processingLogger(this.#env.queryId, step.name)}.serializer`,
          type: 'PRODUCTION_ERROR',
          message: `A record of ${bytes} bytes is larger than ${settings.maxRecordBytes}: not written to ${step.topic}`,
          topic: context.topic,
          partition: context.partition,
          offset: context.offset,
        }),
      store:
        step.store === undefined
          ? undefined
          : state.keyValue({ name: step.store, keyTypes: keyTypesOf(step.out), valueTypes: typesOf(step.out.row) }),
    });
  }

  #tableStore(name: string, layout: RowLayout, materialized: boolean, next: TableReceiver): TableStore {
    const spec = { name: names.sourceStore(name), keyTypes: keyTypesOf(layout), valueTypes: typesOf(layout.row) };
    return new TableStore(() => this.#env.state.keyValue(spec), materialized, next);
  }

  // ---- aggregations

  #core(step: AggregateStep, compiler: Compiler): AggregateCore {
    return new AggregateCore(
      step.carried,
      step.calls.map((call) => {
        const aggregator = compiler.aggregator(call);
        return { aggregator, args: call.args.map((a) => compiler.value(a)), intermediate: aggregator.intermediate };
      }),
    );
  }

  #stateTypes(step: AggregateStep, compiler: Compiler): SqlType[] {
    const carried = step.carried.map((i) => step.source.out.row[i]!.type);
    return [...carried, ...step.calls.map((call) => compiler.aggregator(call).intermediate)];
  }

  #emission(step: AggregateStep, core: AggregateCore, next: TableReceiver, gather: boolean): Emission {
    const decorate = decorator(step);
    const emission = new Emission(core, this.#env.context, next, gather, decorate);
    this.emissions.unshift(emission);
    return emission;
  }

  #aggregate(step: AggregateStep, compiler: Compiler, next: TableReceiver): TableNode {
    const { state, settings, clock, onLate } = this.#env;
    const core = this.#core(step, compiler);
    const keyTypes = typesOf(step.source.out.key);
    const spec = { name: step.store, keyTypes, valueTypes: this.#stateTypes(step, compiler) };
    const { window } = step;
    const isFinal = step.emit === 'FINAL';
    const keyWidth = keyTypes.length;
    let operator: (StreamReceiver & TableNode) | undefined;
    if (window === undefined) {
      operator = new StreamAggregate(
        core,
        state.keyValue(spec),
        this.#emission(step, core, next, settings.gatherUpdates),
      );
    } else {
      const time = state.numbers(`${step.store}.stream-time`, [-1]);
      const last = state.numbers(`${step.store}.last-close`, [NO_CLOSE]);
      const throttle = new EmitThrottle(clock, settings.finalEmitIntervalMs);
      const decorate = decorator(step);
      if (window.type === 'SESSION') {
        const grace = graceMs(window.graceMs, window.gapMs, isFinal);
        const retentionMs = Math.max(window.retentionMs ?? 0, window.gapMs + grace);
        // With EMIT FINAL a session must outlive its end until it is put out, which a jump in time may delay.
        const store = state.session({ ...spec, retentionMs: isFinal ? retentionMs + FINAL_SLACK_MS : retentionMs - 1 });
        operator = new SessionAggregate({
          core,
          store,
          next,
          gapMs: window.gapMs,
          graceMs: grace,
          // One at the very limit is gone, as in Kafka Streams.
          mergeableMs: retentionMs - 1,
          keyWidth,
          time,
          decorate,
          onLate: () => onLate(),
          final: isFinal ? new FinalSessions({ core, store, next, keyWidth, throttle, decorate, last }) : undefined,
        });
      } else {
        const { sizeMs } = window;
        const grace = graceMs(window.graceMs, sizeMs, isFinal);
        const store = state.window({ ...spec, retentionMs: Math.max(window.retentionMs ?? 0, sizeMs + grace) });
        operator = new WindowedAggregate({
          core,
          store,
          emission: this.#emission(step, core, next, settings.gatherUpdates && !isFinal),
          sizeMs,
          advanceMs: window.type === 'HOPPING' ? window.advanceMs : sizeMs,
          graceMs: grace,
          keyWidth,
          time,
          onLate: () => onLate(),
          final: isFinal
            ? new FinalWindows({ core, store, next, sizeMs, keyWidth, throttle, decorate, last })
            : undefined,
        });
      }
    }
    this.#stream(step.source, operator);
    return operator;
  }

  #tableAggregate(step: AggregateStep, compiler: Compiler, next: TableReceiver): TableNode {
    const core = this.#core(step, compiler);
    const store = this.#env.state.keyValue({
      name: step.store,
      keyTypes: typesOf(step.source.out.key),
      valueTypes: this.#stateTypes(step, compiler),
    });
    const operator = new TableAggregate(
      core,
      store,
      this.#emission(step, core, next, this.#env.settings.gatherUpdates),
    );
    this.#groupedTable(step.source, operator);
    return operator;
  }

  // ---- joins

  #streamStreamJoin(step: StreamStreamJoinStep, next: StreamReceiver): StreamStreamJoin {
    const { state, clock, settings } = this.#env;
    const { beforeMs, afterMs } = step;
    const [left, right] = [step.left.out, step.right.out];
    const grace = step.graceMs ?? graceMs(undefined, beforeMs + afterMs, false);
    // A record at the very limit is gone, as in Kafka Streams.
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
    return new StreamStreamJoin({
      joinType: step.joinType,
      beforeMs,
      afterMs,
      graceMs: grace,
      join: rowJoiner(left.row.length, right.row.length, step.synthetic === true ? width : 0),
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
      throttle: new EmitThrottle(clock, settings.outerJoinEmitIntervalMs),
      completeKey: (key) => {
        if (window?.sizeMs !== undefined && key.length === width + 1) key.push((key[width] as number) + window.sizeMs);
        return key;
      },
      next,
    });
  }

  #foreignKeyLeft(step: ForeignKeyJoinStep, compiler: Compiler, next: TableReceiver): TableNode {
    const { topicPrefix, state, registry, partition } = this.#env;
    const [left, right] = [step.left.out, step.right.out];
    const topic = names.subscriptionTopic(topicPrefix, step.name);
    const leftKeyTypes = keyTypesOf(left);
    const rightKeyTypes = typesOf(right.key);
    const foreignKeys = createKeyCodec(rightKeyTypes);
    const rows = createRowCodec(typesOf(left.row));
    const scratch = new ByteWriter(512);
    const operator = new ForeignKeyLeft({
      isLeftJoin: step.joinType === 'LEFT',
      foreignKey: compiler.value(step.foreignKey),
      sameForeignKey: (a, b) => foreignKeys.id([a]) === foreignKeys.id([b]),
      hash: (row) => {
        scratch.reset();
        rows.write(row, scratch);
        return createHash('md5').update(scratch.view()).digest();
      },
      partition,
      out: new SubscriptionWriter(
        new KeyWriter(step.codec, right.key, right.window, topic, registry),
        rightKeyTypes,
        leftKeyTypes,
        this.#env.output(topic),
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
    operator.connect(this.#table(step.left, operator));
    this.#input(
      names.responseTopic(topicPrefix, step.name),
      new ResponseInput(typesOf(right.row), leftKeyTypes, operator),
    );
    return operator;
  }

  #foreignKeyRight(step: ForeignKeyJoinStep): void {
    const { topicPrefix, state, context } = this.#env;
    const leftKeyTypes = keyTypesOf(step.left.out);
    const rightKeyTypes = typesOf(step.right.out.key);
    const rightTypes = typesOf(step.right.out.row);
    const responses = this.#env.output(names.responseTopic(topicPrefix, step.name));
    const operator = new ForeignKeyRight(
      state.keyValue({
        name: names.subscriptionStore(step.name),
        keyTypes: [...rightKeyTypes, ...leftKeyTypes],
        valueTypes: [BYTES, INTEGER],
      }),
      new ResponseWriter(rightTypes, leftKeyTypes, responses, context),
    );
    operator.connect(this.#table(step.right, operator));
    this.#input(
      names.subscriptionTopic(topicPrefix, step.name),
      new SubscriptionInput(rightKeyTypes, leftKeyTypes, operator),
    );
  }

  // ---- parts

  #keyMaker(step: Extract<Step, { kind: 'StreamSelectKey' | 'TableSelectKey' }>, compiler: Compiler): KeyMaker {
    const copies = keyCopies(step.source);
    const width = step.source.out.row.length;
    return keyMaker({
      project: compiler.projection(step.expressions),
      expressions: step.expressions.length,
      rowOfKey: (key) =>
        Array.from({ length: width }, (_, i) => (copies.has(i) ? (key?.[copies.get(i)!] ?? null) : null)),
      fromKey: step.expressions.map((e) => readsKeyOnly(e, copies)),
      width: step.source.out.key.length,
      windowed: step.out.window !== undefined,
    });
  }

  #groupBy(
    step: Extract<Step, { kind: 'StreamGroupBy' | 'StreamGroupByKey' | 'TableGroupBy' }>,
    compiler: Compiler,
  ): GroupByHooks {
    const problems = this.#problems(step.name);
    return {
      group: compiler.projection(step.expressions) as (row: Row) => Key,
      excluded: (row, index) =>
        problems.skipped(
          `Group-by column with index ${index} resolved to null. The source row will be excluded from the table.`,
          row,
        ),
    };
  }

  #input(topic: string, input: RecordInput): void {
    const known = this.inputs.get(topic);
    if (known === undefined) this.inputs.set(topic, [input]);
    else known.push(input);
  }

  #problems(stepName: string): RecordProblems {
    const { log, context, queryId } = this.#env;
    const logger = names.processingLogger(queryId, stepName);
    return {
      undecodable: (error, columns, i) => {
        log.write({
          logger: `${logger}.deserializer`,
          type: 'DESERIALIZATION_ERROR',
          message: messageOf(error),
          record: columns.value(i)?.toString('base64'),
          topic: context.topic,
          partition: context.partition,
          offset: context.offset,
          cause: error instanceof Error && error.cause !== undefined ? messageOf(error.cause) : undefined,
        });
      },
      skipped: (message, row) => {
        log.write({
          logger,
          type: 'RECORD_PROCESSING_ERROR',
          message,
          record: showRow(row),
          topic: context.topic,
          partition: context.partition,
          offset: context.offset,
        });
      },
    };
  }
}

function typesOf(columns: readonly { readonly type: SqlType }[]): SqlType[] {
  return columns.map((c) => c.type);
}

/** What identifies a key in a store: of a time window its start, of a session start and end. */
export function keyTypesOf(layout: RowLayout): SqlType[] {
  const types = typesOf(layout.key);
  if (layout.window === undefined) return types;
  return layout.window.type === 'SESSION' ? [...types, BIGINT, BIGINT] : [...types, BIGINT];
}

function windowOf(step: SourceStep): RowLayout['window'] {
  return step.kind === 'WindowedStreamSource' || step.kind === 'WindowedTableSource' ? step.out.window : undefined;
}

function decorator(step: AggregateStep): (row: Row, key: Key) => Row {
  const keyColumns = step.keyColumns ?? [];
  if (step.window === undefined && keyColumns.length === 0) return (row) => row;
  const width = step.source.out.key.length;
  const windowed = step.window !== undefined;
  return (row, key) => {
    if (windowed) row.push(key[width], key[width + 1]);
    for (let i = 0; i < keyColumns.length; i++) row.push(key[keyColumns[i]!]);
    return row;
  };
}

/** A grouped table, perhaps projected: what goes on are changes of groups, not rows of a table. */
function isGroupedTable(step: Step): boolean {
  return step.kind === 'TableGroupBy' || (step.kind === 'TableSelect' && isGroupedTable(step.source));
}

/** Stream time that a closed session waits at most to be put out. */
const FINAL_SLACK_MS = 24 * 60 * 60 * 1000;

/** Formats in which some null comes back as a default value. */
const LOSSY_FORMATS: readonly string[] = ['PROTOBUF', 'PROTOBUF_NOSR'];

/** The declared format would give back each value as it is: a cheaper one may stand in for it. */
function isLossless(step: RepartitionStep): boolean {
  return !LOSSY_FORMATS.includes(step.codec.valueFormat.format) || step.out.row.length === 0;
}
