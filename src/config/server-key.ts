import type { ConfigKey, ConfigType, Importance, ValueOf } from '../base/config/key.ts';
import { atLeast } from '../base/config/validators.ts';

/**
 * Where a key may be set. `SERVER` keys are read once; `QUERY` keys may also be SET in a session or sent with a
 * request.
 */
export type ConfigLevel = 'SERVER' | 'QUERY';

/** A setting of the server, of a session or of a request. */
export interface ServerKey<V = unknown> extends ConfigKey<V> {
  readonly level: ConfigLevel;
  /** What may be reached, by whom: set where the server is started, and never by a statement. */
  readonly isGuard?: boolean;
}

const keyOf =
  (level: ConfigLevel) =>
  <const T extends ConfigType, const D extends string | null, const A extends string = string>(
    name: string,
    type: T,
    fallback: D,
    documentation: string,
    allowed?: readonly A[],
  ): ServerKey<ValueOf<T, D, A>> => ({
    name,
    type,
    default: fallback,
    level,
    documentation,
    ...(allowed && { allowed }),
    ...(NUMBERS.has(type) && { validator: atLeast(0) }),
  });

/** What is counted or measured is not below 0, unless a key says otherwise (`from`). */
const NUMBERS: ReadonlySet<ConfigType> = new Set(['SHORT', 'INT', 'LONG', 'DOUBLE']);

export const server = keyOf('SERVER');
export const query = keyOf('QUERY');

/** The key with a check of its values. */
export const validated = <V>(key: ServerKey<V>, validator: ServerKey['validator']): ServerKey<V> => ({
  ...key,
  validator,
});

/** A number that is not below `min`: 1 where nothing works with 0, below 0 where that has a meaning of its own. */
export const from = <V>(min: number, key: ServerKey<V>): ServerKey<V> => validated(key, atLeast(min));

/** A key that no statement changes: whoever could would let themselves in. */
export const guard = <V>(key: ServerKey<V>): ServerKey<V> => ({ ...key, isGuard: true });

/** A key that is accepted and changes nothing. @param why a clause that ends the sentence "It has no effect: ..." */
export const inert = <V>(key: ServerKey<V>, why: string): ServerKey<V> => ({ ...key, inert: why });

/**
 * A group of settings, as the reference shows them: by importance, in the order written here.
 *
 * @param importance the names of the keys that matter most, and next to those; all others are LOW
 */
export function group<const T extends Readonly<Record<string, ServerKey>>>(
  name: string,
  importance: { readonly high: readonly (keyof T)[]; readonly medium: readonly (keyof T)[] },
  keys: T,
): T {
  const of = (key: keyof T): Importance =>
    importance.high.includes(key) ? 'HIGH' : importance.medium.includes(key) ? 'MEDIUM' : 'LOW';
  return Object.fromEntries(
    Object.entries(keys).map(([key, value], i) => [key, { ...value, group: name, order: i + 1, importance: of(key) }]),
  ) as unknown as T;
}
