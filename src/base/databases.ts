/** A database that has connectors of ours, as far as rooms that do not know the connectors need to know it. */
interface Database {
  /** `x` of `connector='x'`, and of the plugins `x-source` and `x-sink`. */
  readonly name: string;
  /** Schemes of its URLs, the one of its own name first; none: its databases are files. */
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

/** What names these databases in the names of connectors, classes and URLs, in lower case. */
export const DATABASE_WORDS: readonly string[] = [
  ...new Set(DATABASES.flatMap(({ name, schemes }) => [name, ...schemes])),
];

const SINKS: ReadonlySet<string> = new Set(DATABASES.map(({ name }) => `${name}-sink`));

/** Whether a plugin of this name writes columns of tables, and so needs to know them. */
export function writesColumns(plugin: string): boolean {
  return SINKS.has(plugin);
}

/** Whether the short form `connector='name'` has a `url` whose scheme is that name. */
export function isNamedByUrl(connector: string): boolean {
  return DATABASES.some(({ name, schemes }) => name === connector && schemes.includes(name));
}
