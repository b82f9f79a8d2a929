import type { Clock, ProcessingLog } from '../../base/env.ts';
import type { CodecRegistry } from '../../formats/api.ts';
import type { RowLayout, Step } from '../../plan/steps/steps.ts';
import type { StoreProvider } from '../../state/api.ts';
import { BIGINT, type SqlType } from '../../types/sql-type.ts';
import type { Compiler } from '../task/compiler.ts';
import type { TopicOutput } from '../task/output.ts';
import type { StreamReceiver, TableNode, TableReceiver } from '../receivers.ts';
import type { PassedRows } from '../operators/passed-rows.ts';
import type { RecordContext } from '../task/record-context.ts';
import type { RecordInput } from '../task/record-input.ts';
import type { TaskSettings } from '../settings.ts';

/** Where a transient query's rows go. */
export type Collector = StreamReceiver &
  TableReceiver & {
    /** The receiver for one task, whose current record `context` describes: set where a row's origin is needed. */
    readonly forTask?: ((context: RecordContext) => StreamReceiver & TableReceiver) | undefined;
  };

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
  /** Where the rows are counted that an operator passes on. */
  passed(stepName: string): PassedRows;
  /** A record was too late for its window. */
  onLate(): void;
  readonly collector: Collector | undefined;
}

export interface BuiltTask {
  /** By topic: each record of it goes to all of these, in order. */
  readonly inputs: ReadonlyMap<string, readonly RecordInput[]>;
  /** Sends gathered updates. Must be called before each commit. */
  flush(): void;
}

/** Results that wait for the commit. */
export interface HeldResults {
  flush(): void;
}

/**
 * What the makers of operators work with: the graph under construction. Operators are made from the end, each knowing
 * the next.
 */
export interface GraphBuilder {
  readonly env: BuildEnv;
  /** What holds results back until the commit; upstream first. */
  readonly emissions: HeldResults[];
  /** Makes the operators of a stream that ends in `next`. */
  stream(step: Step, next: StreamReceiver): void;
  /** Builds the operators of a table step, and returns the node that others read the table from. */
  table(step: Step, next: TableReceiver): TableNode;
  /** What a table aggregation reads: changes of groups, directly or through a repartition topic. */
  groupedTable(step: Step, next: TableReceiver): void;
  input(topic: string, input: RecordInput): void;
}

export function typesOf(columns: readonly { readonly type: SqlType }[]): SqlType[] {
  return columns.map((c) => c.type);
}

/** What identifies a key in a store: of a time window its start, of a session start and end. */
export function keyTypesOf(layout: RowLayout): SqlType[] {
  const types = typesOf(layout.key);
  if (layout.window === undefined) return types;
  return layout.window.type === 'SESSION' ? [...types, BIGINT, BIGINT] : [...types, BIGINT];
}
