import type { OffsetMap } from '../../../api/record.ts';
import type { TableName } from '../../database/dialect.ts';
import { fullName } from '../../database/table-names.ts';
import type { StreamPosition } from './stream/changes.ts';
import { formatLsn, parseLsn } from './stream/lsn.ts';
import type { TableProgress } from './snapshot/snapshot-table.ts';

/** The stream's place among the connector's source partitions; one more for each table's first reading. */
export const STREAM: OffsetMap = { mode: 'cdc' };
export const tablePartition = (table: TableName): OffsetMap => ({ mode: 'cdc', table: fullName(table) });
/** Rows of a table that are to be read again, by their keys. */
export const rowsPartition = (table: TableName): OffsetMap => ({ mode: 'cdc', rows: fullName(table) });

/** Where the stream of a slot stands, as it is kept. */
export interface KeptStream {
  readonly slot: string;
  /** Whether slot and publications were made by us. */
  readonly made: boolean;
  /** Identity of the server (server-identity.ts). */
  readonly server: string;
  /** The database, without any login. */
  readonly database: string;
  /** Those that are read (published-marks.ts); undefined: not known. */
  readonly publications?: string | undefined;
  /** undefined: the slot is about to be made. */
  readonly position: StreamPosition | undefined;
}

/** What an offset of STREAM says; undefined: nothing. */
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

/** The same as an offset. */
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

/** What an offset of tablePartition says; undefined: nothing. */
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

/** The same as an offset. */
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

/** Keys as texts, one a row. */
export function rowKeysOf(offset: OffsetMap | undefined): readonly (readonly string[])[] {
  const keys = offset?.['keys'];
  return Array.isArray(keys) ? keys.map((key) => (key as unknown[]).map(String)) : [];
}
