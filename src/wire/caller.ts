/** `GET /user`: who asks, and what they may do. */
export interface CallerInfo {
  /** Null: the server asks nobody who they are. */
  readonly name: string | null;
  /** Of each right whether it is granted, for some things at least. */
  readonly may: {
    readonly read: boolean;
    readonly write: boolean;
    readonly connectors: boolean;
    readonly administer: boolean;
  };
}
