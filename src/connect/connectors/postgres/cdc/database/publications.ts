import { must } from '../../../../../base/assert.ts';
import type { TableName } from '../../../database/dialect.ts';
import { fullName, quotedName } from '../../../database/table-names.ts';
import { quoteIdentifier, type Client } from '../../connection.ts';
import { POSTGRES_ERRORS } from '../../errors.ts';
import { publicationsOf, type PublicationNames } from './publication-names.ts';
import type { CaptureSettings } from '../settings.ts';
import { PUBLISHES_GENERATED, type StreamTable } from '../stream-table.ts';

/** A table that cannot be added to one of our publications, and why. */
interface RefusedTable {
  readonly table: TableName;
  readonly reason: string;
}

const PUBLISH = { rows: 'insert, update, delete, truncate', inserts: 'insert, truncate' } as const;

/**
 * Makes the two publications contain exactly these tables. A table that moves from one to the other does so in a single
 * transaction, so that its updates are never refused. Adding a table locks it only against schema changes (SHARE UPDATE
 * EXCLUSIVE): no writer waits.
 * @param byPartition whether changes are published under the partition that contains them, instead of its table
 * @returns the tables that the server refuses to publish (those of another owner); the others are published
 */
export async function reconcilePublications(
  client: Client,
  names: PublicationNames,
  tables: readonly StreamTable[],
  version: number,
  byPartition = false,
): Promise<readonly RefusedTable[]> {
  const { rows } = await client.query<{ pub: string; schema: string | null; name: string | null }>(
    `SELECT p.pubname AS pub, n.nspname AS schema, c.relname AS name
       FROM pg_catalog.pg_publication p LEFT JOIN pg_catalog.pg_publication_rel r ON r.prpubid = p.oid
       LEFT JOIN pg_catalog.pg_class c ON c.oid = r.prrelid LEFT JOIN pg_catalog.pg_namespace n ON n.oid = c.relnamespace
      WHERE p.pubname = ANY($1)`,
    [[names.rows, names.inserts]],
  );
  const list = (some: readonly TableName[]): string =>
    some.map((t) => `ONLY ${quotedName({ quote: quoteIdentifier }, t)}`).join(', ');
  // Statements to be executed before tables are added.
  const first: string[] = [];
  const adds: { readonly sql: string; readonly tables: readonly TableName[] }[] = [];
  for (const side of ['rows', 'inserts'] as const) {
    const pub = names[side];
    const wanted = tables.filter((t) => t.published === side);
    const present = rows.filter((r) => r.pub === pub);
    if (present.length === 0) {
      first.push(
        `CREATE PUBLICATION ${quoteIdentifier(pub)} WITH (publish = '${PUBLISH[side]}', publish_via_partition_root = ${!byPartition}${
          version >= PUBLISHES_GENERATED ? ', publish_generated_columns = stored' : ''
        })`,
      );
    }
    const has = present.flatMap((r) => (r.schema === null ? [] : [{ schema: r.schema, name: r.name! }]));
    const isIn = (some: readonly TableName[], t: TableName): boolean => some.some((o) => fullName(o) === fullName(t));
    const extra = has.filter((t) => !isIn(wanted, t));
    const missing = wanted.filter((t) => !isIn(has, t));
    if (extra.length > 0) first.push(`ALTER PUBLICATION ${quoteIdentifier(pub)} DROP TABLE ${list(extra)}`);
    if (missing.length > 0) adds.push({ sql: `ALTER PUBLICATION ${quoteIdentifier(pub)} ADD TABLE `, tables: missing });
  }
  if (first.length + adds.length === 0) return [];
  const refused: RefusedTable[] = [];
  await client.query('BEGIN');
  try {
    for (const sql of first) await client.query(sql);
    for (const { sql, tables: missing } of adds) {
      if ((await refusalOf(client, sql + list(missing))) === undefined) continue;
      for (const table of missing) {
        const reason = await refusalOf(client, sql + list([table]));
        if (reason !== undefined) refused.push({ table, reason });
      }
    }
    await client.query('COMMIT');
    return refused;
  } catch (error) {
    await client.query('ROLLBACK').catch(() => {});
    throw error;
  }
}

/** Why the server refuses the statement; undefined: it was executed. @throws an error if another attempt may succeed */
async function refusalOf(client: Client, sql: string): Promise<string | undefined> {
  await client.query('SAVEPOINT table_added');
  try {
    await client.query(sql);
    await client.query('RELEASE SAVEPOINT table_added');
    return undefined;
  } catch (error) {
    if (POSTGRES_ERRORS.isTransient(error)) throw error;
    await client.query('ROLLBACK TO SAVEPOINT table_added');
    const { detail } = error as { readonly detail?: string | undefined };
    return [POSTGRES_ERRORS.reasonOf(error), ...(detail === undefined ? [] : [detail.replace(/\.$/, '')])].join(': ');
  }
}

/** The publication that somebody else has created for us; undefined: we create our own. */
export async function givenPublication(
  client: Client,
  { publication, replacesPublication }: Pick<CaptureSettings, 'publication' | 'replacesPublication'>,
): Promise<string | undefined> {
  if (publication === undefined || !replacesPublication) return publication;
  // The name may be that of one of our publications, which has a second one beside it.
  const found = await client.query<{ name: string }>(
    'SELECT pubname AS name FROM pg_catalog.pg_publication WHERE pubname = ANY($1)',
    [[publication, publicationsOf(publication).inserts]],
  );
  return found.rows.length === 1 && found.rows[0]!.name === publication ? publication : undefined;
}

/** The tables of a publication created by somebody else, and whether it publishes their updates and deletes. */
export async function publishedTables(
  client: Client,
  publication: string,
): Promise<{ readonly tables: readonly TableName[]; readonly changes: boolean } | undefined> {
  const found = await client.query<{ changes: string }>(
    'SELECT (pubupdate OR pubdelete)::text AS changes FROM pg_catalog.pg_publication WHERE pubname = $1',
    [publication],
  );
  if (found.rows.length === 0) return undefined;
  const { rows } = await client.query<{ schema: string; name: string }>(
    'SELECT schemaname AS schema, tablename AS name FROM pg_catalog.pg_publication_tables WHERE pubname = $1',
    [publication],
  );
  return { tables: rows, changes: must(found.rows[0], 'row').changes === 'true' };
}
