import { from, group, guard, inert, server, validated } from '../server-key.ts';

/** The Kafka cluster, the name of the service on it, and the service's own topics. */
export const KAFKA_KEYS = group(
  'Apache Kafka and the service',
  { high: ['bootstrapServers', 'serviceId'], medium: ['internalTopicReplicas', 'protectedTopics', 'readonlyTopics'] },
  {
    bootstrapServers: server(
      'bootstrap.servers',
      'LIST',
      null,
      'Brokers of an Apache Kafka cluster; without it the embedded log is used.',
    ),
    serviceId: validated(
      server(
        'ksql.service.id',
        'STRING',
        'default_',
        'Names the cluster: part of internal topics and consumer groups. Letters, digits, `.`, `_` and `-`.',
      ),
      (value) =>
        /^[a-zA-Z0-9._-]*$/.test(String(value as string | null))
          ? undefined
          : 'It is part of the names of topics, which have letters, digits, ., _ and - only',
    ),
    internalTopicReplicas: from(
      1,
      server('ksql.internal.topic.replicas', 'INT', '1', 'Replicas of the command topic.'),
    ),
    serverCommandResponseTimeoutMs: from(
      1,
      server(
        'ksql.server.command.response.timeout.ms',
        'LONG',
        '5000',
        'How long a statement waits for the command log, in ms.',
      ),
    ),
    serverCommandTopicRateLimit: server(
      'ksql.server.command.topic.rate.limit',
      'DOUBLE',
      '1.7976931348623157E308',
      'Statements per second that may change the catalog.',
    ),
    healthcheckIntervalMs: from(
      -1,
      server(
        'ksql.healthcheck.interval.ms',
        'LONG',
        '5000',
        'How long a health check is cached, in ms; -1: not at all.',
      ),
    ),
    readonlyTopics: server(
      'ksql.readonly.topics',
      'LIST',
      '_confluent.*,__confluent.*,_schemas,__consumer_offsets,__transaction_state,connect-configs,connect-offsets,connect-status,connect-statuses',
      'Topics that may be read and not written (patterns).',
    ),
    protectedTopics: guard(
      server(
        'ksql.protected.topics',
        'LIST',
        '_confluent-ksql-.*_command_topic,_confluent-ksql-.*_schemas,_confluent-ksql-.*_secrets,_confluent-ksql-.*_connect_clusters,_confluent-ksql-.*connect-(configs|offsets|status),_schemas,connect-configs,connect-offsets,connect-status,connect-statuses',
        'Topics that no statement and no connector may read or write (patterns): they hold passwords of connectors, and statements.',
      ),
    ),
    hiddenTopics: server(
      'ksql.hidden.topics',
      'LIST',
      '_confluent.*,__confluent.*,_schemas,__consumer_offsets,__transaction_state,connect-configs,connect-offsets,connect-status,connect-statuses',
      'Topics that SHOW TOPICS leaves out (patterns).',
    ),
    persistentPrefix: inert(
      server(
        'ksql.persistent.prefix',
        'STRING',
        'query_',
        'Begins the names of persistent queries in consumer groups.',
      ),
      'groups and state are found by the names that queries have',
    ),
    transientPrefix: inert(
      server('ksql.transient.prefix', 'STRING', 'transient_', 'Begins the names of push queries in consumer groups.'),
      'groups and state are found by the names that queries have',
    ),
  },
);
