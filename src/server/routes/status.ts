import { must } from '../../base/assert.ts';
import { SluiceError } from '../../base/errors.ts';
import { checkProperty } from '../../config/server-config.ts';
import type { HttpContext } from '../http-context.ts';

export function allStatuses(http: HttpContext): void {
  http.sendJson(200, {
    commandStatuses: Object.fromEntries([...http.app.engine.outcomes()].map(([id, o]) => [id, o.status])),
  });
}

/**
 * The name as in the command id, or without its back-quotes as in ksqlDB's documentation: then it is read like an
 * identifier.
 */
export function oneStatus(http: HttpContext): void {
  const { type, entity, action } = http.params as { type: string; entity: string; action: string };
  const quoted = [entity, entity.toUpperCase()].map((name) => `\`${name}\``);
  const found = [entity, ...quoted]
    .map((name) => http.app.engine.outcome(`${type}/${name}/${action}`))
    .find((outcome) => outcome !== undefined);
  if (!found)
    throw new SluiceError('NOT_FOUND', 'Command not found', {
      hint: 'The commandId of an answer of /ksql names one: stream/`NAME`/create. GET /status lists those that are known.',
    });
  http.sendJson(200, { status: found.status, message: found.message, queryId: found.queryId });
}

export function isValidProperty(http: HttpContext): void {
  checkProperty(must(http.params['name'], 'name'), undefined);
  http.send(200, 'application/json', 'true');
}
