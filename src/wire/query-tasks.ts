/** `GET /queries/ID/tasks`: which server has which part of a persistent query. */
export interface QueryTasks {
  readonly queryId: string;
  /** By id; a task that is on its way from one server to another is missing. */
  readonly tasks: readonly TaskPlace[];
}

export interface TaskPlace {
  /** Sub-topology and partition: `0_3`. */
  readonly id: string;
  /** Host and port of the server's REST API; where it has not said it, the address that it has for the broker. */
  readonly server: string;
  /** Whether that is the server that answers. */
  readonly isHere: boolean;
  /** Number of a worker thread; null: the server's own. */
  readonly thread: number | null;
  /** What it reads. */
  readonly inputs: readonly { readonly topic: string; readonly partition: number }[];
}
