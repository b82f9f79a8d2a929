import { must } from '../../../../../base/assert.ts';
import type { Client } from '../../connection.ts';
import { parseLsn } from '../stream/lsn.ts';

/** A replication slot, from pg_replication_slots. */
export interface Slot {
  readonly name: string;
  readonly plugin: string;
  readonly database: string;
  /** Whether a connection is reading it. */
  readonly active: boolean;
  /** The server process that reads it; null: none. */
  readonly pid: string | null;
  /** Everything that the server will send again is after this position. */
  readonly confirmed: bigint;
  /** Why nothing can be read from it any more; undefined: it is valid. */
  readonly invalidated: string | undefined;
  /** Size of the WAL that the slot retains, in bytes. */
  readonly retained: number;
}

/**
 * Why a server invalidated a slot. Servers before version 17 do not report the reason, but on a primary there was only
 * one.
 */
const REASONS: Readonly<Record<string, string>> = {
  wal_removed: 'the server has removed the log that it needs (max_slot_wal_keep_size)',
  rows_removed:
    'the primary has removed rows of the catalog that it needs (hot_standby_feedback is off on the standby)',
  wal_level_insufficient: "wal_level is no longer 'logical'",
  idle_timeout: 'nobody read it for longer than idle_replication_slot_timeout',
};

/** The first version with failover slots. */
const FAILOVER = 170_000;

/** The slot of that name; undefined when it does not exist. */
export async function slotNamed(client: Client, name: string): Promise<Slot | undefined> {
  const { rows } = await client.query<Record<string, string | null>>(
    `SELECT slot_name, plugin, database, active::text, active_pid::text AS pid, confirmed_flush_lsn::text AS confirmed, wal_status, to_json(s)->>'invalidation_reason' AS reason,
            pg_wal_lsn_diff(CASE WHEN pg_is_in_recovery() THEN pg_last_wal_replay_lsn() ELSE pg_current_wal_lsn() END, restart_lsn)::text AS retained
       FROM pg_catalog.pg_replication_slots s WHERE slot_name = $1`,
    [name],
  );
  const row = rows[0];
  if (row === undefined) return undefined;
  return {
    name,
    plugin: row['plugin'] ?? '',
    database: row['database'] ?? '',
    active: row['active'] === 'true',
    pid: row['pid'] ?? null,
    confirmed: parseLsn(row['confirmed'] ?? '') ?? 0n,
    invalidated:
      (row['wal_status'] ?? 'lost') === 'lost' ? (REASONS[row['reason'] ?? ''] ?? REASONS['wal_removed']) : undefined,
    retained: Number(row['retained'] ?? 0),
  };
}

/**
 * Waits until all transactions that are currently running have ended. Resolves to the position where the slot's stream
 * starts.
 */
export async function createSlot(client: Client, name: string, version: number): Promise<bigint> {
  const { rows } = await client.query<{ lsn: string }>(
    `SELECT lsn::text FROM pg_create_logical_replication_slot($1, 'pgoutput', false, false${version >= FAILOVER ? ', NOT pg_is_in_recovery()' : ''})`,
    [name],
  );
  return parseLsn(must(rows[0], 'row').lsn)!;
}

export async function isStandby(client: Client): Promise<boolean> {
  const { rows } = await client.query<{ is: string }>('SELECT pg_is_in_recovery()::text AS is');
  return must(rows[0], 'row').is === 'true';
}

/** Drops the slot. @throws the server's error: 55006 while a connection is reading it */
export async function dropSlot(client: Client, name: string): Promise<void> {
  await client.query('SELECT pg_drop_replication_slot($1)', [name]);
}

/**
 * A valid slot name: lower-case letters, digits and underscores, at most 63 (50 here, because publication names append
 * to it).
 */
export function slotNameFor(connector: string): string {
  return `sluice_${connector.toLowerCase().replaceAll(/[^a-z0-9_]/g, '_')}`.slice(0, 50);
}
