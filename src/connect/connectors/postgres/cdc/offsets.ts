import type { OffsetMap } from '../../../api/record.ts';
import type { TableName } from '../../database/dialect.ts';
import { fullName } from '../../database/table-names.ts';
import type { StreamPosition } from './stream/changes.ts';
import { formatLsn, parseLsn } from './stream/lsn.ts';
import type { TableProgress } from './snapshot/snapshot-table.ts';

/** The source partition of the stream; each table's snapshot has another one. */
export const STREAM: OffsetMap = { mode: 'cdc' };
/** The source partition of a table's snapshot. */
export const tablePartition = (table: TableName): OffsetMap => ({ mode: 'cdc', table: fullName(table) });
/** The source partition for rows of a table that must be read again, by their keys. */
export const rowsPartition = (table: TableName): OffsetMap => ({ mode: 'cdc', rows: fullName(table) });

/** The committed state of the stream of a slot. */
export interface KeptStream {
  readonly slot: string;
  /** Whether we created the slot and the publications. */
  readonly made: boolean;
  /** Identity of the server (server-identity.ts). */
  readonly server: string;
  /** Identifies the database, without a login. */
  readonly database: string;
  /** The publications that are read (published-marks.ts); undefined: not known. */
  readonly publications?: string | undefined;
  /** undefined: the slot is about to be created. */
  readonly position: StreamPosition | undefined;
}

/** Parses an offset of STREAM; undefined: it has no slot. */
export function keptStream(offset: OffsetMap | undefined): KeptStream | undefined {
  if (typeof offset?.['slot'] !== 'string') return undefined;
  const lsn = parseLsn(String(offset['lsn'] ?? ''));
  return {
    slot: offset['slot'],
    made: offset['made'] === true,
    server: String(offset['server'] ?? ''),
    database: String(offset['database'] ?? ''),
    ...(typeof offset['publications'] === 'string' && { publications: offset['publications'] }),
    position: lsn === undefined ? undefined : { lsn, index: Number(offset['index'] ?? 0) },
  };
}

/** The offset for a state; the inverse of keptStream. */
export function streamOffset({ slot, made, server, database, publications, position }: KeptStream): OffsetMap {
  return {
    slot,
    made,
    server,
    database,
    ...(publications !== undefined && { publications }),
    ...(position && {
      lsn: formatLsn(position.lsn),
      ...(position.index > 0 && { index: position.index }),
    }),
  };
}

/** Parses an offset of tablePartition; undefined: it has no progress. */
export function progressOf(offset: OffsetMap | undefined): TableProgress | undefined {
  const state = offset?.['snapshot'];
  if (state !== 'reading' && state !== 'done' && state !== 'waiting' && state !== 'sweeping') return undefined;
  const after = offset!['after'];
  const before = offset!['before'];
  return {
    state,
    rows: Number(offset!['rows'] ?? 0),
    estimate: Number(offset!['estimate'] ?? 0),
    after: Array.isArray(after) ? after.map(String) : undefined,
    seen: offset!['seen'] as string | undefined,
    until: offset!['until'] as string | undefined,
    before: Array.isArray(before) ? before.map(Number) : undefined,
    ...(typeof offset!['where'] === 'string' && { where: offset!['where'] }),
    ...(offset!['paused'] === true && { isPaused: true }),
    ...(typeof offset!['published'] === 'string' && { published: offset!['published'] }),
    ...(typeof offset!['signal'] === 'string' && { signal: offset!['signal'] }),
    ...((offset!['asked'] === 'incremental' || offset!['asked'] === 'blocking') && { asked: offset!['asked'] }),
  };
}

/** The offset for a progress; the inverse of progressOf. */
export function progressOffset(progress: TableProgress): OffsetMap {
  const { state, rows, estimate, after, seen, until, before, where, isPaused, published, asked, signal } = progress;
  return {
    snapshot: state,
    rows,
    estimate,
    ...(after && { after }),
    ...(before && state !== 'done' && { before }),
    ...(seen !== undefined && { seen }),
    ...(until !== undefined && { until }),
    ...(where !== undefined && state !== 'done' && { where }),
    ...(isPaused === true && { paused: true }),
    ...(published !== undefined && { published }),
    ...(asked !== undefined && state !== 'done' && { asked }),
    ...(signal !== undefined && state !== 'done' && { signal }),
  };
}

/** Parses an offset of rowsPartition: keys as texts, one per row. */
export function rowKeysOf(offset: OffsetMap | undefined): readonly (readonly string[])[] {
  const keys = offset?.['keys'];
  return Array.isArray(keys) ? keys.map((key) => (key as unknown[]).map(String)) : [];
}
