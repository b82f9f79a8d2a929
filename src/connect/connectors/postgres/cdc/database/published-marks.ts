import type { TableName } from '../../../database/dialect.ts';
import { fullName } from '../../../database/table-names.ts';
import type { Client } from '../../connection.ts';

/** Distinguishes a publication, and a table's membership in it, from later ones of the same name. */
export interface PublishedMarks {
  /** By publication name; those that do not exist are absent. */
  readonly publications: ReadonlyMap<string, string>;
  /** By full name of the table. */
  readonly tables: ReadonlyMap<string, string>;
}

/** @param names the publications */
export async function publishedMarks(
  client: Client,
  names: readonly string[],
  tables: readonly TableName[],
): Promise<PublishedMarks> {
  const publications = await client.query<{ name: string; id: string }>(
    'SELECT pubname AS name, oid::text AS id FROM pg_catalog.pg_publication WHERE pubname = ANY($1)',
    [names],
  );
  // A publication FOR ALL TABLES or FOR TABLES IN SCHEMA has no row per table: then the table itself must be the same.
  const { rows } = await client.query<{ schema: string; name: string; mark: string }>(
    `SELECT n.nspname AS schema, c.relname AS name, coalesce(min(r.oid)::text, 't' || c.oid) AS mark
       FROM unnest($1::text[], $2::text[]) AS w (schema, name)
       JOIN pg_catalog.pg_namespace n ON n.nspname = w.schema JOIN pg_catalog.pg_class c ON c.relnamespace = n.oid AND c.relname = w.name
       LEFT JOIN pg_catalog.pg_publication_rel r ON r.prrelid = c.oid
         AND r.prpubid IN (SELECT oid FROM pg_catalog.pg_publication WHERE pubname = ANY($3))
      GROUP BY n.nspname, c.relname, c.oid`,
    [tables.map((t) => t.schema), tables.map((t) => t.name), names],
  );
  return {
    publications: new Map(publications.rows.map((r) => [r.name, r.id])),
    tables: new Map(rows.map((r) => [fullName(r), r.mark])),
  };
}

/** Publications in the format of an offset: `id:name,id:name`. */
export const publicationsText = ({ publications }: PublishedMarks): string =>
  [...publications].map(([name, id]) => `${id}:${name}`).join(',');

/**
 * What has happened to a publication since its mark was committed that may have lost changes of its tables; undefined:
 * nothing. Publications that are no longer read are ignored.
 */
export function publicationLoss(
  kept: string | undefined,
  names: readonly string[],
  now: PublishedMarks,
): string | undefined {
  const before = new Map(
    (kept ?? '').split(',').flatMap((part) => {
      const at = part.indexOf(':');
      return at === -1 ? [] : [[part.slice(at + 1), part.slice(0, at)] as const];
    }),
  );
  for (const name of names) {
    const id = before.get(name);
    if (id === undefined || now.publications.get(name) === id) continue;
    return now.publications.has(name)
      ? `Publication ${name} was dropped and made again: changes of its tables in between are lost`
      : `Publication ${name} is gone: changes of its tables since then are lost`;
  }
  return undefined;
}
