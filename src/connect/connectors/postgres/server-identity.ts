import { must } from '../../../base/assert.ts';
import type { OffsetMap } from '../../api/record.ts';
import type { Client } from './connection.ts';

/**
 * Numbers of transactions mean something in one database of one cluster on one timeline only:
 * `cluster/timeline/database`, `?` for what the role may not see.
 */
export async function identityOf(client: Client): Promise<string> {
  const database = await client.query<{ id: string }>(
    'SELECT oid::text AS id FROM pg_catalog.pg_database WHERE datname = current_database()',
  );
  let cluster: { readonly system: string; readonly timeline: string } | undefined;
  try {
    // The control file learns of a promotion at the next checkpoint, names of the log at once; on a standby only the
    // file can be asked.
    const found = await client.query<{ system: string; timeline: string }>(
      `SELECT (SELECT system_identifier::text FROM pg_catalog.pg_control_system()) AS system,
              (CASE WHEN pg_is_in_recovery() THEN (SELECT timeline_id FROM pg_catalog.pg_control_checkpoint())
                    ELSE ('x' || substr(pg_walfile_name(pg_current_wal_lsn()), 1, 8))::bit(32)::int END)::text AS timeline`,
    );
    cluster = found.rows[0];
  } catch {
    // Some services keep these functions for themselves.
  }
  return `${cluster?.system ?? '?'}/${cluster?.timeline ?? '?'}/${must(database.rows[0], 'row').id}`;
}

/** What is not known of a server as the streaming protocol says it (IDENTIFY_SYSTEM, on a replication connection). */
export async function systemOf(replication: Client, identity: string): Promise<string> {
  const { rows } = await replication.query<{ systemid: string; timeline: string | number }>('IDENTIFY_SYSTEM');
  const [system, timeline, database] = identity.split('/');
  const known = (part: string | undefined, now: string | undefined): string | undefined => (part === '?' ? now : part);
  return [known(system, rows[0]?.systemid), known(timeline, String(rows[0]?.timeline)), database].join('/');
}

const PARTS = [
  'another cluster',
  'another timeline of the cluster (a standby was promoted, or a backup restored)',
  'another database',
];

/**
 * Why a position by transactions says nothing about this server; undefined where it holds. One without an identity is
 * believed as far as the server can have come.
 * @param next the number of the server's next transaction
 */
export function mismatchOf(offset: OffsetMap, identity: string, next: string): string | undefined {
  const kept = offset['server'];
  if (typeof kept === 'string') {
    const now = identity.split('/');
    const differs = kept.split('/').findIndex((part, i) => part !== now[i] && part !== '?' && now[i] !== '?');
    if (differs !== -1) return `the position is of ${PARTS[differs]}`;
  }
  const furthest = [offset['xmin'], offset['until']].find(
    (x) => /^\d+$/.test(String(x)) && BigInt(String(x)) > BigInt(next),
  );
  return furthest === undefined
    ? undefined
    : `the position, transaction ${String(furthest)}, is ahead of the server, which is at ${next}`;
}

/** Whether a user's offset names a server as `identityOf` does. */
export const isIdentity = (value: unknown): boolean =>
  typeof value === 'string' && /^(\d+|\?)(\/(\d+|\?)){2}$/.test(value);
