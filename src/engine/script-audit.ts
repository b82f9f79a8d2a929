import type { AuditEntry, AuditLog } from '../base/audit.ts';
import type { Caller } from '../base/rights.ts';
import type { Statement } from '../sql/ast/statement.ts';
import { isChange, targetOf } from './statements/needs.ts';

/**
 * Audit entries of one script. Thousands of INSERTs into one source become one entry, since the script was sent as a
 * whole.
 */
export class ScriptAudit {
  readonly #log: AuditLog;
  readonly #caller: Caller;
  #last: { readonly entry: Omit<AuditEntry, 'caller' | 'count'>; count: number } | undefined;

  constructor(log: AuditLog, caller: Caller) {
    this.#log = log;
    this.#caller = caller;
  }

  /** Statements that only read are left out, unless they were denied. */
  add(statement: Statement, outcome: AuditEntry['outcome'], code?: string): void {
    if (outcome !== 'denied' && !isChange(statement)) return;
    const entry = { action: statement.kind, target: targetOf(statement), outcome, code };
    const last = this.#last;
    if (
      last !== undefined &&
      statement.kind === 'InsertValues' &&
      last.entry.action === entry.action &&
      last.entry.target === entry.target &&
      last.entry.outcome === outcome
    ) {
      last.count++;
      return;
    }
    this.write();
    this.#last = { entry, count: 1 };
  }

  /** Writes the gathered entries. */
  write(): void {
    const last = this.#last;
    this.#last = undefined;
    if (last === undefined) return;
    const isInsert = last.entry.action === 'InsertValues';
    this.#log.record({ caller: this.#caller, ...last.entry, ...(isInsert && { count: last.count }) });
  }
}
