import { DATABASES } from '../../base/databases.ts';
import {
  KAFKA_NEEDS_NONE,
  type ConnectClient,
  type ConnectorConfig,
  MORE_CONNECTORS,
} from '../../connect/client/api.ts';
import { guarded } from '../../connect/client/errors.ts';
import { schemeOf } from './unknown-settings.ts';

/**
 * The connector to which an address belongs if the given one rejects it: `mysql://…` for connector='postgres'.
 * Undefined if the address does not identify a connector, as http:// does not, or if it belongs to the given one.
 */
export async function foreignUrlAdvice(
  written: ConnectorConfig,
  type: 'source' | 'sink',
  connect: ConnectClient,
): Promise<string | undefined> {
  const { embedded } = connect;
  const address = written['url'] ?? written['connection.url'] ?? '';
  const named = written['connector'];
  const own = schemeOf(named ?? '');
  // An address without a scheme: host:port/path, without a password, which is not to be shown.
  if (own !== undefined && /^(?:[^\s@/:]+@)?[\w.-]+(?::\d+)?(?:\/\S*)?$/.test(address.trim()))
    return `The kind of the address stands before it: url='${own}://${address.trim()}'.`;
  const bucket = /^https?:\/\/([\w.-]+)\.s3[\w.-]*\.amazonaws\.com(\/\S*)?$/.exec(address.trim());
  if (own === 's3' && bucket !== null)
    return `The bucket and the prefix are named: url='s3://${bucket[1]}${bucket[2] ?? ''}'.`;
  const scheme = /^(?:jdbc:)?([a-z][a-z0-9+-]{1,20}):/i.exec(address.trim())?.[1]?.toLowerCase();
  if (embedded === undefined || scheme === undefined || /^https?$/.test(scheme)) return undefined;
  const meant = connectorOf(scheme);
  if (named !== undefined && meant === connectorOf(named)) return undefined;
  if (scheme === 'kafka') return KAFKA_NEEDS_NONE;
  const plugins = await guarded(() => connect.plugins(true), 'Failed to list connector plugins: ');
  const isThere = plugins.some(({ class: name }) => {
    const found = embedded.describePlugin(name);
    return found?.type === type && found.name.replace(/-(?:source|sink)$/, '') === meant;
  });
  if (isThere) return `${scheme}: begins an address of another kind: connector='${meant}' takes it.`;
  return /^(?:mongodb|mongodb\+srv|oracle|sqlserver|mssql|cassandra|snowflake|bigquery|db2|sftp|ftp|amqp|nats)$/.test(
    scheme,
  )
    ? `No connector of this server takes ${scheme}: addresses. ${MORE_CONNECTORS}`
    : undefined;
}

/** The connector whose short form accepts addresses with that scheme. */
function connectorOf(scheme: string): string {
  const database = DATABASES.find(({ name, schemes }) => name === scheme || schemes.includes(scheme));
  return database?.name ?? scheme.replace(/^(rediss|mqtts)$/, (tls) => tls.slice(0, -1)).replace(/-sentinel$/, '');
}
