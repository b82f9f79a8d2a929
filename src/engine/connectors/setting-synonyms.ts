import type { ConnectorConfig } from '../../connect/client/api.ts';

/**
 * Setting names of other connectors, separated by spaces, and the corresponding names here: the first one that the
 * connector has is meant.
 */
const SYNONYMS: readonly (readonly [words: string, meant: readonly string[]])[] = [
  ['filename file_name file.name filepath file_path file.path path location', ['file']],
  [
    'uri uris urls address addr endpoint endpoints dsn connection connection.string connection.uri connection_url connstr broker brokers broker.url server servers hosts nodes cluster base.url jdbc.url database.url',
    ['url', 'connection.url', 'mqtt.server.uri', 'redis.uri', 'http.api.url'],
  ],
  ['username login uid user.name', ['user', 'connection.user', 'connection.username', 'database.user']],
  ['pass pwd passwd pw', ['password', 'connection.password', 'database.password']],
  ['topics topic.name kafka_topic kafka.topic output target.topic', ['topic', 'kafka.topic']],
  ['database.host db.host', ['database.hostname']],
  ['database.name db.name', ['database.dbname']],
  ['table tables table.whitelist collections', ['tables', 'table.whitelist', 'table.include.list']],
  ['interval poll.interval polling.interval every frequency', ['poll', 'poll.interval.ms', 'max.interval']],
  ['dataset type template sample generator', ['data', 'quickstart']],
  ['records.per.second rps speed', ['rate', 'messages.per.second']],
  ['tasks parallelism threads workers', ['tasks.max']],
  ['collection table index destination', ['index', 'table', 'index.name.format', 'table.name.format']],
  ['topic_prefix prefix', ['prefix', 'topic.prefix']],
];

/** The connector's name for a setting that another connector, or an older version, calls `key`. */
export function synonymOf(key: string, known: ReadonlySet<string>): string | undefined {
  const lower = key.toLowerCase();
  const meant = SYNONYMS.flatMap(([words, names]) => (words.split(' ').includes(lower) ? names : [])).find(
    (name) => name !== key && known.has(name),
  );
  if (meant !== undefined) return meant;
  const now = lower.replace('whitelist', 'include.list').replace('blacklist', 'exclude.list');
  if (now !== lower && known.has(now)) return now;
  // `database.host` is a prefix of `database.hostname`, although by edit distance it is nearer to `database.port`.
  const longer = [...known].filter((name) => name.startsWith(key) && /^[a-z]{1,6}$/.test(name.slice(key.length)));
  return key.length >= 4 && longer.length === 1 ? longer[0] : undefined;
}

/** The advice for a setting that no single setting replaces: a complete sentence that follows the key. */
export function wayInstead(
  key: string,
  written: ConnectorConfig,
  known: ReadonlySet<string>,
  type: 'source' | 'sink' | undefined,
): string | undefined {
  switch (key.toLowerCase()) {
    case 'bucket':
    case 'bucket.name':
    case 's3.bucket':
      return written['connector'] === 's3' && known.has('url')
        ? `url='s3://${written[key] ?? 'bucket'}' says where the objects go.`
        : undefined;
    case 'prefix':
    case 'folder':
    case 'directory':
      return written['connector'] === 's3' && known.has('url')
        ? `url='s3://${written['bucket'] ?? 'bucket'}/${written[key] ?? 'prefix'}' says where the objects go.`
        : undefined;
    case 'schema':
    case 'schema.name':
    case 'database.schema':
      return type === 'source' && known.has('tables')
        ? `The schema stands before the name of a table: tables='${written[key] ?? 'schema'}.name'.`
        : undefined;
    case 'query':
    case 'where':
    case 'filter':
    case 'sql':
      return type === 'sink'
        ? "A sink writes whole streams and tables: CREATE STREAM … AS SELECT … WHERE …; makes one of a query, and sources='name' names it."
        : undefined;
    case 'port':
    case 'host':
    case 'path':
    case 'url':
      return written['connector'] === 'webhook'
        ? 'A webhook listens at the address of this server: POST /hooks/NAME, with the name of the connector.'
        : undefined;
    case 'security.protocol':
    case 'sasl.mechanism':
    case 'sasl.jaas.config':
    case 'bootstrap.servers':
      return 'How Kafka is reached is a setting of the server, not of a connector: leave it out here.';
    default:
      return undefined;
  }
}
