import { must } from '../../../base/assert.ts';
import type { OffsetMap } from '../../api/record.ts';
import type { Client } from './connection.ts';

/**
 * The identity within which transaction ids have a meaning, that is one database of one cluster on one timeline:
 * `cluster/timeline/database`, with `?` for parts that the role may not see.
 */
export async function identityOf(client: Client): Promise<string> {
  const database = await client.query<{ id: string }>(
    'SELECT oid::text AS id FROM pg_catalog.pg_database WHERE datname = current_database()',
  );
  let cluster: { readonly system: string; readonly timeline: string } | undefined;
  try {
    // After a promotion, the control file is updated only at the next checkpoint, while names of WAL files change
    // immediately; on a standby, only the control file is available.
    const found = await client.query<{ system: string; timeline: string }>(
      `SELECT (SELECT system_identifier::text FROM pg_catalog.pg_control_system()) AS system,
              (CASE WHEN pg_is_in_recovery() THEN (SELECT timeline_id FROM pg_catalog.pg_control_checkpoint())
                    ELSE ('x' || substr(pg_walfile_name(pg_current_wal_lsn()), 1, 8))::bit(32)::int END)::text AS timeline`,
    );
    cluster = found.rows[0];
  } catch {
    // Some services do not permit these functions.
  }
  return `${cluster?.system ?? '?'}/${cluster?.timeline ?? '?'}/${must(database.rows[0], 'row').id}`;
}

/**
 * Completes the unknown parts of an identity from the streaming replication protocol (IDENTIFY_SYSTEM, on a replication
 * connection).
 */
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
 * Why a position given by transaction ids is invalid on this server; undefined if it is valid. A position without an
 * identity is accepted if the server can have reached it.
 * @param next the id of the server's next transaction
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

/** Whether a value in a user's offset identifies a server in the format of `identityOf`. */
export const isIdentity = (value: unknown): boolean =>
  typeof value === 'string' && /^(\d+|\?)(\/(\d+|\?)){2}$/.test(value);
