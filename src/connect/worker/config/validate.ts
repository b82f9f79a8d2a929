import type { Env } from '../../../base/env.ts';
import { messageOf } from '../../../base/errors.ts';
import { classAdvice } from '../../../base/suggest.ts';
import {
  Config,
  configOf,
  maskConfig,
  missingKey,
  parseKeys,
  type ConfigKey,
  type ConfigProblem,
  type ParsedKey,
  type RawConfig,
} from '../../api/config-spec.ts';
import type { CheckedConfig, ConnectorPlugin, KnownSchemas, PlannedTopic, TopicRefusal } from '../../api/connector.ts';
import type { WorkerConverter, WorkerPredicate, WorkerTransform } from '../../api/apart.ts';
import type { ConnectSchema } from '../../api/schema.ts';
import type { ConfigInfos } from '../../client/api.ts';
import { configInfos, type Section } from './config-infos.ts';
import { CONNECT_VERSION } from '../rest/connect-version.ts';
import { frameworkConfig, sqlConfig } from './framework-config.ts';
import { SIMPLE_HEADER_CONVERTER, type PluginCatalog } from '../plugins/plugin-catalog.ts';
import { pluginVersionKey } from '../plugins/plugin-version.ts';
import type { ProbeMemory } from './probe-memory.ts';
import { badRequest } from '../request-error.ts';
import { SQL_CONVERTER } from './sql-sources.ts';
import { topicSettingProblems } from './topic-settings.ts';
import { deadLetterTopic, sinkTopics, under } from './framework-settings.ts';

/** How long a probe of the outside world may take. */
const PROBE_TIMEOUT_MS = 15_000;

export interface ValidationContext {
  readonly catalog: PluginCatalog;
  readonly workerDefaults: RawConfig;
  readonly env: Env;
  /** Why the connector may not write a topic. */
  readonly refusal?: ((planned: PlannedTopic) => TopicRefusal | undefined) | undefined;
  /** The existing connector of the same class and name. */
  readonly before?: { readonly config: RawConfig; hasWritten(topic: string): boolean } | undefined;
  /** Probes that need not be repeated. */
  readonly probes?: ProbeMemory | undefined;
  /** Problems with the topics and files that a config names: who owns them, and which would form a cycle. */
  readonly problems?: ((config: RawConfig) => readonly ConfigProblem[]) | undefined;
}

export interface Validation {
  readonly plugin: ConnectorPlugin;
  readonly infos: ConfigInfos;
}

/**
 * Checks a config against the framework, its converters, transforms and predicates, the connector's table and rules,
 * and, if there is no problem so far, by a probe of the outside world. The secrets of `config` are resolved; the result
 * contains only what the tables allow to be shown.
 * @throws RequestError 400 without a class, or with an unknown one
 */
export async function validateConfig(config: RawConfig, context: ValidationContext): Promise<Validation> {
  const { catalog } = context;
  const className = config['connector.class'];
  if (className === undefined) {
    const { name, ...rest } = maskConfig(config, undefined);
    const shown = Object.entries(name === undefined ? rest : { name, ...rest }).map(([k, v]) => `${k}=${v}`);
    throw badRequest(`Connector config {${shown.join(', ')}} contains no connector type`);
  }
  const plugin = catalog.requireConnector(config);
  const extra = new Map<string, string[]>();
  const hints: string[] = [];
  const add = (key: string, message: string, hint?: string): void => {
    extra.set(key, [...(extra.get(key) ?? []), message]);
    if (hint !== undefined) hints.push(hint);
  };

  const framework = parseKeys(frameworkKeys(plugin, context, config), config);
  const sections: Section[] = [{ keys: framework }];
  if (plugin.type === 'sink') checkTopics(config, add);
  const listed = (name: string): readonly string[] => {
    const value = framework.find((k) => k.key.name === name)!.value;
    return Array.isArray(value) ? (value as readonly string[]) : [];
  };
  const predicates = listed('predicates');
  const tables = { transforms: tableOf(catalog.transforms), predicates: tableOf(catalog.predicates) };
  for (const alias of listed('transforms')) {
    sections.push(...(await aliasSections('transforms', alias, 'Transforms', tables.transforms, config, add)));
    const predicate = config[`transforms.${alias}.predicate`];
    if (predicate !== undefined && !predicates.includes(predicate)) {
      add(
        `transforms.${alias}.predicate`,
        `Invalid value ${predicate} for configuration transforms.${alias}.predicate: Predicate alias is not among [${predicates.join(', ')}]`,
      );
    }
  }
  for (const alias of predicates) {
    sections.push(...(await aliasSections('predicates', alias, 'Predicates', tables.predicates, config, add)));
  }
  for (const side of ['key', 'value'] as const) {
    const converter = catalog.converterNamed(config[`${side}.converter`] ?? '');
    if (!converter) continue;
    const prefix = `${side}.converter.`;
    const { keys, problems } = await checkedPart(converter, under(config, prefix), `${side}.converter`);
    for (const parsed of keys)
      for (const message of parsed.errors) add(prefix + parsed.key.name, prefixed(message, parsed.key.name, prefix));
    for (const problem of problems) add(problem.key, problem.message);
  }

  const { keys: own, problems } = await checkedBy(plugin, config);
  sections.push({ keys: own }, { keys: parseKeys(sqlConfig(plugin.type), config) });
  for (const { key, message, hint } of [...problems, ...(context.problems?.(config) ?? [])]) add(key, message, hint);
  for (const { key, message } of topicSettingProblems(plugin.type, config)) add(key, message);
  checkNamedTopic(plugin, config, context, add);
  const clean =
    extra.size === 0 && [...framework, ...own, ...sections.flatMap((s) => s.keys)].every((k) => k.errors.length === 0);
  if (clean) for (const { key, message, hint } of await probe(plugin, own, config, context)) add(key, message, hint);
  const infos = configInfos(className, sections, extra, config);
  return { plugin, infos: hints.length === 0 ? infos : { ...infos, hints } };
}

