import { SluiceError } from '../base/errors.ts';
import { quoteIdentifier } from '../types/sql-type.ts';
import type { PersistentQuery } from './query.ts';
import type { Source } from './source.ts';

/** The part of a catalog that shows the dependencies between sources and queries. */
export interface Dependencies {
  source(name: string): Source | undefined;
  dependentsOf(name: string): readonly string[];
  createdByQuery(name: string): PersistentQuery | undefined;
  readersOf(name: string): readonly PersistentQuery[];
  writersOf(name: string): readonly PersistentQuery[];
}

/**
 * Checks that a source can be dropped: no other source or query may read or write it. The query that created the source
 * (CREATE ... AS SELECT, CREATE SOURCE TABLE) is dropped together with it and is ignored.
 * @throws SluiceError STATEMENT with ksqlDB's messages
 */
export function checkDrop(catalog: Dependencies, name: string): void {
  const dependents = catalog.dependentsOf(name);
  if (dependents.length > 0) {
    throw new SluiceError(
      'STATEMENT',
      `Cannot drop ${name}.\n` +
        `The following streams and/or tables read from this source: [${dependents.toSorted().join(', ')}].\n` +
        `You need to drop them before dropping ${name}.`,
      { hint: dropOrder(catalog, name).slice(0, -1).join(' ') },
    );
  }
  const maker = catalog.createdByQuery(name)?.id;
  const readers = catalog.readersOf(name).filter((q) => q.id !== maker);
  const writers = catalog.writersOf(name).filter((q) => q.id !== maker);
  if (readers.length > 0 || writers.length > 0) {
    throw new SluiceError(
      'STATEMENT',
      `Cannot drop source ${name} because it is used by other queries.\n` +
        `The following queries read from this source: [${ids(readers)}].\n` +
        `The following queries write into this source: [${ids(writers)}].\n` +
        `You need to terminate them before dropping ${name}.`,
      { hint: dropOrder(catalog, name).slice(0, -1).join(' ') },
    );
  }
}

/**
 * The statements that drop a source and everything that depends on it, in an order in which each can run; its own DROP
 * is the last.
 */
export function dropOrder(catalog: Dependencies, name: string): string[] {
  const statements = new Set<string>();
  const visit = (source: string): void => {
    for (const dependent of catalog.dependentsOf(source)) visit(dependent);
    const maker = catalog.createdByQuery(source)?.id;
    const made = catalog.dependentsOf(source).map((d) => catalog.createdByQuery(d)?.id);
    for (const { id } of [...catalog.readersOf(source), ...catalog.writersOf(source)])
      if (id !== maker && !made.includes(id)) statements.add(`TERMINATE ${asWritten(id)};`);
    statements.add(`DROP ${catalog.source(source)?.kind ?? 'STREAM'} ${asWritten(source)};`);
  };
  visit(name);
  return [...statements];
}

/** A name as written in a statement, quoted if necessary. */
function asWritten(name: string): string {
  return /^[A-Z_][A-Z0-9_]*$/.test(name) ? name : quoteIdentifier(name);
}

function ids(queries: readonly { readonly id: string }[]): string {
  return queries
    .map((q) => q.id)
    .toSorted()
    .join(', ');
}
