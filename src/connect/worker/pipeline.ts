import type { RawConfig } from '../api/config-spec.ts';
import type { Converter, Predicate, Transform } from '../api/converter.ts';
import { ConnectError } from '../api/errors.ts';
import type { ConnectRecord } from '../api/record.ts';
import { SIMPLE_HEADER_CONVERTER, type PluginCatalog } from './plugin-catalog.ts';

/** The settings behind a prefix, without it. */
export function under(config: RawConfig, prefix: string): Record<string, string> {
  const found: Record<string, string> = {};
  for (const [name, value] of Object.entries(config))
    if (name.startsWith(prefix)) found[name.slice(prefix.length)] = value;
  return found;
}

/**
 * The converter of one side. A connector that names none gets the worker's, with the worker's settings for it: settings of a converter
 * count only beside the name of the converter, as in Kafka Connect.
 */
export function createConverter(
  side: 'key' | 'value',
  config: RawConfig,
  workerDefaults: RawConfig,
  catalog: PluginCatalog,
): Converter {
  const named = config[`${side}.converter`];
  const from = named === undefined ? workerDefaults : config;
  const name = named ?? workerDefaults[`${side}.converter`] ?? 'org.apache.kafka.connect.json.JsonConverter';
  const plugin = catalog.converterNamed(name);
  if (!plugin) throw new ConnectError(`Class ${name} could not be found.`);
  return plugin.create(under(from, `${side}.converter.`), side === 'key');
}

/** The converter of header values; undefined: they are texts, as SimpleHeaderConverter writes them. */
export function createHeaderConverter(
  config: RawConfig,
  workerDefaults: RawConfig,
  catalog: PluginCatalog,
): Converter | undefined {
  const named = config['header.converter'];
  const name = named ?? workerDefaults['header.converter'] ?? SIMPLE_HEADER_CONVERTER;
  if (name === SIMPLE_HEADER_CONVERTER) return undefined;
  const plugin = catalog.converterNamed(name);
  if (!plugin) throw new ConnectError(`Class ${name} could not be found.`);
  return plugin.create(under(named === undefined ? workerDefaults : config, 'header.converter.'), false);
}

/** A chain of transforms. */
export interface TransformChain {
  /** null: the record is dropped. */
  apply<R extends ConnectRecord>(record: R): R | null;
  /** Class of the transform that was at work last: the one to blame for what `apply` threw. */
  readonly lastClass: string;
}

/** undefined when there are none. */
export function createTransforms(config: RawConfig, catalog: PluginCatalog): TransformChain | undefined {
  const aliases = (config['transforms'] ?? '')
    .split(',')
    .map((a) => a.trim())
    .filter((a) => a !== '');
  if (aliases.length === 0) return undefined;
  const predicates = new Map<string, Predicate>();
  for (const alias of (config['predicates'] ?? '')
    .split(',')
    .map((a) => a.trim())
    .filter((a) => a !== '')) {
    const settings = under(config, `predicates.${alias}.`);
    const plugin = catalog.predicateNamed(settings['type'] ?? '');
    if (!plugin) throw new ConnectError(`Class ${settings['type']} could not be found.`);
    predicates.set(alias, plugin.create(settings));
  }
  const classes: string[] = [];
  const chain = aliases.map((alias): Transform => {
    const settings = under(config, `transforms.${alias}.`);
    const plugin = catalog.transformNamed(settings['type'] ?? '');
    if (!plugin) throw new ConnectError(`Class ${settings['type']} could not be found.`);
    classes.push(plugin.className);
    const transform = plugin.create(settings);
    const name = settings['predicate'];
    if (name === undefined) return transform;
    const predicate = predicates.get(name);
    if (!predicate) throw new ConnectError(`Predicate ${name} of transform ${alias} is not among the predicates`);
    const negate = /^true$/i.test(settings['negate'] ?? '');
    return { apply: (record) => (predicate.test(record) !== negate ? transform.apply(record) : record) };
  });
  let last = 0;
  return {
    apply<R extends ConnectRecord>(record: R): R | null {
      let at: R | null = record;
      for (last = 0; last < chain.length; last++) {
        at = chain[last]!.apply(at);
        if (at === null) return null;
      }
      return at;
    },
    get lastClass() {
      return classes[Math.min(last, classes.length - 1)]!;
    },
  };
}
