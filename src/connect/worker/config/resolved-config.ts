import { must } from '../../../base/assert.ts';
import { isSluiceError, messageOf } from '../../../base/errors.ts';
import { HIDDEN } from '../../../base/secrets/find.ts';
import { secretsOf } from '../../../base/secrets/hide.ts';
import { typesOf, type ConfigKey, type ConfigProblem, type RawConfig } from '../../api/config-spec.ts';
import type { ConnectorPlugin } from '../../api/connector.ts';
import type { PluginCatalog } from '../plugins/plugin-catalog.ts';
import { badRequest } from '../request-error.ts';
import { resolveSecrets, type SecretSources } from './secrets.ts';

/** A connector's settings as its code receives them. */
export interface ResolvedConfig {
  /** In the connector's own words, with references resolved. */
  readonly raw: RawConfig;
  /** Files that the connector may not use. */
  readonly problems: readonly ConfigProblem[];
  /** References to keys that their files do not contain. */
  readonly lacking: readonly string[];
  /** Texts that must not leave the worker. */
  readonly secrets: readonly string[];
}

/**
 * The only place where references in a connector's settings are resolved and where it is known what must not be shown.
 */
export class ConfigResolver {
  readonly #catalog: PluginCatalog;
  readonly #sources: SecretSources;
  readonly #sharedKeys: (plugin: ConnectorPlugin) => readonly ConfigKey[];

  /** `sharedKeys`: the settings that all connectors of a plugin's type have. */
  constructor(
    catalog: PluginCatalog,
    sources: SecretSources,
    sharedKeys: (plugin: ConnectorPlugin) => readonly ConfigKey[],
  ) {
    this.#catalog = catalog;
    this.#sources = sources;
    this.#sharedKeys = sharedKeys;
  }

  /** Like `resolve`, for a connector that is about to run. @throws RequestError 400 for a file that it may not use */
  async resolveToRun(config: RawConfig): Promise<ResolvedConfig> {
    const unread = Object.keys(config).filter((key) => config[key] === HIDDEN);
    if (unread.length > 0)
      throw badRequest(
        `${unread.join(', ')}: what is stored was encrypted with a key that this server has not. ALTER CONNECTOR … SET gives it anew`,
      );
    const resolved = await this.resolve(config);
    const [problem] = resolved.problems;
    if (problem !== undefined) throw badRequest(`${problem.key}: ${problem.message}`);
    if (resolved.lacking.length > 0) throw badRequest(resolved.lacking.join('\n'));
    return resolved;
  }

  /**
   * @throws RequestError 400 for a reference to something that does not exist, 500 when a file of secrets cannot be
   * read
   */
  async resolve(config: RawConfig): Promise<ResolvedConfig> {
    const { config: looked, secrets, lacking } = await resolveSecrets(this.#catalog.inOwnWords(config), this.#sources);
    const { raw, problems } = await this.#withFiles(looked);
    return { raw, problems, lacking, secrets: this.secretsIn(raw, secrets) };
  }

  /** Replaces paths of files by absolute paths, after checking that they may be used. */
  async #withFiles(config: RawConfig): Promise<Pick<ResolvedConfig, 'raw' | 'problems'>> {
    const sources = this.#sources;
    const plugin = this.#catalog.connectorOf(config);
    const plain = plugin?.config.filter((key) => key.isFile === true) ?? [];
    const places = [
      ...plain
        .flatMap(({ name, aliases = [] }) => [name, ...aliases])
        .map((key) => ({ key, path: (value: string) => value, put: (file: string) => file })),
      ...(plugin?.filesIn ?? []),
    ];
    if (places.length === 0 || sources.allowedFile === undefined) return { raw: config, problems: [] };
    const problems: ConfigProblem[] = [];
    const checked: Record<string, string> = { ...config };
    for (const { key, path, put } of places) {
      const value = checked[key] ?? '';
      const file = path(value);
      if (file === undefined || file === '') continue;
      try {
        checked[key] = put(await sources.allowedFile(file), value);
      } catch (error) {
        problems.push({ key, message: messageOf(error), hint: isSluiceError(error) ? error.hint : undefined });
        continue;
      }
      const side = /^(.*ssl\.(?:truststore|keystore))\.location$/.exec(key)?.[1];
      if (side !== undefined)
        await sources.openStoreAhead?.(must(checked[key], 'path'), checked[`${side}.password`] || undefined);
    }
    return { raw: checked, problems };
  }

  /** The secrets in the settings themselves, and `others`. */
  secretsIn(config: RawConfig, others: readonly string[] = []): readonly string[] {
    const plugin = this.#catalog.connectorOf(config);
    return secretsOf(config, typesOf(plugin && [...this.#sharedKeys(plugin), ...plugin.config]), others);
  }
}
