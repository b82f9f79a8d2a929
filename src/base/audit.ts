import type { Caller } from './rights.ts';

/** Something that a caller changed, or tried to. No field ever holds a secret, or the text of a statement. */
export interface AuditEntry {
  readonly caller: Caller;
  /** A kind of statement (`CreateConnector`), or a REST call by its route (`PUT /connectors/:name/config`). */
  readonly action: string;
  /** What it was done to, by name. */
  readonly target?: string | undefined;
  /** How often, where one line stands for several: rows that were inserted. */
  readonly count?: number | undefined;
  readonly outcome: 'done' | 'failed' | 'denied';
  /** Of what failed, the code alone: messages quote what was sent. */
  readonly code?: string | undefined;
}

/** Where it is written who changed what. */
export interface AuditLog {
  record(entry: AuditEntry): void;
}

export const NO_AUDIT: AuditLog = { record: () => undefined };
