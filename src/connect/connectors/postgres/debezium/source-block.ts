import { primitive, structOf, type StructSchema } from '../../../api/schema.ts';
import type { TableName } from '../../database/dialect.ts';

/** The Debezium version whose record format is produced. */
export const DEBEZIUM_VERSION = '3.6.3.Final';

/** The position of a row in a snapshot; `false`: not part of one. */
export type SnapshotMark =
  | 'true'
  | 'first'
  | 'first_in_data_collection'
  | 'last_in_data_collection'
  | 'last'
  | 'false'
  | 'incremental';

/** The envelope's block with the origin of a change. */
export const SOURCE_SCHEMA: StructSchema = {
  ...structOf(
    [
      { name: 'version', schema: primitive('STRING', false) },
      { name: 'connector', schema: primitive('STRING', false) },
      { name: 'name', schema: primitive('STRING', false) },
      { name: 'ts_ms', schema: primitive('INT64', false) },
      {
        name: 'snapshot',
        schema: {
          ...primitive('STRING'),
          name: 'io.debezium.data.Enum',
          version: 1,
          parameters: { allowed: 'true,first,first_in_data_collection,last_in_data_collection,last,false,incremental' },
          default: 'false',
        },
      },
      { name: 'db', schema: primitive('STRING', false) },
      { name: 'sequence', schema: primitive('STRING') },
      { name: 'ts_us', schema: primitive('INT64') },
      { name: 'ts_ns', schema: primitive('INT64') },
      { name: 'schema', schema: primitive('STRING', false) },
      { name: 'table', schema: primitive('STRING', false) },
      { name: 'txId', schema: primitive('INT64') },
      { name: 'lsn', schema: primitive('INT64') },
      { name: 'xmin', schema: primitive('INT64') },
      { name: 'origin', schema: primitive('STRING') },
      { name: 'origin_lsn', schema: primitive('INT64') },
    ],
    false,
    'io.debezium.connector.postgresql.Source',
  ),
  version: 1,
};

/** Where and when a change happened. */
export interface ChangePlace {
  readonly mark: SnapshotMark;
  readonly timeUs: bigint;
  readonly xid: number | null;
  readonly lsn: bigint;
  /** The commit position of the preceding transaction, if known. */
  readonly committed: bigint | undefined;
}

export interface SourceNames extends TableName {
  /** `topic.prefix`. */
  readonly server: string;
  readonly database: string;
}

/** The values of a `source` block, in the order of SOURCE_SCHEMA. */
export function sourceBlock(names: SourceNames, place: ChangePlace): unknown[] {
  const lsn = String(place.lsn);
  const committed = place.committed === undefined ? 'null' : `"${place.committed}"`;
  return [
    DEBEZIUM_VERSION,
    'postgresql',
    names.server,
    Number(place.timeUs / 1000n),
    place.mark,
    names.database,
    `[${committed},"${lsn}"]`,
    Number(place.timeUs),
    place.timeUs * 1000n,
    names.schema ?? '',
    names.name,
    place.xid,
    // A row read because of a signal has no position in the replication stream.
    place.mark === 'incremental' ? null : compact(place.lsn),
    null,
    null,
    null,
  ];
}

const compact = (value: bigint): number | bigint => (value <= Number.MAX_SAFE_INTEGER ? Number(value) : value);
