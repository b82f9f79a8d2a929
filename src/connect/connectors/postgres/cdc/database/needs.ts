import { must } from '../../../../../base/assert.ts';
import { fullName } from '../../../database/table-names.ts';
import type { TableName } from '../../../database/dialect.ts';
import { quoteIdentifier, type Client } from '../../connection.ts';
import { slotNameFor } from './slot.ts';

/** The first version with logical decoding on a standby. */
const STANDBY = 160_000;
/** The first version with publish_via_partition_root and 64-bit snapshots. */
const OLDEST = 130_000;

/**
 * What a database lacks for change capture, with the statements that remedy it; empty if change capture is possible.
 */
export async function captureNeeds(
  client: Client,
  wanted: {
    readonly connector: string;
    readonly tables: readonly TableName[];
    readonly slot: string | undefined;
    /** A publication created by the user. */
    readonly publication: string | undefined;
  },
): Promise<readonly string[]> {
  const { rows } = await client.query<Record<string, string | null>>(
    `SELECT current_setting('server_version_num') AS version, current_setting('wal_level') AS wal_level, current_user AS role,
            current_setting('max_replication_slots') AS slots, current_setting('max_wal_senders') AS senders,
            (SELECT count(*) FROM pg_catalog.pg_replication_slots)::text AS slots_used,
            (SELECT count(*) FROM pg_catalog.pg_stat_activity WHERE backend_type = 'walsender')::text AS senders_used,
            (SELECT count(*) FROM pg_catalog.pg_replication_slots WHERE slot_name = $1 OR starts_with(slot_name, $2))::text AS own,
            (SELECT rolsuper OR rolreplication FROM pg_catalog.pg_roles WHERE rolname = current_user)::text AS may_replicate,
            (SELECT coalesce(bool_or(pg_has_role(oid, 'MEMBER')), false) FROM pg_catalog.pg_roles WHERE rolname IN ('rds_replication', 'rds_superuser', 'cloudsqlsuperuser', 'azure_pg_admin'))::text AS managed,
            has_database_privilege(current_database(), 'CREATE')::text AS may_create, current_database() AS database,
            pg_is_in_recovery()::text AS standby`,
    [wanted.slot ?? slotNameFor(wanted.connector), slotNameFor(wanted.connector)],
  );
  const found = must(rows[0], 'row');
  const is = (name: string): boolean => found[name] === 'true';
  const role = quoteIdentifier(must(found['role'], 'role'));
  const needs: string[] = [];
  if (Number(found['version']) < OLDEST) return ['Postgres 13 or later'];
  if (is('standby') && Number(found['version']) < STANDBY)
    return ['Postgres 16 or later to read changes from a standby, or the primary in its place'];
  if (found['wal_level'] !== 'logical')
    needs.push(`ALTER SYSTEM SET wal_level = 'logical'; and a restart of the database (it is ${found['wal_level']})`);
  if (!is('may_replicate') && !is('managed')) needs.push(`ALTER ROLE ${role} REPLICATION;`);
  if (found['own'] === '0') {
    if (Number(found['slots_used']) >= Number(found['slots']))
      needs.push(
        `a free replication slot: all ${found['slots']} are taken (SELECT * FROM pg_replication_slots;). ALTER SYSTEM SET max_replication_slots = ${Number(found['slots']) + 10}; and a restart`,
      );
    if (Number(found['senders_used']) >= Number(found['senders']))
      needs.push(
        `a free sender: all ${found['senders']} are taken (SELECT * FROM pg_stat_replication;). ALTER SYSTEM SET max_wal_senders = ${Number(found['senders']) + 10}; and a restart`,
      );
  }
  if (wanted.publication !== undefined) return needs;
  if (is('standby')) {
    needs.push(
      `a publication, which a standby cannot make: on its primary CREATE PUBLICATION sluice FOR TABLE ...; and 'publication.name'='sluice'`,
    );
    return needs;
  }
  if (!is('may_create'))
    needs.push(`GRANT CREATE ON DATABASE ${quoteIdentifier(must(found['database'], 'database'))} TO ${role};`);
  const foreign = await tablesOfOthers(client, wanted.tables);
  if (foreign.length > 0)
    needs.push(
      `to own the tables that are published: ${[...new Set(foreign.map((t) => `GRANT ${quoteIdentifier(t.owner)} TO ${role};`))].join(' ')} ` +
        `or, as their owner, CREATE PUBLICATION sluice FOR TABLE ${foreign.map((t) => fullName(t)).join(', ')} WITH (publish_via_partition_root = true); and 'publication.name'='sluice'`,
    );
  return needs;
}

/**
 * Tables that cannot be added to our publications because another role owns them. Tables that are already in one stay
 * there.
 */
export async function refusedTables(
  client: Client,
  tables: readonly TableName[],
  publications: readonly string[],
): Promise<readonly { readonly table: TableName; readonly reason: string }[]> {
  const others = await tablesOfOthers(client, tables);
  if (others.length === 0) return [];
  const { rows } = await client.query<{ schema: string; name: string; role: string }>(
    `SELECT schemaname AS schema, tablename AS name, current_user AS role FROM pg_catalog.pg_publication_tables WHERE pubname = ANY($1)
      UNION ALL SELECT '', '', current_user`,
    [publications],
  );
  const has = new Set(rows.map(fullName));
  const role = quoteIdentifier(must(rows[0], 'row').role);
  return others
    .filter((table) => !has.has(fullName(table)))
    .map((table) => ({
      table,
      reason: `only its owner may have its changes published: GRANT ${quoteIdentifier(table.owner)} TO ${role};`,
    }));
}

async function tablesOfOthers(
  client: Client,
  tables: readonly TableName[],
): Promise<readonly (TableName & { readonly owner: string })[]> {
  const { rows } = await client.query<{ schema: string; name: string; owner: string }>(
    `SELECT n.nspname AS schema, c.relname AS name, pg_get_userbyid(c.relowner) AS owner
       FROM pg_catalog.pg_class c JOIN pg_catalog.pg_namespace n ON n.oid = c.relnamespace
       JOIN unnest($1::text[], $2::text[]) AS t (schema, name) ON t.schema = n.nspname AND t.name = c.relname
      WHERE NOT pg_has_role(c.relowner, 'USAGE') ORDER BY 1, 2`,
    [tables.map((t) => t.schema), tables.map((t) => t.name)],
  );
  return rows;
}

/** How much WAL the server retains for a slot that is not read, as text. */
export async function retentionOf(client: Client): Promise<string> {
  const { rows } = await client.query<{ kept: string }>(
    `SELECT coalesce(current_setting('max_slot_wal_keep_size', true), '-1') AS kept`,
  );
  const kept = must(rows[0], 'row').kept;
  return kept === '-1'
    ? `all of its log (ALTER SYSTEM SET max_slot_wal_keep_size = '10GB'; SELECT pg_reload_conf(); bounds that)`
    : `up to ${kept} of its log (max_slot_wal_keep_size)`;
}