/** The connector's own validation. Code that fails or does not return is reported as a problem of the class. */
async function checkedBy(plugin: ConnectorPlugin, config: RawConfig): Promise<CheckedConfig> {
  try {
    if (plugin.checked !== undefined) return await plugin.checked(config);
    return { keys: parseKeys(plugin.config, config), problems: plugin.check?.(config) ?? [] };
  } catch (error) {
    const message = `${plugin.className} could not check its settings: ${messageOf(error)}`;
    return { keys: parseKeys(plugin.config, config), problems: [{ key: 'connector.class', message }] };
  }
}

/**
 * The framework's keys for a connector: its defaults are the worker's, and versions are those of the plugins that
 * `config` names. Without a config: only the tables.
 */
export function frameworkKeys(
  plugin: ConnectorPlugin,
  context: Pick<ValidationContext, 'catalog' | 'workerDefaults'>,
  config?: RawConfig,
): readonly ConfigKey[] {
  const { catalog, workerDefaults } = context;
  const version = (side: 'key' | 'value' | 'header'): string | undefined => {
    if (config === undefined) return undefined;
    const name = config[`${side}.converter`] ?? workerDefaults[`${side}.converter`];
    if (side === 'header' && (name === undefined || name === SIMPLE_HEADER_CONVERTER)) return CONNECT_VERSION;
    return catalog.converterNamed(name ?? '')?.version;
  };
  return frameworkConfig(
    plugin.type,
    {
      isConverter: (name) => catalog.converterNamed(name) !== undefined,
      isHeaderConverter: (name) => name === SIMPLE_HEADER_CONVERTER || catalog.converterNamed(name) !== undefined,
      converters: catalog.converters.map((c) => c.className),
      headerConverters: [...catalog.converters.map((c) => c.className), SIMPLE_HEADER_CONVERTER],
      versions: { connector: plugin.version, key: version('key'), value: version('value'), header: version('header') },
    },
    config === undefined ? undefined : workerDefaults,
  );
}

type AliasedPlugin = WorkerTransform | WorkerPredicate;

interface PluginTable {
  readonly names: readonly string[];
  readonly of: (className: string) => AliasedPlugin | undefined;
}

function tableOf(plugins: readonly AliasedPlugin[]): PluginTable {
  return {
    names: plugins.flatMap((p) => [p.className, ...p.aliases]),
    of: (name) => plugins.find((p) => p.className === name || p.aliases.includes(name)),
  };
}

/** The parsed keys of a transform, a predicate or a converter; `named` is the key that names it. */
async function checkedPart(
  plugin: AliasedPlugin | WorkerConverter,
  raw: RawConfig,
  named: string,
): Promise<CheckedConfig> {
  if (plugin.checked === undefined) return { keys: parseKeys(plugin.config, raw), problems: [] };
  try {
    return { keys: (await plugin.checked(raw)).keys, problems: [] };
  } catch (error) {
    const message = `${plugin.className} could not check its settings: ${messageOf(error)}`;
    return { keys: parseKeys(plugin.config, raw), problems: [{ key: named, message }] };
  }
}

/** The keys of one transform or predicate. */
async function aliasSections(
  kind: 'transforms' | 'predicates',
  alias: string,
  group: string,
  plugins: PluginTable,
  config: RawConfig,
  add: (key: string, message: string) => void,
): Promise<Section[]> {
  const prefix = `${kind}.${alias}.`;
  const type = config[`${prefix}type`];
  if (type === undefined) {
    add(`${prefix}type`, missingKey(`${prefix}type`));
    return [];
  }
  const plugin = plugins.of(type);
  if (plugin === undefined) {
    add(
      `${prefix}type`,
      `Invalid value ${type} for configuration ${prefix}type: Class ${type} could not be found.${classAdvice(type, plugins.names)}`,
    );
    return [];
  }
  const own = under(config, prefix);
  const { keys: checked, problems } = await checkedPart(plugin, own, `${prefix}type`);
  for (const problem of problems) add(problem.key, problem.message);
  const version = parseKeys([aliasVersion(plugin, `${group}: ${alias}`)], own);
  const keys = [...version, ...checked].map((parsed): ParsedKey => ({
    ...parsed,
    errors: parsed.errors.map((message) => prefixed(message, parsed.key.name, prefix)),
  }));
  return [{ keys, prefix, group: `${group}: ${alias}` }];
}

