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

/** Receives the rows of a transient query. */
export type Collector = StreamReceiver &
  TableReceiver & {
    /**
     * Returns the receiver for one task. `context` describes the current record; present where a row's origin is
     * needed.
     */
    readonly forTask?: ((context: RecordContext) => StreamReceiver & TableReceiver) | undefined;
  };

/** What the operators of one task need. */
export interface BuildEnv {
  readonly queryId: string;
  /** @see names.internalTopicPrefix */
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
  /** Where the rows that an operator emits are counted. */
  passed(stepName: string): PassedRows;
  /** Called when so many records were too late for their window. */
  onLate(records: number): void;
  readonly collector: Collector | undefined;
}

export interface BuiltTask {
  /** By topic: every record of it goes to all of these, in order. */
  readonly inputs: ReadonlyMap<string, readonly RecordInput[]>;
  /** Sends gathered updates. Must be called before each commit. */
  flush(): void;
}

/** Results that are held back until the commit. */
export interface HeldResults {
  flush(): void;
}

/** The graph under construction. Operators are created from the end of the plan, so that each knows the next one. */
export interface GraphBuilder {
  readonly env: BuildEnv;
  /** Everything that holds results back until the commit, upstream first. */
  readonly emissions: HeldResults[];
  /** Builds the operators of a stream whose records go to `next`. */
  stream(step: Step, next: StreamReceiver): void;
  /** Builds the operators of a table step, and returns the node that others read the table from. */
  table(step: Step, next: TableReceiver): TableNode;
  /** Builds the input of a table aggregation: changes of groups, directly or through a repartition topic. */
  groupedTable(step: Step, next: TableReceiver): void;
  input(topic: string, input: RecordInput): void;
}

export function typesOf(columns: readonly { readonly type: SqlType }[]): SqlType[] {
  return columns.map((c) => c.type);
}

/** The types that identify a key in a store: with the start of a time window, or start and end of a session. */
export function keyTypesOf(layout: RowLayout): SqlType[] {
  const types = typesOf(layout.key);
  if (layout.window === undefined) return types;
  return layout.window.type === 'SESSION' ? [...types, BIGINT, BIGINT] : [...types, BIGINT];
}
