/**
 * `GET /events`: server-sent events, each with the full current state of one kind: at the beginning, and whenever some
 * of it has changed. `metrics` are sent once per second, with rates over that second. An event has `problem` in place
 * of its data if the data could not be obtained.
 */
export interface ServerEvents {
  readonly sources: {
    readonly sources: readonly {
      readonly name: string;
      readonly type: 'STREAM' | 'TABLE';
      readonly topic: string;
      readonly keyFormat: string;
      readonly valueFormat: string;
      readonly isWindowed: boolean;
    }[];
  };
  readonly queries: {
    readonly queries: readonly {
      readonly id: string;
      readonly type: 'CREATE_AS' | 'INSERT' | 'CREATE_SOURCE';
      readonly state: string;
      readonly sources: readonly string[];
      readonly sink: string | null;
      readonly error?: string;
      readonly restore?: { readonly restored: number; readonly total: number };
    }[];
    /** Push queries that are running on this server. */
    readonly pushQueries: number;
  };
  readonly connectors: {
    readonly connectors: readonly {
      readonly name: string;
      /** The cluster of CREATE CONNECT CLUSTER in which it runs; null: the server's own Connect. */
      readonly cluster: string | null;
      readonly type: 'source' | 'sink' | 'unknown';
      readonly className: string | null;
      readonly state: string | null;
      /** What is wrong, in one line. */
      readonly cause: string | null;
      readonly tasks: readonly { readonly id: number; readonly state: string }[];
      /** Progress of its initial reads (snapshots), one sentence each; unknown for connectors in other clusters. */
      readonly progress: readonly string[];
    }[];
    /** Clusters that did not respond to the last request; their connectors are in the last known state. */
    readonly unreachable: readonly { readonly cluster: string; readonly problem: string }[];
  };
  /** The last hundred events, oldest first: rows of CONNECTOR_EVENTS; `at` in ms since the epoch. */
  readonly connectorEvents: {
    readonly events: readonly {
      readonly connector: string;
      readonly event: string;
      readonly task: number | null;
      readonly state: string | null;
      readonly previousState: string | null;
      readonly topic: string | null;
      readonly detail: string | null;
      readonly at: number;
    }[];
  };
  readonly topics: { readonly topics: readonly { readonly name: string; readonly partitions: number }[] };
  readonly schemas: { readonly subjects: readonly string[] };
  readonly metrics: {
    readonly queries: Readonly<Record<string, QueryRates>>;
    /** Only connectors of the embedded worker. */
    readonly connectors: Readonly<Record<string, ConnectorRates>>;
  };
}

/** Metrics of a connector. */
export interface ConnectorRates {
  readonly recordsPerSecond: number;
  /** Records that could not be processed since its tasks were started. */
  readonly failures: number;
  /** Records that a sink has not consumed yet; null: a source, or unknown. */
  readonly lag: number | null;
}

/** Rates of the tasks on this server; lag in records. */
export interface QueryRates {
  readonly readPerSecond: number;
  readonly writtenPerSecond: number;
  readonly errors: number;
  readonly lag: number;
  readonly topics: Readonly<
    Record<
      string,
      {
        readonly readPerSecond: number;
        readonly lag: number;
        /** Offsets by partition: the next one to be handled, and the end as of the last fetch. */
        readonly positions: readonly { readonly partition: number; readonly next: number; readonly end: number }[];
      }
    >
  >;
  /**
   * Rows per second that operators emit, by the name of their step in the plan (`WhereFilter`, `Aggregate/Aggregate`);
   * only for operators that emit different rows from those they receive.
   */
  readonly operators: Readonly<Record<string, number>>;
  readonly tasks: readonly {
    /** Sub-topology and partition: `0_3`. */
    readonly id: string;
    /** Number of a worker thread; null: the server's main thread. */
    readonly thread: number | null;
    readonly readPerSecond: number;
    readonly writtenPerSecond: number;
    /** Rows of its state that are cached in memory. */
    readonly cachedRows: number;
  }[];
}

/** One event of `GET /events`, with its data or the problem in obtaining them. */
export type ServerEvent = {
  readonly [K in keyof ServerEvents]: {
    readonly event: K;
    readonly data: ServerEvents[K] | { readonly problem: string };
  };
}[keyof ServerEvents];
