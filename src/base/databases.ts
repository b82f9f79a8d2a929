/** A database that our connectors support: the facts for rooms that must not import the connectors. */
interface Database {
  /** `x` of `connector='x'`, and of the plugins `x-source` and `x-sink`. */
  readonly name: string;
  /** Schemes of its URLs, the one with its own name first; none if its databases are files. */
  readonly schemes: readonly string[];
}

/**
 * The databases whose connectors read tables and write columns: one line for each folder in connect/connectors that has
 * a dialect, which registry.test.ts compares. All else that depends on these names is derived.
 */
export const DATABASES: readonly Database[] = [
  { name: 'postgres', schemes: ['postgres', 'postgresql'] },
  { name: 'mysql', schemes: ['mysql', 'mariadb'] },
  { name: 'sqlite', schemes: [] },
];

/** Parts of the names of connectors, classes and URLs that identify these databases, in lower case. */
export const DATABASE_WORDS: readonly string[] = [
  ...new Set(DATABASES.flatMap(({ name, schemes }) => [name, ...schemes])),
];

const SINKS: ReadonlySet<string> = new Set(DATABASES.map(({ name }) => `${name}-sink`));

/** Whether a plugin of this name writes table columns, and so must know them. */
export function writesColumns(plugin: string): boolean {
  return SINKS.has(plugin);
}

/** Whether the short form `connector='name'` has a `url` with the scheme `name`. */
export function isNamedByUrl(connector: string): boolean {
  return DATABASES.some(({ name, schemes }) => name === connector && schemes.includes(name));
}
