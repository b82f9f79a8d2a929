import type { Caller } from './rights.ts';

/** Something that a caller changed, or tried to. No field ever holds a secret, or the text of a statement. */
export interface AuditEntry {
  readonly caller: Caller;
  /** The kind of a statement (`CreateConnector`), or the route of a REST call (`PUT /connectors/:name/config`). */
  readonly action: string;
  /** Name of the object that was changed. */
  readonly target?: string | undefined;
  /** Number of changes that one entry stands for, such as inserted rows. */
  readonly count?: number | undefined;
  readonly outcome: 'done' | 'failed' | 'denied';
  /** The error code of a failed attempt. The message is not kept, since messages quote the request. */
  readonly code?: string | undefined;
}

/** Where audit entries are written. */
export interface AuditLog {
  record(entry: AuditEntry): void;
}

export const NO_AUDIT: AuditLog = { record: () => undefined };
