import { SluiceError } from '../../../base/errors.ts';
import { nearest } from '../../../base/suggest.ts';
import { guarded } from '../../../connect/client/errors.ts';
import type { StatementOf } from '../../../sql/ast/statement.ts';
import type { Answer, Call } from '../call.ts';
import { requireConnect, resolveName } from './names.ts';
import { betweenRuns } from './stopped.ts';

/**
 * ALTER CONNECTOR name SNAPSHOT TABLES (…): tables of a source that captures changes are read again, beside the stream, which goes on where it is.
 * Rows that they have no more are taken back.
 */
export async function snapshotTables(statement: StatementOf<'SnapshotTables'>, call: Call): Promise<Answer> {
  const connect = requireConnect(call.services);
  const name = await resolveName(connect, statement.name);
  const prefix = 'Failed to read tables again: ';
  const kept = await guarded(() => connect.offsets(name), prefix);
  const partitions = new Map(
    kept.flatMap(({ partition }) =>
      partition['mode'] === 'cdc' && typeof partition['table'] === 'string' ? [[partition['table'], partition]] : [],
    ),
  );
  const known = [...partitions.keys()];
  if (known.length === 0)
    throw new SluiceError('STATEMENT', `${name} captures no changes: it has no tables that could be read beside them`, {
      span: statement.span,
      hint: `RESET CONNECTOR OFFSETS OF ${name}; lets a source begin anew.`,
    });
  const wanted = statement.tables.map((table) => {
    const fits = (full: string): boolean => full === table || full.slice(full.indexOf('.') + 1) === table;
    const found =
      known.find(fits) ??
      known.find(
        (full) => full.toLowerCase().endsWith(`.${table.toLowerCase()}`) || full.toLowerCase() === table.toLowerCase(),
      );
    if (found !== undefined) return found;
    const near = nearest(table, [...known, ...known.map((full) => full.slice(full.indexOf('.') + 1))]);
    throw new SluiceError('STATEMENT', `${name} reads no table ${table}: it has ${known.join(', ')}`, {
      span: statement.span,
      hint: near === undefined ? undefined : `Did you mean ${near}?`,
    });
  });
  await betweenRuns(connect, name, call.services, prefix, () =>
    connect.alterOffsets(
      name,
      wanted.map((table) => ({ partition: partitions.get(table)!, offset: null })),
    ),
  );
  return {
    kind: 'connector_changed',
    connectorName: name,
    message: `${name} reads ${wanted.join(', ')} again: DESCRIBE CONNECTOR ${name}; says how far it is`,
  };
}
