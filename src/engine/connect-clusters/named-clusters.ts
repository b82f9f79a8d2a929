import { commaList } from '../../base/comma-list.ts';
import { SluiceError } from '../../base/errors.ts';
import type { ConnectClient } from '../../connect/client/api.ts';
import type { SealedStore } from '../secrets/sealed-store.ts';

/** Settings of a cluster. References to secrets are resolved at each request. */
export interface ClusterSettings {
  readonly urls: readonly string[];
  readonly credentials: (() => Promise<{ readonly user: string; readonly password: string }>) | undefined;
  /** `ssl.*` as in Kafka; missing ones are taken from ksql.connect. */
  readonly tls: Readonly<Record<string, string>>;
  /** The reference providers that this server resolves in settings of the cluster's connectors. */
  readonly resolves: readonly string[];
}

/** Creates a client. @throws SluiceError CONFIG */
export type OpenCluster = (settings: ClusterSettings) => ConnectClient;

/** The settings of CREATE CONNECT CLUSTER besides `ssl.*`. */
const SETTINGS = ['url', 'user', 'password', 'resolve.secrets'];

/**
 * Connect clusters of CREATE CONNECT CLUSTER, stored encrypted like secrets. Their connectors use the same Kafka, so
 * the topics that they write can be declared here.
 */
export class NamedClusters {
  readonly #kept: SealedStore;
  readonly #secrets: SealedStore;
  readonly #open: OpenCluster | undefined;
  /** Clients by name, with the settings from which they were created. */
  readonly #clients = new Map<string, { readonly text: string; readonly client: ConnectClient }>();

  constructor(kept: SealedStore, secrets: SealedStore, open: OpenCluster | undefined) {
    this.#kept = kept;
    this.#secrets = secrets;
    this.#open = open;
  }

  async names(): Promise<readonly string[]> {
    return (await this.#kept.list()).map((one) => one.name);
  }

  /** The registered name: the given one, or one that differs only in case. */
  async find(name: string): Promise<string | undefined> {
    return await this.#kept.find(name);
  }

  /** @throws SluiceError STATEMENT for unknown settings, or without a URL; CONFIG without a key */
  async put(name: string, settings: Readonly<Record<string, string>>): Promise<void> {
    const unknown = Object.keys(settings).find((key) => !SETTINGS.includes(key) && !key.startsWith('ssl.'));
    if (unknown !== undefined)
      throw new SluiceError('STATEMENT', `${unknown} is no setting of a Connect cluster`, {
        hint: 'They are url, user, password, resolve.secrets, and ssl.* as Kafka has them.',
      });
    if ((settings['url'] ?? '') === '')
      throw new SluiceError('STATEMENT', 'A Connect cluster needs the URL of a worker, or of several', {
        hint: `CREATE CONNECT CLUSTER ${name} WITH (url='http://connect-1:8083,http://connect-2:8083');`,
      });
    this.#clientOf(settings);
    await this.#kept.put(name, settings);
  }

  async drop(name: string): Promise<void> {
    this.#clients.delete(name);
    await this.#kept.drop(name);
  }

  /** Every cluster with its settings, with references unresolved. @throws SluiceError CONFIG */
  async all(): Promise<
    readonly {
      readonly name: string;
      readonly settings: Readonly<Record<string, string>>;
      readonly client: ConnectClient;
    }[]
  > {
    return await Promise.all(
      (await this.names()).map(async (name) => ({
        name,
        settings: (await this.#kept.all(name)) ?? {},
        client: await this.client(name),
      })),
    );
  }

  /** URL of the cluster. */
  async url(name: string): Promise<string> {
    return (await this.#kept.all(name))?.['url'] ?? '';
  }

  /** The client of a registered cluster. @throws SluiceError CONFIG, NOT_FOUND */
  async client(name: string): Promise<ConnectClient> {
    const settings = await this.#kept.all(name);
    if (settings === undefined) throw new SluiceError('NOT_FOUND', `Connect cluster ${name} does not exist`);
    const text = JSON.stringify(settings);
    const known = this.#clients.get(name);
    if (known?.text === text) return known.client;
    const client = this.#clientOf(settings);
    this.#clients.set(name, { text, client });
    return client;
  }

  #clientOf(settings: Readonly<Record<string, string>>): ConnectClient {
    if (this.#open === undefined) throw new SluiceError('CONFIG', 'This engine reaches no Connect clusters');
    const { user, password = '' } = settings;
    return this.#open({
      urls: commaList(settings['url']),
      resolves: commaList(settings['resolve.secrets']),
      credentials:
        user === undefined
          ? undefined
          : async () => ({ user: await this.#resolved(user), password: await this.#resolved(password) }),
      tls: Object.fromEntries(Object.entries(settings).filter(([key]) => key.startsWith('ssl.'))),
    });
  }

  /** Resolves `${secret:name:key}` in a value. */
  async #resolved(text: string): Promise<string> {
    const reference = /^\$\{secret:([^:}]+):([^}]+)\}$/.exec(text);
    if (reference === null) return text;
    const found = await this.#secrets.value(reference[1]!, reference[2]!);
    if ('value' in found) return found.value;
    throw new SluiceError('CONFIG', `${text} cannot be looked up: ${found.missing}`);
  }
}
