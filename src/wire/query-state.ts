/** `GET /queries/ID/state`: the contents of a persistent query's state stores on this server, as of its last commit. */
export interface QueryState {
  readonly queryId: string;
  readonly rows: number;
  /** Stored keys and values, including the time index of rows that expire. */
  readonly bytes: number;
  /** Sorted by name; empty if the query has no state, or no task of it has state on this server. */
  readonly stores: readonly StoreState[];
  /** False if the time limit was reached before everything was counted: there is more. */
  readonly complete: boolean;
  /** When it was counted, in ms since the epoch: a response is reused for some seconds. */
  readonly countedAt: number;
}

/** The contents of one state store, in total and by task. */
export interface StoreState {
  readonly name: string;
  readonly rows: number;
  readonly bytes: number;
  readonly tasks: readonly {
    /** Sub-topology and partition: `0_3`. */
    readonly id: string;
    readonly rows: number;
    readonly bytes: number;
  }[];
}
