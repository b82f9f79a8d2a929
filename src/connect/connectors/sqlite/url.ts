import path from 'node:path';
import { must } from '../../../base/assert.ts';
import type { Target } from '../database/dialect.ts';

/** A database file. */
export interface SqliteTarget extends Target {
  /** The absolute path. */
  readonly file: string;
}

const EXAMPLE = 'jdbc:sqlite:/path/to/file.db, or the path alone';

/**
 * Parses `jdbc:sqlite:/path/file.db`, `sqlite:///path/file.db`, `file:/path/file.db` and a plain path; parameters after
 * `?` are ignored. A relative path is resolved against the server's working directory. If the URL is invalid, returns
 * the reason as a string.
 */
export function parseSqliteUrl(url: string): SqliteTarget | string {
  const found = pathIn(url);
  if ('problem' in found) return found.problem;
  const file = path.resolve(found.path);
  return { file, database: path.basename(file) };
}

/** Where a config names the file; the worker checks whether it may be used. */
export const SQLITE_FILE = {
  key: 'connection.url',
  path: (url: string): string | undefined => {
    const found = pathIn(url);
    return 'path' in found ? found.path : undefined;
  },
  put: (file: string): string => `jdbc:sqlite:${file}`,
};

function pathIn(url: string): { readonly path: string } | { readonly problem: string } {
  const text = url.trim();
  const scheme = /^(?:jdbc:)?(sqlite|file):/i.exec(text);
  if (scheme === null && /^[a-z][a-z\d+.-]+:/i.test(text)) return { problem: `Not a SQLite URL: expected ${EXAMPLE}` };
  let rest = text.slice(scheme?.[0].length ?? 0);
  if (scheme !== null) {
    rest = rest.replace(/\?.*$/s, '').replace(/^\/\/(?=\/)/, '');
    try {
      rest = /^file$/i.test(must(scheme[1], 'group 1 of the match')) ? decodeURIComponent(rest) : rest;
    } catch {
      // The percent sign is not an escape.
    }
  }
  if (rest === '' || rest.startsWith(':')) {
    return { problem: `A database in memory cannot be shared with the server: name a file, ${EXAMPLE}` };
  }
  return { path: rest };
}

/** Identifies the database; the same for all forms of its URL. */
export const sqliteSystem = ({ file }: SqliteTarget): string => `sqlite:${file}`;
export const sqliteUrl = ({ file }: SqliteTarget): string => `jdbc:sqlite:${file}`;
