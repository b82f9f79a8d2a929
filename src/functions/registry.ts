import { SluiceError } from '../base/errors.ts';
import type { Span } from '../base/span.ts';
import type { FunctionDefinition } from './api.ts';
import { didYouMean, nearest } from '../base/suggest.ts';
import { functionAdvice, OTHER_FUNCTIONS } from './other-dialects.ts';
import type { KindOf } from './time-arguments.ts';

/** All functions that a statement may call. Names and synonyms are case-insensitive. */
export interface FunctionRegistry {
  find(name: string): FunctionDefinition | undefined;
  /** Every definition once, ordered by name. */
  all(): Iterable<FunctionDefinition>;
}

/**
 * Creates a registry of these definitions. @throws SluiceError REJECTED if two of them have the same name or synonym
 */
export function createRegistry(definitions: Iterable<FunctionDefinition>): FunctionRegistry {
  const byName = new Map<string, FunctionDefinition>();
  const sorted = [...definitions].sort((a, b) => (a.name < b.name ? -1 : a.name > b.name ? 1 : 0));
  for (const definition of sorted) {
    for (const name of [definition.name, ...(definition.synonyms ?? [])]) {
      const key = name.toUpperCase();
      const other = byName.get(key);
      if (other)
        throw new SluiceError('REJECTED', `Function name ${key} is claimed by ${other.name} and by ${definition.name}`);
      byName.set(key, definition);
    }
  }
  return {
    find: (name) => byName.get(name) ?? byName.get(name.toUpperCase()),
    all: () => sorted,
  };
}

/**
 * The function with that name.
 * @param given returns the arguments of the call as SQL
 * @param columnAdvice the hint for a name that is that of a column
 * @param kindOf the kind of the type of an argument
 * @throws SluiceError with ksqlDB's message and a suggestion
 */
export function findFunction(
  registry: FunctionRegistry,
  name: string,
  span?: Span,
  given: () => readonly string[] = () => [],
  columnAdvice: (args: readonly string[]) => string | undefined = () => undefined,
  kindOf?: KindOf,
): FunctionDefinition {
  const found = registry.find(name);
  if (found) return found;
  const names: string[] = [];
  for (const definition of registry.all()) names.push(definition.name, ...(definition.synonyms ?? []));
  const near = didYouMean(name.toUpperCase(), names);
  const advice =
    columnAdvice(given()) ??
    functionAdvice(name, given(), kindOf) ??
    (near === undefined
      ? functionAdvice(nearest(name.toUpperCase(), OTHER_FUNCTIONS) ?? name, given(), kindOf)
      : undefined);
  throw new SluiceError('STATEMENT', `Can't find any functions with the name '${name}'`, {
    span,
    hint: advice ?? near ?? 'SHOW FUNCTIONS; lists all of them.',
  });
}
