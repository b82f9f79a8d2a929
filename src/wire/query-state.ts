/** `GET /queries/ID/state`: what the stores of a persistent query hold on this server, as of its last commit. */
export interface QueryState {
  readonly queryId: string;
  readonly rows: number;
  /** Keys and values as they are stored, with the index by time of rows that expire. */
  readonly bytes: number;
  /** By name; empty where the query keeps nothing, or no task of it has state here. */
  readonly stores: readonly StoreState[];
  /** False where time ran out before all was counted: there is more. */
  readonly complete: boolean;
  /** When it was counted, in ms since the epoch: an answer is given again for some seconds. */
  readonly countedAt: number;
}

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
