import { from, group, inert, query, server } from '../server-key.ts';

/** The execution of persistent queries. */
export const STREAMS_KEYS = group(
  'Persistent queries (Kafka Streams’ names)',
  {
    high: ['autoOffsetReset'],
    medium: [
      'processingGuarantee',
      'commitIntervalMs',
      'queryThreads',
      'numStreamThreads',
      'cacheMaxBytesBuffering',
      'replicationFactor',
    ],
  },
  {
    autoOffsetReset: query(
      'ksql.streams.auto.offset.reset',
      'STRING',
      'latest',
      'Where a query begins to read its streams: earliest or latest. Tables are read from their beginning.',
      ['earliest', 'latest', 'none'],
    ),
    processingGuarantee: query(
      'ksql.streams.processing.guarantee',
      'STRING',
      'exactly_once_v2',
      'On Kafka: exactly_once_v2 or at_least_once. The embedded log is always exactly once.',
      ['exactly_once_v2', 'at_least_once', 'exactly_once', 'exactly_once_beta'],
    ),
    commitIntervalMs: query(
      'ksql.streams.commit.interval.ms',
      'LONG',
      '100',
      'Longest time between two commits of a query, in ms.',
    ),
    queryThreads: server(
      'query.threads',
      'INT',
      null,
      'Embedded log: worker threads that run the persistent queries, each query in one; 0: in the thread that serves clients. Default: the cores less one, 1 at least, 8 at most. On Kafka see ksql.streams.num.stream.threads.',
    ),
    numStreamThreads: from(1, query('ksql.streams.num.stream.threads', 'INT', '1', 'Worker threads of a query.')),
    cacheMaxBytesBuffering: query(
      'ksql.streams.cache.max.bytes.buffering',
      'LONG',
      '10000000',
      'Above 0 an aggregation tells its changes once per commit, each key with its latest state; 0 forwards every update at once. Push queries forward every update unless it is set.',
    ),
    statestoreCacheMaxBytes: query(
      'ksql.streams.statestore.cache.max.bytes',
      'LONG',
      '10000000',
      'As cache.max.bytes.buffering.',
    ),
    maxTaskIdleMs: from(
      -1,
      query(
        'ksql.streams.max.task.idle.ms',
        'LONG',
        '0',
        'How long a task that has records of some of its inputs waits until others are written, in ms. What is written is always waited for.',
      ),
    ),
    replicationFactor: from(-1, query('ksql.streams.replication.factor', 'INT', '1', 'Replicas of internal topics.')),
    numStandbyReplicas: inert(
      query('ksql.streams.num.standby.replicas', 'INT', '0', 'Copies of each state on other servers.'),
      'there are no standbys',
    ),
    maxRequestSize: from(
      1,
      query('ksql.streams.max.request.size', 'INT', '1048576', 'Largest record batch that is written, in bytes.'),
    ),
    maxPollRecords: inert(
      from(1, query('ksql.streams.max.poll.records', 'INT', '500', 'Most records of one poll.')),
      'polls are bounded by bytes',
    ),
    fetchMaxBytes: inert(
      query('ksql.streams.fetch.max.bytes', 'INT', '4194304', 'Most bytes of one poll.'),
      'the bytes of one poll follow from what a commit may hold',
    ),
    sessionTimeoutMs: from(
      1,
      query(
        'ksql.streams.session.timeout.ms',
        'INT',
        '45000',
        'On Kafka: how long a server, or a thread of one, may be silent before others take its tasks over, in ms.',
      ),
    ),
    heartbeatIntervalMs: from(
      1,
      query(
        'ksql.streams.heartbeat.interval.ms',
        'INT',
        '1000',
        'On Kafka: how often a member of a query’s group is heard of, in ms. Shorter than Kafka’s 3000: a thread that joins waits so long for the others to hear of it.',
      ),
    ),
    requestTimeoutMs: from(
      1,
      query('ksql.streams.request.timeout.ms', 'INT', '30000', 'Time-out of a request to Kafka, in ms.'),
    ),
    queryRetryBackoffInitialMs: server(
      'ksql.query.retry.backoff.initial.ms',
      'LONG',
      '1000',
      'First wait before a failed query is started again, in ms.',
    ),
    queryRetryBackoffMaxMs: server('ksql.query.retry.backoff.max.ms', 'LONG', '900000', 'Longest such wait, in ms.'),
    queryErrorMaxQueueSize: server(
      'ksql.query.error.max.queue.size',
      'INT',
      '10',
      'How many errors of a query are kept.',
    ),
    queryPersistentActiveLimit: server(
      'ksql.query.persistent.active.limit',
      'INT',
      '2147483647',
      'Most persistent queries.',
    ),
  },
);
