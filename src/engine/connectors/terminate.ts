import { SluiceError } from '../../base/errors.ts';
import type { Catalog } from '../../catalog/catalog.ts';
import { dropOrder } from '../../catalog/drop-check.ts';
import type { Source } from '../../catalog/source.ts';
import { quoteIdentifier } from '../../types/sql-type.ts';
import type { Services } from '../services.ts';
import type { Session } from '../session.ts';

/** Sources that were declared automatically for a connector. */
export function automaticSources(catalog: Catalog, connector: string): Source[] {
  return [...catalog.sources.values()].filter((s) => s.createdBy === connector);
}

/** @throws SluiceError STATEMENT naming the queries that still read one of the sources */
export function checkNotRead(catalog: Catalog, connector: string, sources: readonly Source[]): void {
  const queries = new Set(
    sources.flatMap((s) => [...catalog.readersOf(s.name), ...catalog.writersOf(s.name)]).map((q) => q.id),
  );
  if (queries.size === 0) return;
  const ids = [...queries].toSorted();
  throw new SluiceError(
    'STATEMENT',
    `Cannot terminate connector ${connector}: the following queries use the sources that were declared for it: [${ids.join(', ')}]`,
    {
      hint: `${ids.map((id) => `TERMINATE ${id};`).join(' ')} or DROP CONNECTOR ${connector} TERMINATE CASCADE; which ends them and drops what they made, or DROP CONNECTOR ${connector}; which keeps the sources.`,
    },
  );
}

/**
 * Terminates the queries that read or write the sources, and drops what is based on them when nothing uses it any more.
 * Topics are kept. Returns the executed statements.
 */
export async function dropDependents(
  services: Services,
  session: Session,
  sources: readonly Source[],
): Promise<readonly string[]> {
  const statements = new Set(sources.flatMap((s) => dropOrder(services.catalog.current, s.name)));
  for (const statement of statements) await services.runStatement(statement, session);
  return [...statements];
}

/** Drops the sources and keeps their topics. Returns the names. */
export async function dropAutomaticSources(
  services: Services,
  session: Session,
  sources: readonly Source[],
): Promise<string[]> {
  const dropped: string[] = [];
  for (const source of sources.toReversed()) {
    await services.runStatement(`DROP ${source.kind} IF EXISTS ${quoteIdentifier(source.name)};`, session);
    dropped.push(source.name);
  }
  return dropped;
}
