/**
 * Configuration as data: one table of keys serves parsing, validation, typed reading, the REST APIs, docs and masking,
 * for the server as for connectors. The rules and sentences are Kafka's ConfigDef.
 */
export type ConfigType = 'BOOLEAN' | 'STRING' | 'INT' | 'SHORT' | 'LONG' | 'DOUBLE' | 'LIST' | 'CLASS' | 'PASSWORD';
export type Importance = 'HIGH' | 'MEDIUM' | 'LOW';
export type Width = 'NONE' | 'SHORT' | 'MEDIUM' | 'LONG';

/** Settings as the user wrote them. */
export type RawConfig = Readonly<Record<string, string>>;

/** The type of a key's value for the compiler: no such property exists. */
declare const VALUE: unique symbol;

/** A setting. `V`: what reading it gives (`config.get(key)`). */
export interface ConfigKey<V = unknown> {
  readonly name: string;
  readonly type: ConfigType;
  /** The default as text; null: no value; absent: the key is required. */
  readonly default?: string | null | undefined;
  readonly documentation: string;
  /** Absent: MEDIUM. */
  readonly importance?: Importance | undefined;
  readonly validator?: ConfigValidator | undefined;
  /** The values that the key takes. */
  readonly allowed?: readonly string[] | undefined;
  readonly group?: string | undefined;
  /** Position in the group, from 1; absent: unordered. */
  readonly order?: number | undefined;
  readonly width?: Width | undefined;
  readonly displayName?: string | undefined;
  /** Keys whose validity or visibility depends on this one. */
  readonly dependents?: readonly string[] | undefined;
  readonly recommend?: ((config: RawConfig) => readonly string[]) | undefined;
  readonly visible?: ((config: RawConfig) => boolean) | undefined;
  /** Other spellings of the key that are accepted. */
  readonly aliases?: readonly string[] | undefined;
  /** The value is a path: the worker checks that the connector may use it, and hands over the absolute one. */
  readonly isFile?: boolean | undefined;
  /** Set for a key that is accepted and changes nothing: why that is so, a clause that ends "It has no effect: ...". */
  readonly inert?: string | undefined;
  readonly [VALUE]?: V;
}

/** Parts of a key, for those that make keys. */
export type KeyParts = Partial<Omit<ConfigKey, typeof VALUE>>;

/**
 * Gives the reason why a parsed value is refused, or undefined. null stands for a value that is missing or did not
 * parse.
 */
export type ConfigValidator = (value: ConfigValue, key: ConfigKey) => string | undefined;

export type ConfigValue = string | number | boolean | bigint | readonly string[] | null;

/** One thing that is wrong, at the key that mends it. */
export interface ConfigProblem {
  readonly key: string;
  /** The whole sentence. */
  readonly message: string;
}

/** What reading a key of such a type, default and choice gives. A LIST without a value is empty. */
export type ValueOf<T extends ConfigType, D, A extends string = string> = T extends 'LIST'
  ? readonly string[]
  : | (T extends 'BOOLEAN' ? boolean : T extends 'INT' | 'SHORT' | 'LONG' | 'DOUBLE' ? number : A)
    | (D extends null ? undefined : never);

type Declared<K extends ConfigKey> = ConfigKey<
  ValueOf<
    K['type'],
    K extends { readonly default: infer D } ? D : undefined,
    K extends { readonly allowed: readonly (infer A extends string)[] } ? A : string
  >
>;

/** What a key is for, as a user reads it: that it changes nothing comes first. */
export function documentationOf(key: ConfigKey): string {
  return key.inert === undefined ? key.documentation : `No effect: ${key.inert}. ${key.documentation}`;
}

export function importanceOf(key: ConfigKey): Importance {
  return key.importance ?? 'MEDIUM';
}

/** A table of keys, each with the type that reading it gives. */
export function configKeys<const T extends Readonly<Record<string, ConfigKey>>>(
  table: T,
): { readonly [N in keyof T]: Declared<T[N]> } {
  return table as { readonly [N in keyof T]: Declared<T[N]> };
}
