import { must } from '../../base/assert.ts';
import { hideSecrets } from '../../base/secrets/hide.ts';
import { REFERENCE, refersTo } from '../../base/secrets/references.ts';
import {
  ConnectRequestError,
  type ConnectClient,
  type ConnectorConfig,
  type ConnectorInfo,
  type ConnectorStatus,
} from './api.ts';
import { withReferences } from './config-errors.ts';

/** Resolves the references of some providers in a config. Rejects when one cannot be resolved. */
export type LookUp = (config: ConnectorConfig) => Promise<ConnectorConfig>;

/**
 * The setting of a connector that contains its resolved references, as JSON by setting, so that any server finds them
 * there. It is base64, because Connect's workers would resolve the references themselves, and masking by REST proxies
 * would mistake parts of them for secrets.
 */
const KEPT = 'sluice.references';

/**
 * A Connect cluster that gets the settings of connectors with their references resolved, which makes them clear text
 * there. Callers of this client get the references back.
 * @param providers whose references are resolved; others are passed on
 */
export function resolvingClient(cluster: ConnectClient, providers: readonly string[], lookUp: LookUp): ConnectClient {
  if (providers.length === 0) return cluster;
  /** Secret texts by connector, to be hidden in messages. */
  const secrets = new Map<string, readonly string[]>();

  const toCluster = async (config: ConnectorConfig): Promise<ConnectorConfig> => {
    const references = Object.entries(config).filter(([, text]) => refersTo(text, providers));
    if (references.length === 0) return config;
    const resolved = await lookUp(config);
    return { ...resolved, [KEPT]: encoded(Object.fromEntries(references)) };
  };
  const fromCluster = (name: string, config: ConnectorConfig): ConnectorConfig => {
    const { references, texts } = readBack(config, providers);
    secrets.set(name, texts);
    const { [KEPT]: _, ...shown } = { ...config, ...references };
    return shown;
  };
  const infoFrom = (info: ConnectorInfo): ConnectorInfo => ({ ...info, config: fromCluster(info.name, info.config) });
  const statusFrom = (name: string, status: ConnectorStatus): ConnectorStatus => {
    const clean = <T extends { readonly trace?: string }>(part: T): T =>
      part.trace === undefined ? part : { ...part, trace: hideSecrets(part.trace, secrets.get(name) ?? []) };
    return { ...status, connector: clean(status.connector), tasks: status.tasks.map(clean) };
  };
  /** Sends settings, and hides their secrets in a refusal that may repeat them. */
  const sending = async <T>(config: ConnectorConfig, send: (config: ConnectorConfig) => Promise<T>): Promise<T> => {
    const sent = await toCluster(config);
    try {
      return await send(sent);
    } catch (error) {
      const message =
        error instanceof ConnectRequestError && hideSecrets(error.message, readBack(sent, providers).texts);
      throw message === false || message === (error as Error).message
        ? error
        : new ConnectRequestError((error as ConnectRequestError).status, message);
    }
  };

  return {
    ...cluster,
    references: {
      providers,
      reload: async (names) => {
        const reloaded: string[] = [];
        for (const name of names) {
          const stored = await cluster.config(name);
          const config = fromCluster(name, stored);
          if (config['config.action.reload']?.toLowerCase() === 'none') continue;
          const fresh = await toCluster(config);
          if (Object.entries(fresh).every(([key, value]) => stored[key] === value)) continue;
          await sending(config, (sent) => cluster.putConfig(name, sent));
          reloaded.push(name);
        }
        return reloaded;
      },
    },
    create: async (name, config, initialState) =>
      infoFrom(await sending(config, (sent) => cluster.create(name, sent, initialState))),
    putConfig: async (name, config) => infoFrom(await sending(config, (sent) => cluster.putConfig(name, sent))),
    patchConfig: async (name, changes) => {
      const config = { ...fromCluster(name, await cluster.config(name)) };
      for (const [key, value] of Object.entries(changes)) {
        if (value === null) delete config[key];
        else config[key] = value;
      }
      return infoFrom(await sending(config, (sent) => cluster.putConfig(name, sent)));
    },
    validate: async (connectorClass, config) => {
      const sent = await toCluster(config);
      const { references, texts } = readBack(sent, providers);
      const { [KEPT]: _, ...resolved } = sent;
      const infos = await cluster.validate(connectorClass, resolved);
      return withReferences(infos, references, (text) => hideSecrets(text, texts));
    },
    list: async () =>
      Object.fromEntries(
        Object.entries(await cluster.list()).map(([name, { info, status }]) => [
          name,
          {
            ...(info && { info: infoFrom(info) }),
            ...(status && { status: statusFrom(name, status) }),
          },
        ]),
      ),
    info: async (name) => infoFrom(await cluster.info(name)),
    config: async (name) => fromCluster(name, await cluster.config(name)),
    status: async (name) => {
      const status = await cluster.status(name);
      const hasTrace = [status.connector, ...status.tasks].some((part) => part.trace !== undefined);
      // Another server may have created it.
      if (hasTrace && !secrets.has(name)) fromCluster(name, await cluster.config(name));
      return statusFrom(name, status);
    },
    delete: async (name) => {
      await cluster.delete(name);
      secrets.delete(name);
    },
  };
}

/**
 * The references in a config before they were resolved, and their resolved texts. A setting that has since been changed
 * in the cluster keeps its value from there.
 */
function readBack(
  config: ConnectorConfig,
  providers: readonly string[],
): { readonly references: ConnectorConfig; readonly texts: readonly string[] } {
  const references: Record<string, string> = {};
  const texts: string[] = [];
  for (const [key, reference] of Object.entries(keptIn(config))) {
    const stands = standsFor(reference, config[key] ?? '', providers);
    if (stands === undefined) continue;
    references[key] = reference;
    texts.push(...stands);
  }
  return { references, texts: texts.filter((text) => text !== '').toSorted((a, b) => b.length - a.length) };
}

function encoded(references: ConnectorConfig): string {
  return Buffer.from(JSON.stringify(references), 'utf8').toString('base64');
}

function keptIn(config: ConnectorConfig): Readonly<Record<string, string>> {
  try {
    const kept: unknown = JSON.parse(Buffer.from(config[KEPT] ?? '', 'base64').toString('utf8'));
    return typeof kept === 'object' && kept !== null
      ? Object.fromEntries(
          Object.entries(kept).filter((entry): entry is [string, string] => typeof entry[1] === 'string'),
        )
      : {};
  } catch {
    return {};
  }
}

/** The parts of a value at the positions of its references; undefined when the value does not match the reference. */
function standsFor(reference: string, value: string, providers: readonly string[]): readonly string[] | undefined {
  const literal = (text: string): string => text.replaceAll(/[.*+?^${}()|[\]\\]/g, '\\$&');
  let pattern = '';
  let at = 0;
  for (const found of reference.matchAll(REFERENCE)) {
    const isOurs = providers.includes(must(found[1], 'group 1 of the match'));
    pattern += literal(reference.slice(at, found.index)) + (isOurs ? '([^]*)' : literal(found[0]));
    at = found.index + found[0].length;
  }
  return new RegExp(`^${pattern}${literal(reference.slice(at))}$`).exec(value)?.slice(1);
}
