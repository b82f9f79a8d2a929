/** The two publications of a connector: for tables with all changes, and for those with only inserts and truncates. */
export interface PublicationNames {
  readonly rows: string;
  readonly inserts: string;
}

/** They are named after the slot. */
export const publicationsOf = (slot: string): PublicationNames => ({ rows: slot, inserts: `${slot}_inserts` });
