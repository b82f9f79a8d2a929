/** Two publications of a connector: of tables with all their changes, and of those with inserts and truncates alone. */
export interface PublicationNames {
  readonly rows: string;
  readonly inserts: string;
}

/** Named after the slot. */
export const publicationsOf = (slot: string): PublicationNames => ({ rows: slot, inserts: `${slot}_inserts` });
