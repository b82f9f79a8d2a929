import { from, group, guard, query, server } from '../server-key.ts';

/** The schema registry, embedded or external. */
export const SCHEMA_REGISTRY_KEYS = group(
  'Schema Registry',
  {
    high: ['schemaRegistryUrl'],
    medium: ['schemaRegistryBasicAuthUserInfo', 'schemaRegistryBearerAuthToken', 'schemaRegistryListeners'],
  },
  {
    schemaRegistryUrl: guard(
      server(
        'ksql.schema.registry.url',
        'LIST',
        null,
        'URLs of a schema registry; without it the embedded registry is used.',
      ),
    ),
    schemaRegistryBasicAuthUserInfo: server(
      'ksql.schema.registry.basic.auth.user.info',
      'PASSWORD',
      null,
      '`user:password` for the schema registry.',
    ),
    schemaRegistryBearerAuthToken: server(
      'ksql.schema.registry.bearer.auth.token',
      'PASSWORD',
      null,
      'Token that is sent to the schema registry (`Authorization: Bearer`).',
    ),
    schemaRegistryListeners: guard(
      server(
        'schema.registry.listeners',
        'LIST',
        '',
        'Addresses where the embedded registry serves Confluent’s REST API; empty turns it off.',
      ),
    ),
    schemaRegistryTopic: server(
      'schema.registry.topic',
      'STRING',
      null,
      'Topic of the embedded registry on Kafka; services that name the same one share their schemas. Default: `_confluent-ksql-<service id>_schemas`.',
    ),
    missingSchemaWaitMs: from(
      -1,
      query(
        'ksql.query.missing.schema.wait.ms',
        'LONG',
        '-1',
        'How long a persistent query waits at a record whose schema id the schema registry does not know, in ms; after that the record goes to the processing log and those behind it are read. -1: until the schema is registered.',
      ),
    ),
  },
);
