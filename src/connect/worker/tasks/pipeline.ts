import type { Clock } from '../../../base/env.ts';
import type { Converter, Predicate, Transform } from '../../api/converter.ts';
import { ConnectError } from '../../api/errors.ts';
import type { ConnectRecord } from '../../api/record.ts';
import type { ConverterChoice, FrameworkSettings } from '../config/framework-settings.ts';
import { SIMPLE_HEADER_CONVERTER, type PluginCatalog } from '../plugins/plugin-catalog.ts';
import { ApartChain, type ChainStep } from './apart-chain.ts';
import type { TransformChain } from './transform-chain.ts';
import { ThreadConverter } from './apart-converter.ts';

/** `task`: the task that it is for. @throws ConnectError for an unknown class */
export function createConverter(
  { className, settings }: ConverterChoice,
  isKey: boolean,
  catalog: PluginCatalog,
  task: object,
): Converter {
  const plugin = known(catalog.converterNamed(className), className);
  return plugin.apart === undefined
    ? plugin.create(settings, isKey)
    : new ThreadConverter(plugin.apart(task, settings, isKey));
}

/** The converter of header values; undefined: they are texts, in the style of SimpleHeaderConverter. */
export function createHeaderConverter(
  choice: ConverterChoice,
  catalog: PluginCatalog,
  task: object,
): Converter | undefined {
  return choice.className === SIMPLE_HEADER_CONVERTER ? undefined : createConverter(choice, false, catalog, task);
}

function known<P>(plugin: P | undefined, className: string): P {
  if (plugin === undefined) throw new ConnectError(`Class ${className} could not be found.`);
  return plugin;
}

/**
 * Returns undefined when there are none. `task`: the task that they are for; a chain with code in other threads runs
 * after its start (ApartChain) and prepares nothing before. `byBatch`: use such a chain although all of it runs here,
 * because converters after it want whole batches. @throws ConnectError for an unknown class or predicate
 */
export function createTransforms(
  choices: Pick<FrameworkSettings, 'transforms' | 'predicates'>,
  catalog: PluginCatalog,
  clock: Clock,
  { task = {}, byBatch = false }: { readonly task?: object; readonly byBatch?: boolean } = {},
): TransformChain | undefined {
  if (choices.transforms.length === 0) return undefined;
  const predicates = new Map<string, Pick<ChainStep, 'predicate' | 'isPredicateApart'>>();
  for (const { alias, className, settings } of choices.predicates) {
    const plugin = known(catalog.predicateNamed(className), className);
    predicates.set(alias, {
      predicate: plugin.apart === undefined ? plugin.create(settings) : plugin.apart(task, settings),
      isPredicateApart: plugin.apart !== undefined,
    });
  }
  const steps = choices.transforms.map(({ alias, className, settings, predicate: name, isNegated }): ChainStep => {
    const plugin = known(catalog.transformNamed(className), className);
    const transform = plugin.apart === undefined ? plugin.create(settings, clock) : plugin.apart(task, settings);
    const predicate = name === undefined ? NO_PREDICATE : predicates.get(name);
    if (!predicate) throw new ConnectError(`Predicate ${name} of transform ${alias} is not among the predicates`);
    const isTransformApart = plugin.apart !== undefined;
    return { className: plugin.className, transform, isTransformApart, ...predicate, isNegated };
  });
  const isApart = byBatch || steps.some((step) => step.isTransformApart || step.isPredicateApart);
  return isApart ? new ApartChain(steps) : chainOf(steps);
}

const NO_PREDICATE = { predicate: undefined, isPredicateApart: false };

/** A chain whose code runs in this thread. */
function chainOf(steps: readonly ChainStep[]): TransformChain {
  const classes = steps.map((step) => step.className);
  const chain = (steps as readonly LocalStep[]).map(({ transform, predicate, isNegated }): Transform =>
    predicate === undefined
      ? transform
      : { apply: (record) => (predicate.test(record) !== isNegated ? transform.apply(record) : record) },
  );
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

interface LocalStep extends ChainStep {
  readonly transform: Transform;
  readonly predicate: Predicate | undefined;
}
