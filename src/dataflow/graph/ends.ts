import { must } from '../../base/assert.ts';
import { SluiceError } from '../../base/errors.ts';
import { quoting } from '../../base/quoting.ts';
import type { RowLayout, SinkStep, SourceStep } from '../../plan/steps/steps.ts';
import * as names from '../names.ts';
import { Sink } from '../operators/sink.ts';
import { RecordDecoder } from '../operators/source.ts';
import { TableStore } from '../operators/table-store.ts';
import { type MaybeUnavailable, maybeUnavailable, UnavailableValues } from '../operators/unavailable-values.ts';
import type { TableReceiver } from '../receivers.ts';
import { showRow } from '../rows.ts';
import { textsOf } from '../task/problem-texts.ts';
import type { Key } from '../../types/row.ts';
import { timestampReader } from '../task/timestamps.ts';
import { KeyReader, KeyWriter, valueDecoder, valueEncoder } from '../task/topic-codec.ts';
import { rowStore, sourceRowStore } from '../views/store-layout.ts';
import type { GraphBuilder } from './graph.ts';
import { problemsOf } from './problems.ts';

/** The decoder of a source's records. `reuseRow`: no receiver keeps the row. */
export function recordDecoder(builder: GraphBuilder, step: SourceStep, reuseRow: boolean): RecordDecoder {
  const { timestamp, schema, columns } = step;
  // Positions count only columns in the record's value; header columns are not among them.
  const stored = schema.value.filter((c) => c.role !== 'HEADERS');
  const wanted = stored.map((_, i) => columns.findIndex((c) => c.from === 'VALUE' && c.index === i));
  let timestampSlot = -1;
  if (timestamp?.from === 'VALUE') {
    const known = must(wanted[timestamp.index], 'wanted field');
    timestampSlot = known >= 0 ? known : columns.length;
    wanted[timestamp.index] = timestampSlot;
  }
  const problems = problemsOf(builder.env, step.name);
  const unavailable = unavailableIn(step, wanted);
  const type =
    timestamp &&
    must((timestamp.from === 'KEY' ? schema.key : stored)[timestamp.index], 'column of the timestamp').type;
  return new RecordDecoder({
    step,
    keys: new KeyReader(step.codec, schema.key, windowOf(step), step.topic, builder.env.registry),
    values: valueDecoder(step.codec, stored, wanted, step.topic, builder.env.registry),
    timestampSlot,
    timestamps: timestamp && timestampReader(timestamp.column, type!, timestamp.format),
    throwOnInvalidTimestamp: builder.env.settings.throwOnInvalidTimestamp,
    reuseRow,
    context: builder.env.context,
    problems,
    unavailable: unavailable.length === 0 ? undefined : new UnavailableValues(unavailable, problems.skipped),
  });
}

/** Formats in which connectors write rows: here a change event may lack values that did not change. */
const FORMATS_OF_CHANGES = new Set(['CONNECT_JSON', 'AVRO', 'PROTOBUF', 'JSON', 'JSON_SR']);

/** The columns in which a change event may lack an unchanged value. */
function unavailableIn(step: SourceStep, places: readonly number[]): MaybeUnavailable[] {
  if (!FORMATS_OF_CHANGES.has(step.codec.valueFormat.format)) return [];
  return maybeUnavailable(
    step.schema.value.filter((c) => c.role !== 'HEADERS'),
    places,
  );
}

/** Whether rows are stored so that a missing unchanged value can be taken from the previous row. */
export function keepsForChanges(step: SourceStep): boolean {
  if (step.codec.valueFormat.format !== 'CONNECT_JSON') return false;
  const { length } = step.schema.value;
  return unavailableIn(step, Array<number>(length).fill(0)).length > 0;
}

/** Creates the sink operator of a plan, with its encoders and the limits of its topic. */
export function buildSink(builder: GraphBuilder, step: SinkStep): Sink {
  const { registry, settings, state, log, context, clock } = builder.env;
  const { timestamp } = step;
  // A table's result is already in its state, which must not contain anything that the topic lacks; a stream's record
  // stands for itself.
  const fails = settings.failOnUnwritable ?? step.kind === 'TableSink';
  const refused = (message: string, hint: string, key: Key | null): void => {
    if (fails) {
      throw new SluiceError(
        'QUERY_FAILED',
        `${message}: a row of ${builder.env.queryId} cannot be written to ${step.topic}.`,
        {
          hint,
        },
      );
    }
    // The record in progress: what an aggregation gathered may leave with another's.
    const sentence = `${message}: the record was not written to ${step.topic}. It came with record ${context.topic}-${context.partition}@${context.offset}`;
    log.write({
      logger: `${names.processingLogger(builder.env.queryId, step.name)}.serializer`,
      type: 'PRODUCTION_ERROR',
      ...textsOf(
        key === null || key.length === 0
          ? sentence
          : quoting(showRow(key), (text) => `${sentence}; its key is ${text}`),
      ),
      record: key === null ? undefined : showRow(key),
      topic: context.topic,
      partition: context.partition,
      offset: context.offset,
    });
  };
  const layout = step.source.out;
  const type =
    timestamp &&
    must((timestamp.from === 'KEY' ? layout.key : layout.row)[timestamp.rowIndex], 'column of the timestamp').type;
  return new Sink({
    keys: new KeyWriter(step.codec, step.out.key, step.out.window, step.topic, registry),
    values: valueEncoder(step.codec, step.out.row, step.topic, registry),
    columns: step.columns,
    output: builder.env.output(step.topic),
    timestamp: timestamp && {
      read: timestampReader(timestamp.column, type!, timestamp.format),
      fromKey: timestamp.from === 'KEY',
      index: timestamp.rowIndex,
    },
    throwOnInvalidTimestamp: settings.throwOnInvalidTimestamp,
    maxRecordBytes: settings.maxRecordBytes,
    problems: problemsOf(builder.env, step.name),
    tooLarge: (bytes, key) =>
      refused(
        `A record of ${bytes} bytes is larger than ${settings.maxRecordBytes}`,
        `Raise max.message.bytes of ${step.topic} and ksql.streams.max.request.size, or terminate the query.`,
        key,
      ),
    timestampRange: settings.timestampRange,
    nowMs: () => clock.nowMs(),
    outOfRange: (timestamp, key) =>
      refused(
        `The timestamp ${timestamp} is further from now than ${step.topic} takes (message.timestamp.after.max.ms, message.timestamp.before.max.ms)`,
        `Raise these limits of ${step.topic}.`,
        key,
      ),
    store: step.store === undefined ? undefined : state.keyValue(rowStore(step.store, step.out)),
  });
}

export function tableStore(
  builder: GraphBuilder,
  name: string,
  layout: RowLayout,
  materialized: boolean,
  next: TableReceiver,
): TableStore {
  return new TableStore(() => builder.env.state.keyValue(sourceRowStore(name, layout)), materialized, next);
}

function windowOf(step: SourceStep): RowLayout['window'] {
  return step.kind === 'WindowedStreamSource' || step.kind === 'WindowedTableSource' ? step.out.window : undefined;
}
