import { secretsOf } from '../../base/secrets/hide.ts';
import { typesOf, type ConfigKey, type RawConfig } from '../api/config-spec.ts';
import type { ConnectorPlugin } from '../api/connector.ts';
import type { PluginCatalog } from './plugin-catalog.ts';
import { resolveSecrets, type SecretSources } from './secrets.ts';

/** A connector's settings as its code gets them. */
export interface ResolvedConfig {
  /** In the connector's own words, references replaced by what they stand for. */
  readonly raw: RawConfig;
  /** Texts that nothing which leaves the worker may hold. */
  readonly secrets: readonly string[];
}

/** The one place where references in a connector's settings are looked up, and where it is known what must not be shown. */
export class ConfigResolver {
  private readonly catalog: PluginCatalog;
  private readonly sources: SecretSources;
  private readonly sharedKeys: (plugin: ConnectorPlugin) => readonly ConfigKey[];

  /** `sharedKeys`: what all connectors of a plugin's kind have. */
  constructor(
    catalog: PluginCatalog,
    sources: SecretSources,
    sharedKeys: (plugin: ConnectorPlugin) => readonly ConfigKey[],
  ) {
    this.catalog = catalog;
    this.sources = sources;
    this.sharedKeys = sharedKeys;
  }

  /** @throws RequestError 500 when a file of secrets cannot be read */
  async resolve(config: RawConfig): Promise<ResolvedConfig> {
    const { config: raw, secrets } = await resolveSecrets(this.catalog.inOwnWords(config), this.sources);
    return { raw, secrets: this.secretsIn(raw, secrets) };
  }

  /** The secrets that stand in the settings themselves, and `others`. */
  secretsIn(config: RawConfig, others: readonly string[] = []): readonly string[] {
    const plugin = this.catalog.connectorOf(config);
    return secretsOf(config, typesOf(plugin && [...this.sharedKeys(plugin), ...plugin.config]), others);
  }
}
