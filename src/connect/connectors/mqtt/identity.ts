import type { Config } from '../../api/config-spec.ts';
import type { OffsetMap } from '../../api/record.ts';
import { parseAddresses } from './address.ts';
import { CONNECTION } from './connection-keys.ts';

/** The addresses of a server, without any login. */
export function addressesText(config: Config): string {
  const addresses = parseAddresses(config.get(CONNECTION.uri));
  return typeof addresses === 'string' ? '' : addresses.map(({ url }) => url).join(',');
}

/** A task's client id. */
export function clientIdOf(config: Config, connector: string, task: number): string {
  const name = config.get(CONNECTION.clientId) ?? `sluice-${connector}`;
  return task === 0 ? name : `${name}-${task}`;
}

/** The session of a client, as a partition of the source. */
export function partitionOf(config: Config, clientId: string): OffsetMap {
  return { server: addressesText(config), client: clientId };
}
