import type { ConnectorProgress } from '../connect/client/api.ts';
import type { ConnectorHealth } from './connectors/health.ts';
import type { SourceDescription } from './source-results.ts';

export interface ConnectorInfo {
  readonly name: string;
  /** Secrets are masked. */
  readonly config: Readonly<Record<string, string>>;
  readonly tasks: readonly { readonly connector: string; readonly task: number }[];
  readonly type: 'source' | 'sink' | 'unknown';
}

/** A source that was declared for a connector's topic: the statement, or the reason why there is none. */
export interface DeclaredSource {
  readonly topic: string;
  readonly name: string;
  readonly statement: string | null;
  readonly note: string | null;
}

export interface ConnectorSummary {
  readonly name: string;
  readonly type: 'source' | 'sink' | 'unknown';
  readonly className: string | null;
  readonly topicPrefix: string | null;
  /** As ksqlDB's text: `RUNNING (1/1 tasks RUNNING)`. */
  readonly state: string | null;
  /** What is wrong, in one line. */
  readonly cause: string | null;
  /** What to try. */
  readonly advice: string | null;
}

/** A record that a connector put aside. Null: its headers do not contain the value. */
export interface DeadLetter {
  /** The partition in the topic of dead letters. */
  readonly partition: number;
  readonly offset: number;
  /** The record's own time, in ms since the epoch. */
  readonly timestamp: number;
  readonly originalTopic: string | null;
  readonly originalPartition: number | null;
  readonly originalOffset: number | null;
  /** What failed: TRANSFORMATION, VALUE_CONVERTER, TASK_PUT ... (KIP-298). */
  readonly stage: string | null;
  readonly errorClass: string | null;
  readonly error: string | null;
  /** As PRINT shows them. */
  readonly key: string | null;
  readonly value: string | null;
  /** Whether RETRY DEAD LETTERS has sent it again. */
  readonly retried: boolean;
}

export interface ConnectorDescription {
  readonly name: string;
  readonly className: string;
  readonly type: 'source' | 'sink' | 'unknown';
  readonly topicPrefix: string | null;
  readonly config: Readonly<Record<string, string>>;
  /** Connect's state. */
  readonly state: string;
  /** As SHOW CONNECTORS has it. */
  readonly health: ConnectorHealth;
  readonly workerId: string;
  readonly trace: string | null;
  readonly tasks: readonly {
    readonly id: number;
    readonly state: string;
    readonly workerId: string;
    readonly trace: string | null;
  }[];
  /** One for each source that is declared over a topic; a topic without one has a single entry. */
  readonly topics: readonly { readonly topic: string; readonly source: SourceDescription | null }[];
  /** First readings of a source's tables. */
  readonly progress: ConnectorProgress['readings'];
  /** The progress of the source when nothing is wrong: one sentence each. */
  readonly news: readonly string[];
  /** Requested with EXTENDED: then whole traces are shown. */
  readonly extended: boolean;
}

/** What `connector='name', key=value` accepts in place of the plugin's own settings. */
export interface PluginShortForm {
  readonly name: string;
  readonly type: 'source' | 'sink';
  readonly keys: readonly {
    readonly name: string;
    readonly doc: string;
    readonly required: boolean;
    /** The settings that it stands for. */
    readonly sets: readonly string[];
  }[];
}

export interface PluginKey {
  readonly name: string;
  readonly type: string;
  readonly required: boolean;
  readonly defaultValue: string | null;
  readonly importance: string;
  readonly documentation: string;
  readonly group: string | null;
}

/** What CREATE CONNECTOR would do. */
export interface ConnectorValidation {
  readonly connectorName: string;
  readonly isValid: boolean;
  readonly problems: readonly string[];
  readonly hint: string | null;
  /** Masked; empty when there are problems. */
  readonly config: Readonly<Record<string, string>>;
  readonly topics: readonly PlannedTopic[];
  /** Connect's information on each setting besides its value; empty for an unknown class. */
  readonly settings: readonly SettingState[];
}

/** A setting, in the context of the others. */
export interface SettingState {
  readonly name: string;
  /** Whether it is meaningful with the current values of the others. */
  readonly visible: boolean;
  /** Suggested values: existing objects such as tables. */
  readonly recommended: readonly string[];
}

/** A topic that a source would write. */
export interface PlannedTopic {
  readonly topic: string;
  readonly partitions: number;
  /** The source that would be declared over it; null: none. */
  readonly name: string | null;
  readonly kind: 'STREAM' | 'TABLE';
  /** The statement for it; null when the name is taken. */
  readonly statement: string | null;
  readonly note: string | null;
  readonly columns: readonly {
    readonly name: string;
    readonly type: string;
    readonly isKey: boolean;
    /** The type's name in the source; null when it has none. */
    readonly sourceType: string | null;
    /** Which part of the values is lost, as a clause. */
    readonly loss: string | null;
  }[];
  /** The first rows as JSON texts. */
  readonly rows: readonly { readonly key: string | null; readonly value: string | null }[];
}

/** Something that happened to a connector; `at` in ms since the epoch. */
export interface ConnectorLogLine {
  readonly at: number;
  readonly event: string;
  readonly task: number | null;
  readonly state: string | null;
  readonly previousState: string | null;
  readonly topic: string | null;
  readonly detail: string | null;
}
