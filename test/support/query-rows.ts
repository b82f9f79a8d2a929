import type { Engine } from '../../src/engine/engine.ts';
import type { QueryHandle } from '../../src/engine/query-handle.ts';
import { ScriptFailure } from '../../src/engine/script.ts';
import { Session } from '../../src/engine/session.ts';

/** Starts a query that returns rows. */
export async function startedQuery(engine: Engine, sql: string, session = new Session()): Promise<QueryHandle> {
  const handle = await engine.query(sql, session);
  if (handle.kind === 'PRINT') throw new Error('PRINT gives records, not rows');
  return handle;
}

/** The values of all rows of a query that ends by itself. */
export async function queryRows(engine: Engine, sql: string, session = new Session()): Promise<unknown[][]> {
  const handle = await startedQuery(engine, sql, session);
  const rows: unknown[][] = [];
  for await (const batch of handle.rows()) for (const row of batch) rows.push([...row.values]);
  return rows;
}

/** The error of the first statement of a script that is rejected. @throws Error when none is */
export async function refusalOf(engine: Engine, sql: string): Promise<ScriptFailure['error']> {
  const failure: unknown = await engine.execute(sql).then(
    () => new Error(`Nothing of it is refused: ${sql}`),
    (error: unknown) => error,
  );
  if (failure instanceof ScriptFailure) return failure.error;
  throw failure;
}
