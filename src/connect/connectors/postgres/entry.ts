import type { DatabaseEntry } from '../database/entry.ts';
import { parseConnectionUrl, systemOf, type ConnectionTarget } from './url.ts';

export const POSTGRES_ENTRY: DatabaseEntry = {
  name: 'Postgres',
  urls: 'jdbc:postgresql://host:port/database?sslmode=require, or postgres://user:password@host:port/database',
  dialectNames: ['PostgreSqlDatabaseDialect', 'PostgreSql'],
  tableTypes: ['TABLE', 'PARTITIONED TABLE', 'VIEW', 'MATERIALIZED VIEW', 'FOREIGN TABLE'],
  ownModes: {
    changes: 'rows written by transactions that ended since (no column needed; reads the whole table to find them)',
    cdc: 'every insert, update and delete as it is committed, from a replication slot (wal_level=logical)',
  },
  defaultSchema: 'public',
  parseUrl: parseConnectionUrl,
  systemOf: (target) => systemOf(target as ConnectionTarget),
};
