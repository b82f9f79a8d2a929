import type { ConfigKey, ConfigType } from '../api/config-spec.ts';
import type { ConnectorPlugin, ShortForm, SourcePlugin } from '../api/connector.ts';
import type { ModuleTable, PartTable, PluginTable } from './messages.ts';

const TYPES: readonly ConfigType[] = [
  'BOOLEAN',
  'STRING',
  'INT',
  'SHORT',
  'LONG',
  'DOUBLE',
  'LIST',
  'CLASS',
  'PASSWORD',
];

/** Parts of a plugin that the worker calls synchronously, which code in another thread cannot support. */
const OF_OURS = [
  'isFor',
  'filesIn',
  'otherWords',
  'impliedSettings',
  'sourcesDefaults',
  'readings',
  'leftovers',
  'targets',
] as const;

const PARTS: readonly string[] = ['transformation', 'predicate', 'converter'] satisfies PartTable['type'][];

/** Describes what a module exports, as data. */
export function moduleTable(exports: unknown): ModuleTable {
  const problems: string[] = [];
  const found = exportedPlugins(exports);
  const isPart = ({ type }: Given): boolean => PARTS.includes(type ?? '');
  const parts = (found.filter(isPart) as unknown as GivenPart[]).flatMap((part) => {
    const wrong = tableFault(part) ?? partFault(part);
    if (wrong !== undefined) problems.push(`${part.className} ${wrong}`);
    return wrong === undefined ? [partTable(part)] : [];
  });
  const plugins = found.flatMap((plugin): PluginTable[] => {
    if (isPart(plugin)) return [];
    const wrong = fault(plugin);
    if (wrong !== undefined) {
      problems.push(`${plugin.className} ${wrong}`);
      return [];
    }
    const whole = plugin as ConnectorPlugin;
    for (const part of OF_OURS)
      if ((plugin as Partial<Record<string, unknown>>)[part] !== undefined)
        problems.push(
          `${plugin.className} has ${part}, which only connectors that are built in can have: it is left out`,
        );
    for (const key of whole.shortForm?.keys ?? [])
      if (key.transform !== undefined)
        problems.push(
          `${plugin.className} has a transform for ${key.name} of its short form, which only connectors that are built in can have: it is left out`,
        );
    return [table(whole)];
  });
  return { plugins, parts, problems };
}

type Given = Partial<ConnectorPlugin> & { readonly className: string };
type GivenPart = Partial<PartTable> & {
  readonly className: string;
  readonly type: PartTable['type'];
  readonly config: readonly ConfigKey[];
  readonly create?: unknown;
  readonly sqlForm?: unknown;
};

/** Exported plugins: individually, in an array, or in the default export. */
export function exportedPlugins(exports: unknown): Given[] {
  const found = new Set<object>();
  const visit = (value: unknown, depth: number): void => {
    if (value === null || typeof value !== 'object' || depth < 0) return;
    if (typeof (value as Partial<ConnectorPlugin>).className === 'string') found.add(value);
    else for (const inner of Object.values(value)) visit(inner, depth - 1);
  };
  visit(exports, 2);
  return [...found] as Given[];
}

/** The problem with a plugin; undefined: none. */
function fault(plugin: Given): string | undefined {
  const { type, load, shortForm } = plugin;
  if (type !== 'source' && type !== 'sink')
    return `has ${type === undefined ? 'no type' : `the type '${String(type)}'`}: a connector has 'source' or 'sink', what handles records 'transformation', 'predicate' or 'converter'`;
  const wrong = tableFault(plugin);
  if (wrong !== undefined) return wrong;
  if (typeof load !== 'function') return 'has no load: a function that gives its implementation';
  if (shortForm !== undefined && !Array.isArray(shortForm.keys)) return 'has a shortForm without keys';
  return undefined;
}

function partFault({ create, type, sqlForm }: GivenPart): string | undefined {
  if (typeof create !== 'function') return `has no create: a function that gives the ${type}`;
  if (sqlForm !== undefined)
    return 'has sqlForm, which only converters that are built in can have: sqlFormat names the format of SQL';
  return undefined;
}

/** The problem with the settings and names of a plugin of any kind. */
function tableFault({ config, aliases }: Pick<Given, 'config' | 'aliases'>): string | undefined {
  if (!Array.isArray(config)) return 'has no config: a list of keys';
  const keys = config as readonly (Partial<ConfigKey> | null)[];
  const nameless = keys.findIndex((key) => typeof key?.name !== 'string' || typeof key.type !== 'string');
  if (nameless >= 0) return `has a key without name or type: number ${nameless + 1} of its config`;
  const odd = keys.find((key) => !TYPES.includes(key!.type!));
  if (odd) return `has a key of a type that is none: ${odd.name} is ${odd.type}. Types are ${TYPES.join(', ')}`;
  if (aliases !== undefined && !isTexts(aliases)) return 'has aliases that are no list of names';
  return undefined;
}

function isTexts(value: unknown): value is readonly string[] {
  return Array.isArray(value) && value.every((item) => typeof item === 'string');
}

/** Adds optional parts of a plugin, and removes its functions. */
function table(plugin: ConnectorPlugin): PluginTable {
  const given: Partial<ConnectorPlugin> = plugin;
  const { className, type } = plugin;
  return {
    type,
    className,
    name: given.name ?? className.slice(className.lastIndexOf('.') + 1),
    aliases: [...(given.aliases ?? [])],
    version: given.version ?? '0',
    doc: given.doc ?? '',
    config: plugin.config.map(plainKey),
    families: [...(plugin.families ?? [])],
    withoutEffect: [...(plugin.withoutEffect ?? [])],
    shortForm: plugin.shortForm && plainForm(plugin.shortForm),
    hasPreview: typeof (plugin as SourcePlugin).previewSettings === 'function',
  };
}

function partTable({ className, type, config, aliases, version, doc, sqlFormat }: GivenPart): PartTable {
  return {
    type,
    className,
    aliases: [...(aliases ?? [])],
    version: version ?? '0',
    doc: doc ?? '',
    config: config.map(plainKey),
    sqlFormat: type === 'converter' && sqlFormat !== undefined ? String(sqlFormat).toUpperCase() : undefined,
  };
}

/** A key of a plugin with its optional parts: a default may be a number. */
export function wholeKey(key: ConfigKey): ConfigKey {
  const { default: initial, documentation } = key as Partial<ConfigKey>;
  return {
    ...key,
    documentation: documentation ?? '',
    ...(initial !== undefined && { default: initial === null ? null : String(initial) }),
  };
}

function plainKey(key: ConfigKey): ConfigKey {
  const entries = Object.entries(wholeKey(key)).filter(([, value]) => typeof value !== 'function');
  return Object.fromEntries(entries) as unknown as ConfigKey;
}

function plainForm({ keys, defaults }: ShortForm): ShortForm {
  return {
    keys: keys.map(({ name, sets, doc, required }) => ({
      name,
      sets: [...sets],
      doc: doc ?? '',
      ...(required === true && { required }),
    })),
    defaults: { ...defaults },
  };
}
