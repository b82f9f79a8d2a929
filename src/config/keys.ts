import { ACCESS_KEYS } from './keys/access.ts';
import { CONNECT_KEYS } from './keys/connect.ts';
import { EMBEDDED_LOG_KEYS } from './keys/embedded-log.ts';
import { FUNCTION_KEYS } from './keys/functions.ts';
import { KAFKA_KEYS } from './keys/kafka.ts';
import { LIMIT_KEYS } from './keys/limits.ts';
import { LISTENER_KEYS } from './keys/listeners.ts';
import { LOG_KEYS } from './keys/logs.ts';
import { QUERY_KEYS } from './keys/queries.ts';
import { SCHEMA_REGISTRY_KEYS } from './keys/schema-registry.ts';
import { SECRET_KEYS } from './keys/secrets.ts';
import { STATEMENT_KEYS } from './keys/statements.ts';
import { STREAMS_KEYS } from './keys/streams.ts';
import { query, type ServerKey } from './server-key.ts';

/**
 * All settings, in groups, with ksqlDB's and Kafka's names where those exist. SHOW PROPERTIES, SET, /is_valid_property,
 * the checks of request properties and docs/reference/configuration.md all read this table. A key with the prefix
 * `ksql.streams.` is the same as the key without it. Code reads `config.get(KEYS.x)`, where x is the name of the key in
 * camel case, without `ksql.` and `ksql.streams.`.
 */
export const KEYS = {
  ...LISTENER_KEYS,
  ...EMBEDDED_LOG_KEYS,
  ...KAFKA_KEYS,
  ...CONNECT_KEYS,
  ...SECRET_KEYS,
  ...SCHEMA_REGISTRY_KEYS,
  ...ACCESS_KEYS,
  ...LOG_KEYS,
  ...STATEMENT_KEYS,
  ...FUNCTION_KEYS,
  ...QUERY_KEYS,
  ...LIMIT_KEYS,
  ...STREAMS_KEYS,
} satisfies Readonly<Record<string, ServerKey>>;

/** Switches of Kafka Streams that its documentation does not mention: they are read, but not shown anywhere. */
export const INTERNAL_KEYS = {
  emitIntervalWindowedAggregation: query(
    'ksql.streams.__emit.interval.ms.kstreams.windowed.aggregation__',
    'LONG',
    null,
    'How often EMIT FINAL of windows is looked at, in ms of stream time.',
  ),
  emitIntervalOuterJoin: query(
    'ksql.streams.__emit.interval.ms.kstreams.outer.join.spurious.results.fix__',
    'LONG',
    null,
    'How often rows of an outer join that found no partner are looked at, in ms.',
  ),
};

export const CONFIG_KEYS: readonly ServerKey[] = Object.values(KEYS);

/** Optional prefix of streams properties. */
export const STREAMS_PREFIX = 'ksql.streams.';
