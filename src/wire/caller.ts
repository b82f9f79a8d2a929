/** `GET /user`: the caller, and the caller's rights. */
export interface CallerInfo {
  /** Null: the server has no authentication. */
  readonly name: string | null;
  /** For each right, whether it is granted, at least for some names. */
  readonly may: {
    readonly read: boolean;
    readonly write: boolean;
    readonly connectors: boolean;
    readonly administer: boolean;
  };
}
