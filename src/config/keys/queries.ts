import { group, inert, query, server } from '../server-key.ts';

/** Client queries: their number, duration and memory. */
export const QUERY_KEYS = group(
  'Push and pull queries',
  {
    high: [],
    medium: [
      'maxPushQueries',
      'queryPullMaxMemory',
      'queryPullMaxQps',
      'queryPullMaxConcurrentRequests',
      'queryPushMaxBufferedBytes',
      'queryReaderStalledTimeoutMs',
      'queryPushV2Enabled',
    ],
  },
  {
    maxPushQueries: server('ksql.max.push.queries', 'INT', '100', 'Most push queries at once.'),
    queryPushMaxBufferedBytes: server(
      'ksql.query.push.max.buffered.bytes',
      'LONG',
      '4194304',
      'About what the rows of one push query that wait for its client may take in memory. What is beyond waits in the topic: the query goes on as its client takes rows.',
    ),
    queryReaderStalledTimeoutMs: server(
      'ksql.query.reader.stalled.timeout.ms',
      'LONG',
      '300000',
      'A client that takes nothing of an answer that waits for it (push and pull queries, PRINT, events) for so long, in ms, is told so and its connection is cut; 0: never.',
    ),
    queryPullMaxQps: server('ksql.query.pull.max.qps', 'INT', '2147483647', 'Pull queries per second.'),
    queryPullMaxConcurrentRequests: server(
      'ksql.query.pull.max.concurrent.requests',
      'INT',
      '2147483647',
      'Pull queries at once.',
    ),
    queryPullMaxMemory: query(
      'ksql.query.pull.max.memory',
      'LONG',
      '268435456',
      'Bytes that one pull query may hold: groups, sorted and distinct rows, joined sources, rows of a table that only a topic has. What streams through does not count.',
    ),
    queryPullTableScanEnabled: query(
      'ksql.query.pull.table.scan.enabled',
      'BOOLEAN',
      'true',
      'Allow pull queries that read a whole table.',
    ),
    queryPullRangeScanEnabled: query(
      'ksql.query.pull.range.scan.enabled',
      'BOOLEAN',
      'true',
      'Allow pull queries over a range of keys.',
    ),
    queryPullStreamEnabled: query(
      'ksql.query.pull.stream.enabled',
      'BOOLEAN',
      'true',
      'Allow pull queries on streams.',
    ),
    queryPullInterpreterEnabled: inert(
      query('ksql.query.pull.interpreter.enabled', 'BOOLEAN', 'true', 'Interpret expressions of pull queries.'),
      'pull queries are compiled',
    ),
    queryPullLimitClauseEnabled: query(
      'ksql.query.pull.limit.clause.enabled',
      'BOOLEAN',
      'true',
      'Allow LIMIT in pull queries.',
    ),
    queryPullMaxAllowedOffsetLag: inert(
      query(
        'ksql.query.pull.max.allowed.offset.lag',
        'LONG',
        '9223372036854775807',
        'Largest lag of a standby that may answer.',
      ),
      'there are no standbys',
    ),
    queryPullEnableStandbyReads: inert(
      query('ksql.query.pull.enable.standby.reads', 'BOOLEAN', 'false', 'Let standbys answer pull queries.'),
      'there are no standbys',
    ),
    queryPullConsistencyTokenEnabled: inert(
      query('ksql.query.pull.consistency.token.enabled', 'BOOLEAN', 'false', 'Send consistency tokens.'),
      'a pull query reads the last commit of the server that has the row',
    ),
    queryPushV2Enabled: query(
      'ksql.query.push.v2.enabled',
      'BOOLEAN',
      'false',
      'Serve push queries from the running query.',
    ),
    queryPushV2RegistryInstalled: inert(
      query('ksql.query.push.v2.registry.installed', 'BOOLEAN', 'false', 'Install the registry of push queries.'),
      'push queries need no registry',
    ),
    queryPushV2NewLatestDelayMs: inert(
      query(
        'ksql.query.push.v2.new.latest.delay.ms',
        'LONG',
        '5000',
        'Wait before a push query reads new records, in ms.',
      ),
      'a push query stands at its first offsets before it answers',
    ),
    queryPushV2ContinuationTokensEnabled: inert(
      query('ksql.query.push.v2.continuation.tokens.enabled', 'BOOLEAN', 'false', 'Send continuation tokens.'),
      'a push query that is asked again begins anew',
    ),
  },
);
