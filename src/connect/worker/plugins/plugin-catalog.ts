import { RequestError } from '../request-error.ts';
import type { RawConfig, ConfigKey } from '../../api/config-spec.ts';
import type { ConnectorPlugin } from '../../api/connector.ts';
import type { RecordPlugins, WorkerConverter, WorkerPredicate, WorkerTransform } from '../../api/apart.ts';
import type { PluginDescription, PluginInfo } from '../../client/api.ts';
import { CONNECT_VERSION } from '../rest/connect-version.ts';
import { nearest } from '../../../base/suggest.ts';
import { keyInfo } from '../config/config-infos.ts';

/** Plugins of every kind. */
export type AllPlugins = RecordPlugins & { readonly connectors: readonly ConnectorPlugin[] };

/** The plugins of this worker, by class name, simple name and alias. */
export class PluginCatalog {
  #parts: AllPlugins;
  /** All plugins with a name: several may share an alias. */
  readonly #byName = new Map<string, ConnectorPlugin[]>();

  constructor(parts: AllPlugins) {
    this.#parts = parts;
    this.#index();
  }

  get connectors(): readonly ConnectorPlugin[] {
    return this.#parts.connectors;
  }
  get converters(): readonly WorkerConverter[] {
    return this.#parts.converters;
  }
  get transforms(): readonly WorkerTransform[] {
    return this.#parts.transforms;
  }
  get predicates(): readonly WorkerPredicate[] {
    return this.#parts.predicates;
  }

