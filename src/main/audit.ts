import type { AuditLog } from '../base/audit.ts';
import type { Config } from '../base/config/config.ts';
import type { Env } from '../base/env.ts';
import { SERVER_ITSELF } from '../base/rights.ts';
import { KEYS } from '../config/keys.ts';
import { createLogger } from '../host/logger.ts';

/** The audit log: a separate file, or lines of the server's log. */
export function openAudit(config: Config, env: Env): AuditLog {
  const file = config.get(KEYS.auditLogFile);
  const logger = file === undefined ? env.logger : createLogger('info', file);
  return {
    // Actions of the server itself are not recorded: for a declaration by a connector, the creation of the connector is
    // recorded.
    record: ({ caller, action, target, count, outcome, code }) => {
      if (caller === SERVER_ITSELF) return;
      logger.info('audit', {
        user: caller.name ?? null,
        from: caller.from ?? null,
        action,
        ...(target !== undefined && { target }),
        ...(count !== undefined && { count }),
        outcome,
        ...(code !== undefined && { code }),
      });
    },
  };
}
