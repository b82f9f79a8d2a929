import type { Target } from './dialect.ts';

/** What the table entries of a database's connectors need to know of it, without its driver. */
export interface DatabaseEntry {
  /** As `Dialect.name`. */
  readonly name: string;
  /** The form of its URLs, for documentation. */
  readonly urls: string;
  /** The JDBC connectors' names for the dialect. */
  readonly dialectNames: readonly string[];
  /** Kinds of tables, in upper case, in JDBC's terms. */
  readonly tableTypes: readonly string[];
  /** Modes that only it has, with descriptions. */
  readonly ownModes: Readonly<Record<string, string>>;
  readonly defaultSchema: string | undefined;
  readonly parseUrl: (url: string) => Target | string;
  readonly systemOf: (target: Target) => string;
}
