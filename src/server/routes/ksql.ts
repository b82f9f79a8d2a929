import type { Entity } from '../../wire/entities.ts';
import { toEntity } from '../entities.ts';
import type { HttpContext } from '../http-context.ts';
import { readTextRequest } from '../requests.ts';

/** POST /ksql: every statement except SELECT and PRINT. */
export async function ksql(http: HttpContext): Promise<void> {
  const { text, session, warnings } = await readTextRequest(http, '/ksql');
  const results = await http.app.engine.execute(text, session);
  const entities = results.map(toEntity).filter((e): e is Entity => e !== undefined);
  // Clients show the warnings of an entity, but not headers.
  const scriptWarnings = warnings.map((message) => ({ message }));
  await http.sendJsonList(
    entities.map((e, i) => (i === 0 ? { ...e, warnings: [...scriptWarnings, ...e.warnings] } : e)),
  );
}
