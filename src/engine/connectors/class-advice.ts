import { DATABASES, isNamedByUrl } from '../../base/databases.ts';
import { suggestions } from '../../base/suggest.ts';
import { type ConnectClient, type ConnectorConfig, MORE_CONNECTORS } from '../../connect/client/api.ts';
import { formatString } from '../../sql/printer/names.ts';

/** What a class is about, by its name, and the connector here that does the same. */
const KINDS: readonly (readonly [name: RegExp, connector: string])[] = [
  ...DATABASES.map(({ name, schemes }) => [new RegExp([name, ...schemes].join('|'), 'i'), name] as const),
  [/elastic|opensearch/i, 'elasticsearch'],
  [/click_?house/i, 'clickhouse'],
  [/redis/i, 'redis'],
  [/mqtt/i, 'mqtt'],
  [/\bs3|minio|S3(?:Sink|Source)/, 's3'],
  [/webhook/i, 'webhook'],
  [/http|rest(?:sink|source)/i, 'http'],
  [/datagen|faker|simulator|voluble/i, 'datagen'],
];

/** The schemes of the addresses that stand in `url`, and their ports where one must be named. */
const ADDRESSES: Readonly<Record<string, readonly [scheme: string, port?: string]>> = {
  ...Object.fromEntries(
    DATABASES.flatMap(({ name, schemes: [first] }) => (first === undefined ? [] : [[name, [first]]])),
  ),
  elasticsearch: ['http', '9200'],
  clickhouse: ['http', '8123'],
  redis: ['redis', '6379'],
  mqtt: ['mqtt', '1883'],
  http: ['https', '443'],
};

/**
 * The classes of `available` that may be meant by one that is not there: those with a name like it, and those about the
 * same system.
 */
export function classesLike(connectorClass: string, available: readonly string[]): string[] {
  const simple = simpleName(connectorClass);
  const near = new Set(suggestions(simple, available.map(simpleName)));
  const kind = KINDS.find(([name]) => name.test(connectorClass))?.[0];
  return available.filter((name) => near.has(simpleName(name)) || kind?.test(name) === true).toSorted();
}

const simpleName = (name: string): string => (name.split('.').at(-1) ?? name).replace(/Connector$/, '');

/**
 * What stands here in place of a class of another product: the short form with the values that were written, as far as
 * its settings are known. Undefined where no connector of this server is about that system.
 */
export function shortFormInstead(
  connectorClass: string,
  type: 'source' | 'sink',
  written: ConnectorConfig,
  plugins: readonly string[],
  connect: ConnectClient,
): string | undefined {
  const { embedded } = connect;
  const scheme = /^(?:jdbc:)?(\w+):/.exec(written['connection.url'] ?? '')?.[1] ?? '';
  const about = /jdbc/i.test(connectorClass) ? `${connectorClass} ${scheme}` : connectorClass;
  const connector = KINDS.find(([name]) => name.test(about))?.[1];
  if (embedded === undefined || connector === undefined) return undefined;
  const isThere = plugins.some((name) => {
    const plugin = embedded.describePlugin(name);
    return plugin?.type === type && plugin.name.replace(/-(?:source|sink)$/, '') === connector;
  });
  if (!isThere) return undefined;
  const settings = { connector, ...addressOf(connector, written), ...choiceOf(connector, type, written) };
  const shown = Object.entries(settings).map(([key, value]) => `${key}=${formatString(value)}`);
  const log =
    type === 'source' && /debezium/i.test(connectorClass)
      ? ` The log of the database is not read for changes: its tables are polled. Debezium itself runs on a Kafka Connect cluster (ksql.connect.url).`
      : ` ${MORE_CONNECTORS}`;
  return `This server has ${connector} of its own: WITH (${shown.join(', ')}).${log}`;
}

const first = (written: ConnectorConfig, ...keys: readonly string[]): string | undefined =>
  keys.map((key) => written[key]?.trim()).find((value) => value !== undefined && value !== '');

/** The database whose log is read for changes; the tables of others are polled. */
const CAPTURING = DATABASES[0]?.name;

function addressOf(connector: string, written: ConnectorConfig): Record<string, string> {
  const isFile = DATABASES.some(({ name, schemes }) => name === connector && schemes.length === 0);
  if (isFile) return { file: first(written, 'file', 'connection.url')?.replace(/^jdbc:\w+:/, '') ?? '/path/shop.db' };
  if (connector === 's3') return { url: `s3://${first(written, 's3.bucket.name', 'aws.s3.bucket.name') ?? 'bucket'}` };
  const [scheme, usual] = ADDRESSES[connector] ?? [];
  if (scheme === undefined) return {};
  const host = first(written, 'database.hostname', 'connection.host', 'hostname', 'host') ?? 'host';
  const port = first(written, 'database.port', 'connection.port', 'port') ?? usual;
  const isDatabase = isNamedByUrl(connector);
  const user = isDatabase ? first(written, 'database.user', 'connection.user', 'user') : undefined;
  const name = first(written, 'database.dbname', 'database.include.list', 'database.whitelist', 'db.name', 'database');
  const path = isDatabase ? `/${name?.split(',')[0]?.trim() ?? 'database'}` : '';
  const given = first(written, 'url', 'connection.url')?.replace(/^jdbc:/, '');
  const hasPassword = first(written, 'database.password', 'connection.password', 'password') !== undefined;
  return {
    url:
      given ??
      `${scheme}://${user === undefined ? '' : `${user}@`}${host}${port === undefined ? '' : `:${port}`}${path}`,
    ...(isDatabase && hasPassword && { password: '…' }),
  };
}

function choiceOf(connector: string, type: 'source' | 'sink', written: ConnectorConfig): Record<string, string> {
  if (type === 'sink') {
    const topics = first(written, 'topics');
    return topics === undefined ? { sources: first(written, 'sources') ?? '…' } : { topics };
  }
  if (!DATABASES.some(({ name }) => name === connector)) return {};
  const tables = first(written, 'table.include.list', 'table.whitelist', 'tables')
    ?.split(',')
    .map((name) => name.trim().split('.').at(-1) ?? name)
    .join(',');
  const prefix = first(written, 'topic.prefix', 'database.server.name');
  // The log is not read, so rows are found by a number that grows, or as told.
  const mode =
    isNamedByUrl(connector) && connector !== CAPTURING ? { mode: first(written, 'mode') ?? 'incrementing' } : {};
  return { tables: tables ?? '…', ...mode, ...(prefix !== undefined && { prefix: `${prefix}.` }) };
}
