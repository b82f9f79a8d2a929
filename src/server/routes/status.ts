import { SluiceError } from '../../base/errors.ts';
import { checkProperty } from '../../engine/config/config.ts';
import type { HttpContext } from '../http-context.ts';

export function allStatuses(http: HttpContext): void {
  http.sendJson(200, {
    commandStatuses: Object.fromEntries([...http.app.engine.outcomes()].map(([id, o]) => [id, o.status])),
  });
}

export function oneStatus(http: HttpContext): void {
  const { type, entity, action } = http.params;
  const found = http.app.engine.outcome(`${type}/${entity}/${action}`);
  if (!found) throw new SluiceError('NOT_FOUND', 'Command not found');
  http.sendJson(200, { status: found.status, message: found.message, queryId: found.queryId });
}

export function isValidProperty(http: HttpContext): void {
  checkProperty(http.params['name']!, undefined);
  http.send(200, 'application/json', 'true');
}
