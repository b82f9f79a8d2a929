/**
 * Configuration as data: one table of keys serves parsing, validation, typed reading, the REST APIs, documentation and
 * masking, for the server and for connectors alike. Rules and messages follow Kafka's ConfigDef.
 */
export type ConfigType = 'BOOLEAN' | 'STRING' | 'INT' | 'SHORT' | 'LONG' | 'DOUBLE' | 'LIST' | 'CLASS' | 'PASSWORD';
export type Importance = 'HIGH' | 'MEDIUM' | 'LOW';
export type Width = 'NONE' | 'SHORT' | 'MEDIUM' | 'LONG';

/** Settings as the user wrote them. */
export type RawConfig = Readonly<Record<string, string>>;

/** Carries the type of a key's value at compile time; no such property exists at run time. */
declare const VALUE: unique symbol;

/** A setting. `V` is the type of `config.get(key)`. */
export interface ConfigKey<V = unknown> {
  readonly name: string;
  readonly type: ConfigType;
  /** The default as text. null: there is no value by default. Absent: the key is required. */
  readonly default?: string | null | undefined;
  readonly documentation: string;
  /** MEDIUM when absent. */
  readonly importance?: Importance | undefined;
  readonly validator?: ConfigValidator | undefined;
  /** The only values that the key accepts. */
  readonly allowed?: readonly string[] | undefined;
  readonly group?: string | undefined;
  /** Position within the group, from 1. Absent: unordered. */
  readonly order?: number | undefined;
  readonly width?: Width | undefined;
  readonly displayName?: string | undefined;
  /** Keys whose validity or visibility depends on this one. */
  readonly dependents?: readonly string[] | undefined;
  readonly recommend?: ((config: RawConfig) => readonly string[]) | undefined;
  readonly visible?: ((config: RawConfig) => boolean) | undefined;
  /** Other accepted names of the key. */
  readonly aliases?: readonly string[] | undefined;
  /** The value is a path. The worker checks that the connector may use it, and passes the absolute path on. */
  readonly isFile?: boolean | undefined;
  /**
   * Set for a key that is accepted and has no effect: the reason, as a clause that completes "It has no effect: ...".
   */
  readonly inert?: string | undefined;
  readonly [VALUE]?: V;
}

/** The parts of a key that functions which make keys accept. */
export type KeyParts = Partial<Omit<ConfigKey, typeof VALUE>>;

/**
 * Returns the reason why a parsed value is refused, or undefined. The value null means that it is missing or did not
 * parse.
 */
export type ConfigValidator = (value: ConfigValue, key: ConfigKey) => string | undefined;

export type ConfigValue = string | number | boolean | bigint | readonly string[] | null;

/** One problem, reported at the key where it can be fixed. */
export interface ConfigProblem {
  readonly key: string;
  /** The complete message. */
  readonly message: string;
  /** How to mend it, where SQL shows hints; Connect's REST API has messages alone. */
  readonly hint?: string | undefined;
}

/** The type that reading a key of this type, default and choice of values yields. A LIST without a value is empty. */
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

/** The documentation of a key as users read it; for a key without effect it begins with that. */
export function documentationOf(key: ConfigKey): string {
  return key.inert === undefined ? key.documentation : `No effect: ${key.inert}. ${key.documentation}`;
}

export function importanceOf(key: ConfigKey): Importance {
  return key.importance ?? 'MEDIUM';
}

/** A table of keys, each typed by its definition. */
export function configKeys<const T extends Readonly<Record<string, ConfigKey>>>(
  table: T,
): { readonly [N in keyof T]: Declared<T[N]> } {
  return table as { readonly [N in keyof T]: Declared<T[N]> };
}
