import type { Target } from './dialect.ts';

/** What the table entries of a database's connectors say of it: known without its driver. */
export interface DatabaseEntry {
  /** As `Dialect.name`. */
  readonly name: string;
  /** How its URLs look, for documentation. */
  readonly urls: string;
  /** The names that the JDBC connectors have for the dialect. */
  readonly dialectNames: readonly string[];
  /** Kinds of tables, in upper case, in the words of JDBC. */
  readonly tableTypes: readonly string[];
  /** Modes that it alone has: what each does. */
  readonly ownModes: Readonly<Record<string, string>>;
  readonly defaultSchema: string | undefined;
  readonly parseUrl: (url: string) => Target | string;
  readonly systemOf: (target: Target) => string;
}
