import { hideSecrets, secretsOf } from '../../base/secrets/hide.ts';
import { maskSettings, type TypeOfSetting } from '../../base/secrets/mask.ts';
import { withErrors } from '../../connect/client/config-errors.ts';
import type { ConfigInfos, ConnectClient, ConnectorConfig, ConnectorStatus } from '../../connect/client/api.ts';

/** Types of settings by plugin class, for clusters that have been asked. */
const tables = new WeakMap<ConnectClient, Map<string, Promise<ReadonlyMap<string, string>>>>();

/**
 * A config in a form that may be shown: masked by the plugin's own definitions, and by name for settings that they do
 * not define (of a converter or a transform).
 */
export async function maskConfig(connect: ConnectClient, config: ConnectorConfig): Promise<ConnectorConfig> {
  return connect.embedded?.maskConfig(config) ?? maskSettings(config, await typesOf(connect, config));
}

/** A function that removes the secrets of settings from texts of Connect or a plugin. */
export async function hiderOf(
  connect: ConnectClient,
  ...configs: readonly ConnectorConfig[]
): Promise<(text: string) => string> {
  const secrets: string[] = [];
  for (const config of configs) secrets.push(...secretsOf(config, await typesOf(connect, config)));
  return (text) => hideSecrets(text, secrets);
}

/** A status whose traces contain no secret of the connector. */
export async function maskStatus(
  connect: ConnectClient,
  status: ConnectorStatus,
  config: ConnectorConfig,
): Promise<ConnectorStatus> {
  // The embedded worker also knows the secrets behind references, and has hidden them.
  if (connect.embedded !== undefined) return status;
  const hide = await hiderOf(connect, config);
  const clean = <T extends { readonly trace?: string }>(part: T): T =>
    part.trace === undefined ? part : { ...part, trace: hide(part.trace) };
  return { ...status, connector: clean(status.connector), tasks: status.tasks.map(clean) };
}

/** Validation results whose messages contain no secret of the settings. */
export async function maskInfos(
  connect: ConnectClient,
  infos: ConfigInfos,
  config: ConnectorConfig,
): Promise<ConfigInfos> {
  return infos.error_count === 0 ? infos : withErrors(infos, await hiderOf(connect, config));
}

const NONE: ReadonlyMap<string, string> = new Map();

async function typesOf(connect: ConnectClient, config: ConnectorConfig): Promise<TypeOfSetting> {
  const connectorClass = config['connector.class'];
  if (connectorClass === undefined) return () => undefined;
  let known = tables.get(connect);
  if (!known) tables.set(connect, (known = new Map()));
  let found = known.get(connectorClass);
  if (!found) {
    found = connect.pluginConfig(connectorClass).then((keys) => new Map(keys.map((k) => [k.name, k.type])));
    known.set(connectorClass, found);
    // For a worker that does not answer, or does not know the plugin, names must suffice; it is asked again later.
    found.catch(() => known.delete(connectorClass));
  }
  const types = await found.catch(() => NONE);
  return (name) => types.get(name);
}
