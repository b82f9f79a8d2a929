import type { Catalog } from '../../../catalog/catalog.ts';
import { formatName } from '../../../sql/printer/names.ts';
import { SluiceError } from '../../../base/errors.ts';
import { didYouMean } from '../../../base/suggest.ts';
import type { ConnectClient, ConnectorConfig } from '../../../connect/client/api.ts';
import { guarded } from '../../../connect/client/errors.ts';
import type { ConnectorName, ConnectorProperty } from '../../../sql/ast/connectors.ts';
import type { Services } from '../../services.ts';

/** Common to executors of connector statements: Connect itself, names of connectors, settings as written. */

/** The Connect of a statement. @throws SluiceError CONNECT_UNAVAILABLE when the server has none */
export function requireConnect(services: Services): ConnectClient {
  if (services.connect) return services.connect;
  throw new SluiceError('CONNECT_UNAVAILABLE', 'No Kafka Connect worker is configured', {
    hint: 'Remove ksql.connect.url=none, or set ksql.connect.url to the URL of a Connect cluster.',
  });
}

/** The connector's name in Connect: the given one, or one that differs only in case. */
export async function findConnector(connect: ConnectClient, name: string): Promise<string | undefined> {
  const names = Object.keys(await guarded(() => connect.list(), 'Failed to list connectors: '));
  return names.includes(name) ? name : names.find((n) => n.toLowerCase() === name.toLowerCase());
}

/** Like findConnector. @throws SluiceError NOT_FOUND */
export async function resolveName(connect: ConnectClient, name: ConnectorName): Promise<string> {
  const found = await findConnector(connect, name.name);
  if (found === undefined) throw await unknownConnector(connect, name, '');
  return found;
}

export async function unknownConnector(
  connect: ConnectClient,
  name: ConnectorName,
  prefix: string,
  catalog?: Catalog,
): Promise<SluiceError> {
  const names = Object.keys(await connect.list());
  return new SluiceError('NOT_FOUND', `${prefix}Connector ${name.name} not found`, {
    span: name.span,
    hint: didYouMean(name.name, names) ?? ofSource(name.name, catalog) ?? 'SHOW CONNECTORS; lists the connectors.',
  });
}

function ofSource(name: string, catalog: Catalog | undefined): string | undefined {
  const found = catalog?.source(name.toUpperCase());
  return found && `${found.name} is a ${found.kind.toLowerCase()}: DESCRIBE ${formatName(found.name)};`;
}

/** A connector's WITH clause as the map of settings that Connect expects. */
export function toConfig(properties: readonly ConnectorProperty[]): ConnectorConfig {
  return Object.fromEntries(properties.map((p) => [p.key, p.value]));
}