  /** Replaces plugins, for example by those of changed modules. */
  exchange(before: AllPlugins, after: AllPlugins): void {
    const changed = <T>(all: readonly T[], old: readonly T[], now: readonly T[]): T[] => [
      ...all.filter((plugin) => !old.includes(plugin)),
      ...now,
    ];
    const all = this.#parts;
    this.#parts = {
      connectors: changed(all.connectors, before.connectors, after.connectors),
      converters: changed(all.converters, before.converters, after.converters),
      transforms: changed(all.transforms, before.transforms, after.transforms),
      predicates: changed(all.predicates, before.predicates, after.predicates),
    };
    this.#index();
  }

  #index(): void {
    this.#byName.clear();
    for (const plugin of this.connectors) {
      for (const name of connectorNames(plugin)) this.#byName.set(name, [...(this.#byName.get(name) ?? []), plugin]);
    }
  }

  /** The connector of a name; if there are several, the first, which handles configs that belong to no other. */
  connectorNamed(name: string): ConnectorPlugin | undefined {
    return this.#byName.get(name.trim())?.[0];
  }

  /** The connector of a config; if several have its class, the one that claims the config. */
  connectorOf(config: RawConfig): ConnectorPlugin | undefined {
    const all = this.#byName.get((config['connector.class'] ?? '').trim()) ?? [];
    return all.length < 2 ? all[0] : (all.find((plugin) => plugin.isFor?.(config) === true) ?? all[0]);
  }

  /** A config in the connector's own words, with the settings that follow from it. */
  inOwnWords(config: RawConfig): RawConfig {
    const plugin = this.connectorOf(config);
    const words = plugin?.otherWords;
    const isTranslated = words?.keys.some((key) => config[key] !== undefined) === true;
    const own = isTranslated && words !== undefined ? words.translate(config) : config;
    const implied = plugin?.impliedSettings?.(own);
    return implied === undefined ? own : { ...implied, ...own };
  }

  /** The full class name for a name: the name itself, or, for a short name, that of the first plugin that has it. */
  classNamed(name: string): string {
    const plugin = this.connectorNamed(name);
    if (!plugin || name.includes('.')) return name.trim();
    const tail = name.trim();
    const named = [plugin.className, ...plugin.aliases].find(
      (full) => full.includes('.') && [tail, `${tail}Connector`].includes(full.slice(full.lastIndexOf('.') + 1)),
    );
    return named ?? plugin.className;
  }

  /** @throws RequestError 400, naming the nearest class and listing all */
  requireConnector(config: RawConfig): ConnectorPlugin {
    const plugin = this.connectorOf(config);
    if (plugin) return plugin;
    const name = config['connector.class'] ?? '';
    const guess = nearest(name, [...this.#byName.keys()]);
    throw new RequestError(
      400,
      `org.apache.kafka.connect.errors.ConnectException: Failed to find any class that implements Connector and which name matches ${name}` +
        `, available connectors are: ${this.connectorClasses()
          .map((p) => `${p.class} (${p.type})`)
          .join(', ')}${guess === undefined ? '' : `. Did you mean ${guess}?`}`,
    );
  }

  /**
   * The plugin for `connector='name'`: if a source and a sink share the name, the one of `type`, by default the source.
   */
  blessedNamed(name: string, type?: 'source' | 'sink'): ConnectorPlugin | undefined {
    const wanted = name.trim().toLowerCase();
    const fits = this.connectors.filter((p) => p.shortForm && (p.name === wanted || p.name === `${wanted}-${p.type}`));
    return fits.find((p) => p.type === (type ?? 'source')) ?? fits[0];
  }

  converterNamed(name: string): WorkerConverter | undefined {
    return this.converters.find((c) => c.className === name || c.aliases.includes(name));
  }
  transformNamed(name: string): WorkerTransform | undefined {
    return this.transforms.find((t) => t.className === name || t.aliases.includes(name));
  }
  predicateNamed(name: string): WorkerPredicate | undefined {
    return this.predicates.find((p) => p.className === name || p.aliases.includes(name));
  }

  /** One row per class, including aliases that are full class names, since tools look for them. */
  connectorClasses(): PluginInfo[] {
    const rows = this.connectors.flatMap((plugin) =>
      [plugin.className, ...plugin.aliases.filter((a) => a.includes('.'))].map((name) => ({
        class: name,
        type: plugin.type,
        version: plugin.version,
      })),
    );
    return rows
      .filter((row, i) => rows.findIndex((other) => other.class === row.class) === i)
      .sort((a, b) => (a.type === b.type ? compare(a.class, b.class) : compare(a.type, b.type)));
  }

  allClasses(): PluginInfo[] {
    const of = (type: string, list: readonly { className: string; version?: string | undefined }[]): PluginInfo[] =>
      list
        .map((p) => ({ class: p.className, type, ...(p.version !== undefined && { version: p.version }) }))
        .sort((a, b) => compare(a.class, b.class));
    return [
      ...this.connectorClasses(),
      ...of('transformation', this.transforms),
      ...of('predicate', this.predicates),
      ...of('converter', this.converters),
      ...of('header_converter', this.converters),
      { class: SIMPLE_HEADER_CONVERTER, type: 'header_converter', version: CONNECT_VERSION },
    ];
  }

  /** The settings of any plugin, for GET /connector-plugins/{class}/config. */
  configOf(name: string): readonly ConfigKey[] | undefined {
    return (
      this.connectorNamed(name)?.config ??
      this.converterNamed(name)?.config ??
      this.transformNamed(name)?.config ??
      this.predicateNamed(name)?.config ??
      (name === SIMPLE_HEADER_CONVERTER ? [] : undefined)
    );
  }

  describe(name: string): PluginDescription | undefined {
    const plugin = this.connectorNamed(name) ?? this.blessedNamed(name);
    if (!plugin) return undefined;
    return {
      name: plugin.name,
      className: plugin.className,
      aliases: plugin.aliases,
      type: plugin.type,
      version: plugin.version,
      doc: plugin.doc,
      shortForm: (plugin.shortForm?.keys ?? []).map((k) => ({
        name: k.name,
        sets: k.sets,
        doc: k.doc,
        required: k.required ?? false,
      })),
      config: plugin.config.map((key) => keyInfo(key)),
    };
  }
}

export const SIMPLE_HEADER_CONVERTER = 'org.apache.kafka.connect.storage.SimpleHeaderConverter';

/** The class name, its simple name, and that without `Connector`; the same for every alias; the short name. */
export function connectorNames(plugin: ConnectorPlugin): string[] {
  const names = [plugin.className, ...plugin.aliases].flatMap((full) => {
    const simple = full.slice(full.lastIndexOf('.') + 1);
    return [full, simple, simple.replace(/Connector$/, '')];
  });
  return [...new Set([...names, plugin.name])];
}

function compare(a: string, b: string): number {
  return a < b ? -1 : a > b ? 1 : 0;
}

/**
 * `task.class`, which Connect adds to tasks' settings: named after the connector, in its package or, like the JDBC
 * connectors' tasks, in a package of its own.
 */
export function taskClass(className: string): string {
  return className
    .replace(/Connector$/, 'Task')
    .replace(
      /\.connect\.jdbc\.(?=Jdbc(Source|Sink)Task$)/,
      (_, kind: string) => `.connect.jdbc.${kind.toLowerCase()}.`,
    );
}

/** All names by which a config may refer to one of these plugins. */
export function classesOf(plugins: AllPlugins): string[] {
  const parts = [...plugins.converters, ...plugins.transforms, ...plugins.predicates];
  return [
    ...plugins.connectors.flatMap(connectorNames),
    ...parts.flatMap(({ className, aliases }) => [className, ...aliases]),
  ];
}
