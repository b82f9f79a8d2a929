import type { Clock } from '../../../base/env.ts';
import type { Converter, Predicate, Transform } from '../../api/converter.ts';
import { ConnectError } from '../../api/errors.ts';
import type { ConnectRecord } from '../../api/record.ts';
import type { ConverterChoice, FrameworkSettings } from '../config/framework-settings.ts';
import { SIMPLE_HEADER_CONVERTER, type PluginCatalog } from '../plugins/plugin-catalog.ts';

/** @throws ConnectError for a class that is not there */
export function createConverter(
  { className, settings }: ConverterChoice,
  isKey: boolean,
  catalog: PluginCatalog,
): Converter {
  return known(catalog.converterNamed(className), className).create(settings, isKey);
}

/** The converter of header values; undefined: they are texts, as SimpleHeaderConverter writes them. */
export function createHeaderConverter(choice: ConverterChoice, catalog: PluginCatalog): Converter | undefined {
  return choice.className === SIMPLE_HEADER_CONVERTER ? undefined : createConverter(choice, false, catalog);
}

function known<P>(plugin: P | undefined, className: string): P {
  if (plugin === undefined) throw new ConnectError(`Class ${className} could not be found.`);
  return plugin;
}

/** A chain of transforms. */
export interface TransformChain {
  /** null: the record is dropped. */
  apply<R extends ConnectRecord>(record: R): R | null;
  /** Class of the transform that was at work last: the one to blame for what `apply` threw. */
  readonly lastClass: string;
}

/** undefined when there are none. @throws ConnectError for a class or a predicate that is not there */
export function createTransforms(
  choices: Pick<FrameworkSettings, 'transforms' | 'predicates'>,
  catalog: PluginCatalog,
  clock: Clock,
): TransformChain | undefined {
  if (choices.transforms.length === 0) return undefined;
  const predicates = new Map<string, Predicate>();
  for (const { alias, className, settings } of choices.predicates)
    predicates.set(alias, known(catalog.predicateNamed(className), className).create(settings));
  const classes: string[] = [];
  const chain = choices.transforms.map(({ alias, className, settings, predicate: name, isNegated }): Transform => {
    const plugin = known(catalog.transformNamed(className), className);
    classes.push(plugin.className);
    const transform = plugin.create(settings, clock);
    if (name === undefined) return transform;
    const predicate = predicates.get(name);
    if (!predicate) throw new ConnectError(`Predicate ${name} of transform ${alias} is not among the predicates`);
    return { apply: (record) => (predicate.test(record) !== isNegated ? transform.apply(record) : record) };
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
