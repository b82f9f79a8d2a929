import { must } from '../base/assert.ts';
import { isSluiceError } from '../base/errors.ts';
import { KEYWORD_LIST, STATEMENT_STARTS, TYPE_NAMES } from '../sql/keywords.ts';
import { parseStatements } from '../sql/parse.ts';
import { firstWords } from './first-words.ts';
import { HELP_TOPICS } from './help.ts';
import { LOCAL_COMMANDS } from './local-commands.ts';
import { sourcesOf } from './query-sources.ts';
import type { NameKind, ServerNames } from './server-names.ts';

/** The result of a completion. */
export interface Completion {
  /** The possible replacements of `word`, sorted. */
  readonly candidates: readonly string[];
  /** The text before the cursor that the candidates complete. */
  readonly word: string;
  /** No space is appended to a complete word, because the cursor is inside a quoted text. */
  readonly isQuoted?: boolean;
}

/** Words that can follow SHOW and LIST. */
const SHOWN = [
  'ALL TOPICS',
  'CONNECTOR OFFSETS OF',
  'CONNECTOR PLUGINS',
  'CONNECT CLUSTERS',
  'CONNECTORS',
  'CREATE CONNECTOR',
  'DEAD LETTERS OF',
  'FUNCTIONS',
  'HEALTH',
  'LINEAGE',
  'LOGS OF',
  'PROPERTIES',
  'QUERIES',
  'SECRETS',
  'SINK CONNECTORS',
  'SOURCE CONNECTORS',
  'STREAMS',
  'TABLES',
  'TOPICS',
  'TYPES',
  'VARIABLES',
];

/** Words that can follow the first words of a statement, for statements with no other continuation. */
const FOLLOWING: Readonly<Record<string, readonly string[]>> = {
  SHOW: SHOWN,
  'SHOW ALL': ['TOPICS'],
  'SHOW CONNECTOR': ['OFFSETS OF', 'PLUGINS'],
  'SHOW DEAD': ['LETTERS OF'],
  'SHOW LOGS': ['OF'],
  'SHOW CREATE': ['CONNECTOR'],
  'SHOW SOURCE': ['CONNECTORS'],
  'SHOW SINK': ['CONNECTORS'],
  CREATE: [
    'CONNECT CLUSTER',
    'OR REPLACE',
    'SECRET',
    'SINK CONNECTOR',
    'SOURCE CONNECTOR',
    'SOURCE STREAM',
    'SOURCE TABLE',
    'STREAM',
    'TABLE',
    'TYPE',
  ],
  'CREATE OR': ['REPLACE'],
  'CREATE OR REPLACE': [
    'CONNECT CLUSTER',
    'SECRET',
    'SINK CONNECTOR',
    'SOURCE CONNECTOR',
    'SOURCE STREAM',
    'SOURCE TABLE',
    'STREAM',
    'TABLE',
  ],
  'CREATE OR REPLACE SOURCE': ['CONNECTOR', 'STREAM', 'TABLE'],
  'CREATE OR REPLACE SINK': ['CONNECTOR'],
  'CREATE SOURCE': ['CONNECTOR', 'STREAM', 'TABLE'],
  'CREATE SINK': ['CONNECTOR'],
  ALTER: ['CONNECTOR', 'SECRET', 'STREAM', 'SYSTEM', 'TABLE'],
  DROP: ['CONNECT CLUSTER', 'CONNECTOR', 'SECRET', 'STREAM', 'TABLE', 'TOPIC', 'TYPE'],
  ASSERT: ['CONNECTOR', 'NOT EXISTS SCHEMA', 'NOT EXISTS TOPIC', 'SCHEMA', 'TOPIC'],
  INSERT: ['INTO'],
  RESET: ['CONNECTOR OFFSETS OF'],
  RESTART: ['CONNECTOR'],
  RETRY: ['DEAD LETTERS OF'],
  VALIDATE: ['OR REPLACE', 'SINK CONNECTOR', 'SOURCE CONNECTOR'],
  STOP: ['CONNECTOR'],
  RUN: ['SCRIPT'],
};

