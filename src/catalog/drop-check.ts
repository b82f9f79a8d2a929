import { SluiceError } from '../base/errors.ts';
import { quoteIdentifier } from '../types/sql-type.ts';
import type { Catalog } from './catalog.ts';

/**
 * Refuses to drop a source that others read or write. The query that made the source (CREATE ... AS SELECT, CREATE SOURCE TABLE)
 * goes with it and does not count.
 * @throws SluiceError STATEMENT with ksqlDB's sentences
 */
export function checkDrop(catalog: Catalog, name: string): void {
  const dependents = catalog.dependentsOf(name);
  if (dependents.length > 0) {
    throw new SluiceError(
      'STATEMENT',
      `Cannot drop ${name}.\n` +
        `The following streams and/or tables read from this source: [${dependents.toSorted().join(', ')}].\n` +
        `You need to drop them before dropping ${name}.`,
      { hint: dependents.map((d) => `DROP ${catalog.source(d)?.kind ?? 'STREAM'} ${asWritten(d)};`).join(' ') },
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
      { hint: [...new Set([...readers, ...writers].map((q) => `TERMINATE ${asWritten(q.id)};`))].join(' ') },
    );
  }
}

/** A name as a statement takes it. */
function asWritten(name: string): string {
  return /^[A-Z_][A-Z0-9_]*$/.test(name) ? name : quoteIdentifier(name);
}

function ids(queries: readonly { readonly id: string }[]): string {
  return queries
    .map((q) => q.id)
    .toSorted()
    .join(', ');
}
