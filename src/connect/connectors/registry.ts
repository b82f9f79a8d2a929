import type { ConnectorPlugin } from '../api/connector.ts';
import { clickhouseSink } from './clickhouse/sink-plugin.ts';
import { datagenSource } from './datagen/datagen-plugin.ts';
import { elasticsearchSink } from './elasticsearch/sink-plugin.ts';
import { fileSink, fileSource } from './file/file-plugin.ts';
import { httpSink } from './http/sink-plugin.ts';
import { mqttSink } from './mqtt/sink-plugin.ts';
import { mqttSource } from './mqtt/source-plugin.ts';
import { mysqlSink } from './mysql/sink-plugin.ts';
import { mysqlSource } from './mysql/source-plugin.ts';
import { postgresSink } from './postgres/sink-plugin.ts';
import { postgresSource } from './postgres/source-plugin.ts';
import { debeziumPostgresSource } from './postgres/debezium/debezium-plugin.ts';
import { redisSink } from './redis/sink-plugin.ts';
import { s3Sink } from './s3/sink-plugin.ts';
import { s3Source } from './s3/source-plugin.ts';
import { sqliteSink } from './sqlite/sink-plugin.ts';
import { sqliteSource } from './sqlite/source-plugin.ts';
import { webhookSource } from './webhook/source-plugin.ts';

/**
 * Every built-in connector. To add one: a folder, and a line here. Tables only: drivers are loaded when a connector
 * starts.
 */
export const CONNECTORS: readonly ConnectorPlugin[] = [
  postgresSource,
  postgresSink,
  mysqlSource,
  mysqlSink,
  debeziumPostgresSource,
  sqliteSource,
  sqliteSink,
  datagenSource,
  fileSource,
  fileSink,
  elasticsearchSink,
  httpSink,
  webhookSource,
  s3Sink,
  s3Source,
  clickhouseSink,
  redisSink,
  mqttSource,
  mqttSink,
];
