import type { Entity } from '../../wire/entities.ts';
import { toEntity } from '../entities.ts';
import type { HttpContext } from '../http-context.ts';
import { readTextRequest } from '../requests.ts';

/** POST /ksql: every statement except SELECT and PRINT. */
export async function ksql(http: HttpContext): Promise<void> {
  const { text, session } = await readTextRequest(http, 'ksql', 'streamsProperties');
  const results = await http.app.engine.execute(text, session);
  await http.sendJsonList(results.map(toEntity).filter((e): e is Entity => e !== undefined));
}