/** Keywords that can occur where names are expected. */
const BESIDE_NAMES: Readonly<Record<string, readonly string[]>> = {
  DESCRIBE: ['CONNECTOR', 'CONNECTOR PLUGIN', 'FUNCTION', 'STREAMS', 'TABLES'],
  'DESCRIBE CONNECTOR': ['PLUGIN'],
  PAUSE: ['ALL', 'CONNECTOR'],
  RESUME: ['ALL', 'CONNECTOR'],
  TERMINATE: ['ALL'],
  EXPLAIN: ['SELECT'],
};

/**
 * The possible continuations of `text`, an unfinished statement up to the cursor.
 * @param rest the text after the cursor, which may contain the sources of a query
 */
export async function complete(text: string, names: ServerNames, rest = ''): Promise<Completion> {
  const asked = /^\s*(?:help|\\h|\\\?)\s+([^;]*)$/i.exec(text);
  if (asked) {
    const topic = must(asked[1], 'group 1 of the match');
    return matching(topic.toUpperCase() === topic ? topic : topic.toLowerCase(), HELP_TOPICS);
  }
  const settings = connectorSettings(text);
  if (settings) return await completeSetting(settings, names, rest);
  const quoted = /^\s*(?:SET|UNSET)\s+'([^']*)$/i.exec(text);
  if (quoted)
    return matching(
      must(quoted[1], 'group 1 of the match'),
      (await names.of('properties')).map((n) => `${n}'`),
    );
  if (insideString(text)) return { candidates: [], word: '' };

  const word = /[A-Za-z_`][\w.$`-]*$/.exec(text)?.[0] ?? '';
  const before = text.slice(0, text.length - word.length);
  const words = (before.toUpperCase().match(/[\w.$-]+|[^\s\w]/g) ?? []).map((w, i) =>
    i === 0 && w === 'LIST' ? 'SHOW' : w,
  );
  const kind = expectedNames(words, firstWords(text, 1)[0] ?? '');
  const next = expectedBy(before);
  if (kind)
    return matching(word, [
      ...(await names.of(kind)).map(
        kind === 'sources' || kind === 'streams' || kind === 'tables' ? quoteName : (n) => n,
      ),
      ...(BESIDE_NAMES[words.join(' ')] ?? []),
      ...next.words,
    ]);
  const following = FOLLOWING[words.join(' ')];
  if (following) return matching(word, following);
  if (next.words.length > 0 && next.isAll) return matching(word, next.words);
  if (words.length === 1 && (words[0] === 'SET' || words[0] === 'UNSET'))
    return matching(
      word,
      (await names.of('properties')).map((n) => `'${n}'`),
    );
  if (words.length === 0)
    return matching(
      word,
      [...STATEMENT_STARTS, 'RUN SCRIPT', ...LOCAL_COMMANDS.flatMap((c) => c.names)].filter((n) => n !== '?'),
    );

  const qualified = /^(.*?)\.([\w`]*)$/.exec(word);
  const columns = await columnsOf(`${text} ${rest}`, names, qualified?.[1]);
  if (qualified)
    return matching(
      word,
      columns.map((c) => `${qualified[1]}.${c}`),
    );
  const isQuery = /\bSELECT\b/i.test(text);
  return matching(word, [
    ...KEYWORD_LIST,
    ...TYPE_NAMES,
    ...(isQuery ? [...columns, ...(await names.of('functions'))] : await names.of('types')),
    ...(isQuery ? (await names.of('sources')).map(quoteName) : []),
  ]);
}

/** The words that the parser would take behind a text, and whether it would take nothing else. */
function expectedBy(text: string): { readonly words: readonly string[]; readonly isAll: boolean } {
  try {
    parseStatements(`${text};`);
  } catch (error) {
    // An error before the end is one of what is there already.
    const isHere = isSluiceError(error) && (error.span?.start ?? 0) >= text.trimEnd().length;
    const list = isHere ? (/^Expecting (.*)$/m.exec(error.message)?.[1] ?? '') : '';
    const items = list.replace(/^\{|\}$/g, '').split(', ');
    const words = items.flatMap((item) => /^'([A-Z]+)'$/.exec(item)?.[1] ?? []);
    return { words, isAll: words.length === items.length };
  }
  return { words: [], isAll: false };
}

/** The kind of name that follows the words of a statement; undefined when any part of an expression may follow. */
function expectedNames(words: readonly string[], statement: string): NameKind | undefined {
  const last = words.at(-1);
  const prior = words.at(-2);
  switch (last) {
    case 'FROM':
      return statement === 'PRINT' ? undefined : 'sources';
    case 'JOIN':
    case 'INTO':
      return 'sources';
    case 'STREAM':
      return statement === 'DROP' || statement === 'ALTER' || prior === 'ASSERT' ? 'streams' : undefined;
    case 'TABLE':
      return statement === 'DROP' || statement === 'ALTER' || prior === 'ASSERT' ? 'tables' : undefined;
    case 'CONNECTOR':
      return statement === 'CREATE' ? undefined : 'connectors';
    case 'PLUGIN':
      return 'plugins';
    case 'OF':
      return prior === 'OFFSETS' || prior === 'LETTERS' || prior === 'LOGS'
        ? 'connectors'
        : prior === 'LINEAGE'
          ? 'sources'
          : undefined;
    case 'SECRET':
      return statement === 'CREATE' ? undefined : 'secrets';
    case 'FUNCTION':
      return 'functions';
    case 'TOPIC':
      return statement === 'DROP' ? 'topics' : undefined;
    case 'TYPE':
      return statement === 'DROP' ? 'types' : undefined;
    case 'PRINT':
      return 'topics';
    case 'DESCRIBE':
      return 'sources';
    case 'TERMINATE':
    case 'EXPLAIN':
    case 'PAUSE':
    case 'RESUME':
      return words.length === 1 ? 'queries' : undefined;
    default:
      return undefined;
  }
}

interface Settings {
  readonly className: string | undefined;
  /** The connector of ALTER, whose class the server knows. */
  readonly altered: string | undefined;
  /** Whether the short names of settings apply, because the class is given by `connector='...'`. */
  readonly isShort: boolean;
  /** The key before the cursor, or the key of `value`. */
  readonly key: string;
  readonly value: string | undefined;
  readonly quote: string;
  /** The quote of the value; empty when it has none. */
  readonly valueQuote: string;
  readonly used: ReadonlySet<string>;
}

/** The position of the cursor in the properties of a connector statement; undefined outside of them. */
function connectorSettings(text: string): Settings | undefined {
  const open =
    /^\s*(?:CREATE\s+(?:OR\s+REPLACE\s+)?(?:SOURCE|SINK)\s+CONNECTOR\b.*?\bWITH|ALTER\s+CONNECTOR\s+(?:IF\s+EXISTS\s+)?(?<altered>\S+)\s.*?\bSET)\s*\(/is.exec(
      text,
    );
  if (!open) return undefined;
  const list = text.slice(open[0].length);
  const entries = [...list.matchAll(/(['"`]?)([\w.-]+)\1\s*=\s*('[^']*'|"[^"]*"|[^\s,)]+)\s*(?:,|$)/g)];
  const current =
    /(?:^|[,(\s\\])(['"`]?)([\w.-]*)(?:\1\s*=\s*(?:'(?<one>[^']*)|"(?<two>[^"]*)|(?<bare>[^\s,'")]*)))?$/.exec(list);
  if (!current) return undefined;
  const valueOf = (key: string): string | undefined =>
    entries.find((e) => e[2] === key)?.[3]?.replaceAll(/^['"]|['"]$/g, '');
  const short = valueOf('connector');
  const { one, two, bare } = current.groups!;
  return {
    className:
      valueOf('connector.class') ??
      (short !== undefined && /^\s*CREATE\s+(?:OR\s+REPLACE\s+)?SINK\b/i.test(text) && !short.endsWith('-sink')
        ? `${short}-sink`
        : short),
    altered: open.groups!['altered'],
    // ALTER accepts the same short names as CREATE.
    isShort: short !== undefined || open.groups!['altered'] !== undefined,
    key: must(current[2], 'group 2 of the match'),
    value: one ?? two ?? bare,
    quote: must(current[1], 'group 1 of the match'),
    valueQuote: one !== undefined ? "'" : two !== undefined ? '"' : '',
    used: new Set(entries.map((e) => must(e[2], 'group 2 of the match'))),
  };
}

async function completeSetting(at: Settings, names: ServerNames, rest: string): Promise<Completion> {
  if (at.value !== undefined) {
    // In a list, complete the item after the last comma.
    const piece = at.value.slice(at.value.lastIndexOf(',') + 1).trimStart();
    const isQuoted = at.valueQuote !== '';
    if (at.key === 'connector.class' || at.key === 'connector') {
      const end = rest.startsWith(at.valueQuote) ? '' : at.valueQuote;
      const found = await names.of(at.key === 'connector' ? 'connector names' : 'plugins');
      return {
        ...matching(
          at.value,
          found.map((n) => `${n}${end}`),
        ),
        isQuoted,
      };
    }
    // A list may have more items, so its quote is not closed.
    if (at.key === 'sources' || at.key === 'topics') return { ...matching(piece, await names.of(at.key)), isQuoted };
    return { candidates: [], word: '' };
  }
  const className = at.altered === undefined ? at.className : await names.classOf(at.altered);
  const known = className === undefined ? [] : await names.configs(className, at.isShort);
  const short = className === undefined || !at.isShort ? [] : await names.shortConfigs(className);
  const chosen = className === undefined ? ['connector', 'connector.class'] : [];
  // Before a letter is typed, offer only the few short names, which would be lost among all names.
  const offered = at.key === '' && short.some((k) => !at.used.has(k)) ? short : [...chosen, ...known];
  const keys = [...new Set(offered)].filter((k) => !at.used.has(k) || k === at.key);
  return matching(
    at.key,
    keys.map((k) => `${k}${at.quote}=`),
  );
}

/** Columns of the sources that the statement reads, or only of `alias` if given. */
async function columnsOf(text: string, names: ServerNames, alias?: string): Promise<readonly string[]> {
  const columns = new Set<string>();
  for (const source of sourcesOf(text)) {
    if (alias !== undefined && ![source.name, source.alias].some((n) => n?.toUpperCase() === alias.toUpperCase()))
      continue;
    for (const name of await names.columns(source.name)) columns.add(quoteName(name));
  }
  return [...columns];
}

function quoteName(name: string): string {
  return /^[A-Z_][A-Z0-9_]*$/.test(name) ? name : `\`${name}\``;
}

function insideString(text: string): boolean {
  return (text.replaceAll("''", '').match(/'/g) ?? []).length % 2 === 1;
}

/**
 * Candidates with the prefix `word`, not case-sensitive; a lower-case word gets lower-case candidates if case does not
 * matter.
 */
function matching(word: string, candidates: readonly string[]): Completion {
  const lower = word !== '' && word === word.toLowerCase();
  const start = word.replace(/^`/, '').toUpperCase();
  const found = candidates
    .filter((c) => c.replace(/^`/, '').toUpperCase().startsWith(start))
    .map((c) => (lower && /^[A-Z][A-Z0-9_ ]*$/.test(c) ? c.toLowerCase() : c));
  return { candidates: [...new Set(found)].toSorted(), word };
}
