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
  /**
   * Whether it determines what may be reached, and by whom: set when the server is started, and never by a statement.
   */
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

/** The numeric types, whose values must not be negative unless a key specifies otherwise (`from`). */
const NUMBERS: ReadonlySet<ConfigType> = new Set(['SHORT', 'INT', 'LONG', 'DOUBLE']);

/** Creates a key that only the server's configuration may set. */
export const server = keyOf('SERVER');
/** Creates a key that a session or a request may set as well. */
export const query = keyOf('QUERY');

/** The key with a validator of its values. */
export const validated = <V>(key: ServerKey<V>, validator: ServerKey['validator']): ServerKey<V> => ({
  ...key,
  validator,
});

/** A numeric key with the minimum `min`: 1 if 0 makes no sense, negative if negative values have a special meaning. */
export const from = <V>(min: number, key: ServerKey<V>): ServerKey<V> => validated(key, atLeast(min));

/** A key that no statement can change, because anyone who could would be able to grant themselves access. */
export const guard = <V>(key: ServerKey<V>): ServerKey<V> => ({ ...key, isGuard: true });

/** A key that is accepted but has no effect. @param why a clause that ends the sentence "It has no effect: ..." */
export const inert = <V>(key: ServerKey<V>, why: string): ServerKey<V> => ({ ...key, inert: why });

/**
 * A group of settings, in the order of the reference: by importance, then in the order written here.
 *
 * @param importance the names of the keys of high and medium importance; all others are LOW
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
