import { ConnectError } from '../../api/errors.ts';
import { ALLOWED_FUNCTIONS, ALLOWED_MODULES } from './allowed.ts';
import type { SqliteDatabase, SqliteStatement } from './driver.ts';

/** A comment, a text, an identifier (plain, or in quotes), or any other character, https://www.sqlite.org/lang.html */
const TOKEN =
  /(?<skipped>\s+|\uFEFF|--[^\n]*|\/\*[\s\S]*?(?:\*\/|$))|(?<text>'(?:[^']|'')*'?)|(?<quoted>"(?:[^"]|"")*"?|`(?:[^`]|``)*`?|\[[^\]]*\]?)|(?<word>[\p{L}_][\p{L}\p{N}_$]*)|[\s\S]/gu;

interface Tokens {
  /** The first word, in upper case; empty if the text begins with something else. */
  readonly first: string;
  /** All identifiers and keywords, in lower case, without quotes. */
  readonly names: ReadonlySet<string>;
  /** Those that precede a parenthesis. */
  readonly called: ReadonlySet<string>;
  /** Whether something follows a semicolon. */
  readonly isSeveral: boolean;
}

function tokensOf(sql: string): Tokens {
  const names = new Set<string>();
  const called = new Set<string>();
  let first: string | undefined;
  let last: string | undefined;
  let ended = false;
  let isSeveral = false;
  for (const { 0: token, groups } of sql.matchAll(TOKEN)) {
    if (groups?.['skipped'] !== undefined) continue;
    if (ended) isSeveral ||= token !== ';';
    const plain = groups?.['word'];
    // A text in single quotes is an identifier where none else fits: FROM 'fsdir'.
    const quoted = groups?.['quoted'] ?? groups?.['text'];
    const name = (plain ?? quoted?.slice(1, -1).replaceAll(/(["'`])\1/g, '$1'))?.toLowerCase();
    first ??= plain?.toUpperCase() ?? '';
    if (name !== undefined) names.add(name);
    if (token === '(' && last !== undefined) called.add(last);
    if (token === ';') ended = true;
    last = name;
  }
  return { first: first ?? '', names, called, isSeveral };
}

const FILES = 'a query may only use what stays inside the database file';

function refuse(what: string, hint: string): never {
  throw new StatementRefused(`${what}: ${hint}`);
}

/** A statement that is not executed, since it could do more than read the file. */
export class StatementRefused extends ConnectError {}

/** The names in a column of a query. */
const namesIn = (database: SqliteDatabase, sql: string): string[] =>
  [...database.prepare(sql).rows([])].map((row) => String(row[0]).toLowerCase());

/** The names that lead to tables of modules that are not allowed, except those of the file's own tables. */
function forbiddenTables(database: SqliteDatabase): ReadonlySet<string> {
  const own = new Set(namesIn(database, `SELECT name FROM sqlite_schema WHERE type IN ('table', 'view')`));
  const forbidden = namesIn(database, 'SELECT name FROM pragma_module_list').filter(
    (name) => !ALLOWED_MODULES.has(name) && !own.has(name),
  );
  for (const row of database
    .prepare(`SELECT name, sql FROM sqlite_schema WHERE type = 'table' AND rootpage = 0`)
    .rows([])) {
    const module = /\bUSING\s+["'`[]?([\w$]+)/i.exec(String(row[1]))?.[1]?.toLowerCase();
    if (module !== undefined && !ALLOWED_MODULES.has(module)) forbidden.push(String(row[0]).toLowerCase());
  }
  return new Set(forbidden);
}

/**
 * Prepares a statement that contains text of a user's configuration: one SELECT that only reads the open file. The
 * program that SQLite compiles it to tells which functions it calls, also in views; it is not executed here. What
 * the views, triggers and defaults of the file may call is limited by PRAGMA trusted_schema.
 *
 * @throws StatementRefused naming what is not allowed
 * @throws Error of SQLite if it does not compile
 */
export function prepareUserStatement(database: SqliteDatabase, sql: string): SqliteStatement {
  const { first, names, called, isSeveral } = tokensOf(sql);
  if (!['SELECT', 'WITH', 'VALUES'].includes(first))
    refuse(
      first === '' ? 'The query does not begin with SELECT or WITH' : `${first} is not allowed`,
      'a query is one SELECT, or WITH ... SELECT',
    );
  if (isSeveral) refuse('Text follows the semicolon', 'a query is one statement');
  const known = new Set(namesIn(database, 'SELECT DISTINCT name FROM pragma_function_list'));
  // Before SQLite sees it: some functions of constants are computed when a statement is compiled.
  for (const name of called)
    if (known.has(name) && !ALLOWED_FUNCTIONS.has(name) && !ALLOWED_MODULES.has(name))
      refuse(`Function ${name}() is not allowed`, FILES);
  let usesModules = false;
  for (const { opcode, p2, p4 } of database.explain(sql)) {
    if (/^(?:Pure)?Func|^Agg/.test(opcode)) {
      const name = /^(.*)\(-?\d+\)$/s.exec(p4)?.[1]?.toLowerCase();
      if (name === undefined) refuse(`An unknown function (${p4}) is not allowed`, FILES);
      if (name === 'sqlite_attach' || name === 'sqlite_detach') refuse('ATTACH is not allowed', FILES);
      if (!ALLOWED_FUNCTIONS.has(name)) refuse(`Function ${name}() is not allowed`, FILES);
    } else if (opcode === 'VOpen') usesModules = true;
    else if (opcode === 'Vacuum' || opcode === 'VUpdate' || (opcode === 'Transaction' && p2 !== 0))
      refuse('A statement that writes is not allowed', 'a source only reads');
  }
  if (usesModules) {
    const forbidden = forbiddenTables(database);
    for (const name of names) {
      // The modules of pragmas are listed only after their first use.
      if (forbidden.has(name) || (name.startsWith('pragma_') && !ALLOWED_MODULES.has(name)))
        refuse(`Table ${name} is not allowed`, FILES);
    }
  }
  return database.prepare(sql);
}
