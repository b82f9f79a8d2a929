/** `GET /queries/ID/tasks`: the assignment of a persistent query's tasks to servers. */
export interface QueryTasks {
  readonly queryId: string;
  /** Sorted by id; a task that is moving from one server to another is missing. */
  readonly tasks: readonly TaskPlace[];
}

/** A task, and the server that runs it. */
export interface TaskPlace {
  /** Sub-topology and partition: `0_3`. */
  readonly id: string;
  /**
   * Host and port of the server's REST API; if the server has not announced them, its address as known to the broker.
   */
  readonly server: string;
  /** Whether that is the responding server. */
  readonly isHere: boolean;
  /** Number of a worker thread; null: the server's main thread. */
  readonly thread: number | null;
  /** The topic partitions that it reads. */
  readonly inputs: readonly { readonly topic: string; readonly partition: number }[];
}
