/**
 * `GET /events`: server-sent events, each with all there is of one kind as it stands: at the beginning, and whenever
 * some of it has changed. `metrics` come once a second, with rates over that second. In place of its data an event has
 * `problem` where it could not be found out.
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
    /** Push queries that run on this server now. */
    readonly pushQueries: number;
  };
  readonly connectors: {
    readonly connectors: readonly {
      readonly name: string;
      /** The cluster of CREATE CONNECT CLUSTER that it runs in; null: the server's own Connect. */
      readonly cluster: string | null;
      readonly type: 'source' | 'sink' | 'unknown';
      readonly className: string | null;
      readonly state: string | null;
      /** What is wrong, in one line. */
      readonly cause: string | null;
      readonly tasks: readonly { readonly id: number; readonly state: string }[];
      /** How far its first readings are, a sentence each; of connectors in other clusters it is not known. */
      readonly progress: readonly string[];
    }[];
    /** Clusters that did not answer when they were asked last; their connectors are as they were told before. */
    readonly unreachable: readonly { readonly cluster: string; readonly problem: string }[];
  };
  /** The last hundred, oldest first: rows of CONNECTOR_EVENTS; `at` in ms since the epoch. */
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
    /** Of an embedded worker's connectors. */
    readonly connectors: Readonly<Record<string, ConnectorRates>>;
  };
}

export interface ConnectorRates {
  readonly recordsPerSecond: number;
  /** Records that could not be handled since its tasks were started. */
  readonly failures: number;
  /** Records that a sink has not taken yet; null: a source, or not known. */
  readonly lag: number | null;
}

/** Of what runs on this server; lag in records. */
export interface QueryRates {
  readonly readPerSecond: number;
  readonly writtenPerSecond: number;
  readonly errors: number;
  readonly lag: number;
  readonly topics: Readonly<Record<string, { readonly readPerSecond: number; readonly lag: number }>>;
  /**
   * Rows a second that operators pass on, by the name of their step in the plan (`WhereFilter`, `Aggregate/Aggregate`);
   * only of those that pass on others than they get.
   */
  readonly operators: Readonly<Record<string, number>>;
  readonly tasks: readonly {
    /** Sub-topology and partition: `0_3`. */
    readonly id: string;
    /** Number of a worker thread; null: the server's own. */
    readonly thread: number | null;
    readonly readPerSecond: number;
    readonly writtenPerSecond: number;
    /** Rows of its state that are held in memory. */
    readonly cachedRows: number;
  }[];
}

export type ServerEvent = {
  readonly [K in keyof ServerEvents]: {
    readonly event: K;
    readonly data: ServerEvents[K] | { readonly problem: string };
  };
}[keyof ServerEvents];