function aliasVersion(plugin: AliasedPlugin, group: string): ConfigKey {
  const key = pluginVersionKey({
    of: '',
    what: 'plugin',
    version: plugin.version,
    importance: 'LOW',
    group,
    order: 1,
    width: 'SHORT',
    displayName: 'Plugin version',
  });
  return { ...key, name: 'plugin.version' };
}

/** Replaces a short key name from a nested table by the full one. */
function prefixed(message: string, name: string, prefix: string): string {
  return message
    .replace(`configuration ${name}:`, `configuration ${prefix}${name}:`)
    .replace(`configuration "${name}"`, `configuration "${prefix}${name}"`);
}

function checkTopics(config: RawConfig, add: (key: string, message: string) => void): void {
  const { topics, regex } = sinkTopics(config);
  const both = (message: string): void => {
    add('topics', message);
    add('topics.regex', message);
  };
  if (topics.length === 0 && regex === undefined) both('Must configure one of topics or topics.regex');
  else if (topics.length > 0 && regex !== undefined)
    both('topics and topics.regex are mutually exclusive options, but both are set.');
  const deadLetters = deadLetterTopic(config);
  if (deadLetters !== undefined && topics.includes(deadLetters)) {
    add(
      'topics',
      `The DLQ topic '${deadLetters}' may not be included in the list of topics ("topics=${topics.join(',')}") consumed by the connector`,
    );
  }
}

/** Checks the topic of sources that write a single, named topic. */
function checkNamedTopic(
  plugin: ConnectorPlugin,
  config: RawConfig,
  { refusal }: ValidationContext,
  add: (key: string, message: string) => void,
): void {
  if (plugin.type !== 'source') return;
  for (const key of ['topic', 'kafka.topic']) {
    const topic = config[key];
    const refused = topic === undefined ? undefined : refusal?.({ topic, isNamed: true });
    if (refused) add(key, `Invalid value ${topic} for configuration ${key}: ${refused.reason}. Name another topic`);
  }
}

async function probe(
  plugin: ConnectorPlugin,
  own: readonly ParsedKey[],
  config: RawConfig,
  context: ValidationContext,
): Promise<readonly ConfigProblem[]> {
  const { probes } = context;
  let refusal = (planned: PlannedTopic): TopicRefusal | undefined => context.refusal?.(planned);
  if (probes?.take(config, refusal) === true) return [];
  const observed = probes?.observe(refusal);
  refusal = observed?.refusal ?? refusal;
  const controller = new AbortController();
  const cancel = context.env.timers.after(PROBE_TIMEOUT_MS, () =>
    controller.abort(new Error(`no answer within ${PROBE_TIMEOUT_MS} ms`)),
  );
  try {
    const implementation = await plugin.load();
    if (!implementation.probe) return [];
    const { signal } = controller;
    const problems = await implementation.probe(Config.of(config), {
      env: context.env,
      signal,
      refusal,
      schemas: (topic) => knownSchemas(topic, config, context),
      before: context.before && {
        config: configOf(plugin.config, context.before.config),
        hasWritten: (topic) => context.before!.hasWritten(topic),
      },
    });
    if (problems.length === 0) observed?.clean(config);
    return problems;
  } catch (error) {
    return [{ key: 'connector.class', message: `${plugin.className} could not be checked: ${messageOf(error)}` }];
  } finally {
    cancel();
  }
}

/** The schemas of a topic's records, which the converters of a sink over SQL sources know in advance. */
export function knownSchemas(
  topic: string,
  config: RawConfig,
  { catalog }: Pick<ValidationContext, 'catalog'>,
): KnownSchemas | undefined {
  if ((config['transforms'] ?? '').trim() !== '') return undefined;
  const of = (side: 'key' | 'value'): ConnectSchema | null | undefined => {
    const plugin = catalog.converterNamed(config[`${side}.converter`] ?? '');
    if (plugin?.className !== SQL_CONVERTER || config[`${side}.converter.sources`] === undefined) return undefined;
    return plugin.create(under(config, `${side}.converter.`), side === 'key').decode(topic, null).schema;
  };
  try {
    const [key, value] = [of('key'), of('value')];
    return key === undefined || value === undefined ? undefined : { key, value };
  } catch {
    // When a converter does not know the schema yet, the task will report problems.
    return undefined;
  }
}
