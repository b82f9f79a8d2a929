/**
 * The architecture rules as data, checked by scripts/tidy.test.ts: which top-level folders ("rooms") of src may import
 * which, no import cycles, no access to the outside world except in `host`, a README in every room.
 */
import { existsSync, readdirSync, readFileSync, statSync } from 'node:fs';
import path from 'node:path';
import { DATABASES } from '../src/base/databases.ts';
import { ERRORS, EXACT_CODES } from '../src/base/errors.ts';
import { bareElements, IN_PLACE } from './bare-elements.ts';

/**
 * The permitted imports of each room, in the order of the layers; `*` may import everything. All rooms may import
 * `base`.
 */
export const ARROWS: Readonly<Record<string, readonly string[] | '*'>> = {
  base: [],
  host: [],
  types: [],
  sql: ['types'],
  tls: [],
  store: [],
  access: [],
  log: ['tls', 'store'],
  'connect/client': [],
  functions: ['types'],
  config: [],
  catalog: ['types'],
  formats: ['types'],
  wire: ['types'],
  'connect/api': ['types'],
  expr: ['types', 'sql', 'functions'],
  state: ['types', 'store', 'log'],
  'connect/converters': ['connect/api', 'types', 'formats'],
  'connect/transforms': ['connect/api', 'types'],
  'connect/connectors': ['connect/api', 'types', 'tls'],
  'connect/plugins': ['connect/api'],
  plan: ['types', 'sql', 'functions', 'expr', 'catalog', 'config', 'formats'],
  client: ['wire'],
  'connect/worker': [
    'types',
    'log',
    'formats',
    'connect/api',
    'connect/client',
    'connect/converters',
    'connect/transforms',
    'connect/connectors',
  ],
  'connect/suites': ['log', 'store', 'connect/api', 'connect/worker'],
  dataflow: ['types', 'functions', 'expr', 'formats', 'store', 'log', 'state', 'plan'],
  engine: [
    'types',
    'sql',
    'functions',
    'expr',
    'catalog',
    'config',
    'formats',
    'plan',
    'store',
    'log',
    'state',
    'dataflow',
    'wire',
    'connect/client',
  ],
  cases: [
    'types',
    'config',
    'sql',
    'functions',
    'catalog',
    'formats',
    'plan',
    'store',
    'log',
    'state',
    'dataflow',
    'engine',
  ],
  server: ['types', 'config', 'wire', 'engine', 'connect/worker', 'formats'],
  cli: ['wire', 'client', 'sql'],
  main: '*',
};

/** Rooms of which others may import only one folder: `plan` exposes its steps, which are plain data. */
const ONE_FOLDER: readonly { readonly from: string; readonly to: string; readonly folder: string }[] = [
  { from: 'dataflow', to: 'plan', folder: 'plan/steps' },
];

/** Folders whose files may form import cycles, but only by type imports or dynamic imports, with the reason. */
const LOOSE_CIRCLES: readonly { readonly folders: readonly string[]; readonly why: string }[] = [
  { folders: ['connect/connectors/database'], why: 'a dialect and what it is handed speak of one another' },
  { folders: ['server/openapi', 'server/routes'], why: 'the table of routes has the route that describes the table' },
];

/** Global names that only these rooms may use. */
const DOORS: readonly {
  readonly pattern: RegExp;
  readonly what: string;
  readonly rooms: readonly string[];
  /** Other files that may use it. */
  readonly except?: readonly string[];
}[] = [
  {
    pattern:
      /\bDate\.now\b|\bnew Date\(\)|[^.\w]Date\(\)|\bperformance\.(?:now|timeOrigin)\b|\bprocess\.(?:hrtime|uptime)\b/,
    what: 'the clock (Date.now, new Date(), performance.now, process.hrtime)',
    rooms: ['host', 'main'],
  },
  {
    pattern: /\bMath\.random\b|\brandomUUID\b|\brandomBytes\b|\brandomInt\b|\bgetRandomValues\b/,
    what: 'randomness (Math.random, randomUUID, randomBytes)',
    rooms: ['host', 'main'],
    // It distinguishes the processes that have the store open, which no test depends on.
    except: ['store/lmdb-store.ts'],
  },
  {
    pattern: /\bset(?:Timeout|Interval|Immediate)\(|\bAbortSignal\.timeout\b|\bprocess\.nextTick\b|from 'node:timers/,
    what: 'timers (setTimeout, setImmediate, AbortSignal.timeout, node:timers)',
    rooms: ['host', 'main'],
    // It stands for a socket, whose method has that name, and waits for what Node does in its next tick.
    except: ['server/paced-connection.ts'],
  },
  { pattern: /from 'node:fs(?:\/promises)?'/, what: 'node:fs', rooms: ['host', 'main', 'connect/connectors'] },
  { pattern: /\bprocess\.env\b/, what: 'process.env', rooms: ['main'] },
];

/** The formatter's width, which it does not apply to comments. */
const WIDTH = 120;

/** Folders among the connectors that are not connectors: every connector may import them. */
const SHARED_BY_CONNECTORS = ['internal', 'database', 'objects'];

/** Rooms that also run in a browser. */
const BROWSER_ROOMS = ['base', 'types', 'sql', 'wire', 'client'];

/**
 * The rooms of `src` that the web console may import: these, and the part of the terminal's console that does not
 * depend on a terminal.
 */
const WEB_CONSOLE_ROOMS = [...BROWSER_ROOMS, 'cli'];

export interface Finding {
  readonly file: string;
  readonly rule: string;
  readonly detail: string;
}

/** All findings in `src`; empty when there are none. */
export function tidy(root: string): Finding[] {
  const src = path.join(root, 'src');
  const files = list(src).filter((f) => f.endsWith('.ts'));
  const findings: Finding[] = [];
  const graph = new Map<string, string[]>();
  /** Imports including type imports and dynamic imports. */
  const loose = new Map<string, string[]>();
  for (const file of files) {
    const text = readFileSync(file, 'utf8');
    const relative = path.relative(root, file);
    const isTest = /\.test\.ts$|\/testing\//.test(file);
    const room = roomOf(path.relative(src, file));
    if (room === undefined) {
      findings.push({ file: relative, rule: 'room', detail: 'the file is in no known room' });
      continue;
    }
    const targets: string[] = [];
    const looseTargets: string[] = [];
    for (const { specifier, isLoose } of importsOf(text)) {
      if (!specifier.startsWith('.')) {
        if (!isTest && BROWSER_ROOMS.includes(room) && specifier.startsWith('node:')) {
          findings.push({ file: relative, rule: 'browser', detail: `${room} imports ${specifier}` });
        }
        continue;
      }
      const target = path.resolve(path.dirname(file), specifier);
      if (isTest) continue;
      if (/\.test\.ts$|\/testing\//.test(target) || !target.startsWith(src)) {
        findings.push({ file: relative, rule: 'production', detail: `imports ${path.relative(root, target)}` });
        continue;
      }
      looseTargets.push(target);
      if (!isLoose) targets.push(target);
      const to = roomOf(path.relative(src, target));
      const allowed = ARROWS[room]!;
      if (to === undefined || (to !== room && to !== 'base' && allowed !== '*' && !allowed.includes(to))) {
        findings.push({
          file: relative,
          rule: 'arrow',
          detail: `${room} must not import ${to ?? path.relative(root, target)}`,
        });
      }
      const one = ONE_FOLDER.find((o) => o.from === room && o.to === to);
      if (one !== undefined && !target.startsWith(path.join(src, one.folder) + path.sep)) {
        findings.push({
          file: relative,
          rule: 'arrow',
          detail: `${room} may import ${one.folder} alone of ${to}, not ${path.relative(src, target)}`,
        });
      }
      const internal = /^(.*)\/internal\//.exec(target);
      if (internal && !file.startsWith(internal[1]!)) {
        findings.push({ file: relative, rule: 'internal', detail: `reaches into ${path.relative(root, target)}` });
      }
      if (room === 'connect/connectors' && to === 'connect/connectors') {
        const own = path.relative(src, file).split('/')[2]!;
        const other = path.relative(src, target).split('/')[2]!;
        const shared =
          ['registry.ts', 'internal'].includes(own) ||
          !existsSync(path.join(src, 'connect/connectors', other)) ||
          !statSync(path.join(src, 'connect/connectors', other)).isDirectory();
        if (own !== other && !shared && !SHARED_BY_CONNECTORS.includes(other)) {
          findings.push({
            file: relative,
            rule: 'arrow',
            detail: `connector ${own} must not import connector ${other}`,
          });
        }
      }
    }
    findings.push(...wideComments(relative, text), ...privateMembers(relative, text), ...unitless(relative, text));
    if (!isTest) findings.push(...confusable(relative, text));
    graph.set(file, targets);
    loose.set(file, looseTargets);
    if (!isTest) {
      findings.push(...unprovenElements(relative, text, IN_PLACE[path.relative(src, file)] ?? 0));
      const code = text.replaceAll(/\/\*[\s\S]*?\*\//g, '').replaceAll(/\/\/[^\n]*/g, '');
      if (room !== 'connect/connectors' && LISTS_DATABASES[path.relative(src, file)] === undefined)
        findings.push(...listedDatabases(relative, code));
      if (!TABLES_OF_CODES.includes(path.relative(src, file))) findings.push(...writtenCodes(relative, code));
      for (const door of DOORS) {
        const isOpen = door.rooms.includes(room) || door.except?.includes(path.relative(src, file)) === true;
        if (!isOpen && door.pattern.test(code)) {
          findings.push({ file: relative, rule: 'door', detail: `${door.what} is host's` });
        }
      }
    }
  }
  findings.push(...webConsole(root, src));
  findings.push(
    ...cycles(graph).map((cycle) => ({
      file: path.relative(root, cycle[0]!),
      rule: 'cycle',
      detail: cycle.map((f) => path.relative(src, f)).join(' -> '),
    })),
  );
  for (const cycle of cycles(loose)) {
    const inside = cycle.map((f) => path.relative(src, f));
    // Already reported.
    if (cycle.slice(1).every((next, i) => graph.get(cycle[i]!)!.includes(next))) continue;
    if (LOOSE_CIRCLES.some(({ folders }) => inside.every((f) => folders.some((one) => f.startsWith(`${one}/`)))))
      continue;
    findings.push({ file: path.relative(root, cycle[0]!), rule: 'loose cycle', detail: inside.join(' -> ') });
  }
  for (const room of Object.keys(ARROWS)) {
    const folder = path.join(src, room);
    if (existsSync(folder) && !existsSync(path.join(folder, 'README.md'))) {
      findings.push({ file: `src/${room}`, rule: 'readme', detail: 'the room has no README.md' });
    }
  }
  return findings;
}

/**
 * Durations have a unit in their names: Ms, Us, Seconds. (Timestamps of records are always in ms since the epoch, as in
 * Kafka, and are called timestamp or time; sizes in bytes are called bytes; an offset is always a record's offset in
 * its partition.)
 */
const LENGTH_OF_TIME =
  /\b(?:[a-z]\w*)?(?:[tT]imeout|[dD]eadline|[dD]elay|[dD]uration|[bB]ackoff|[eE]lapsed|[pP]atience|[iI]nterval|[rR]etention|[gG]race)\??: number\b/;

/** Files that implement interfaces of libraries, which determine the names. */
const NAMED_BY_LIBRARIES = ['src/connect/connectors/sqlite/driver.ts', 'src/main/vault.ts'];

function unitless(file: string, text: string): Finding[] {
  if (NAMED_BY_LIBRARIES.includes(file)) return [];
  return text.split('\n').flatMap((line, i) => {
    const found = LENGTH_OF_TIME.exec(line);
    return found === null
      ? []
      : [{ file: `${file}:${i + 1}`, rule: 'unit', detail: `${found[0]} does not say its unit` }];
  });
}

/**
 * The measure of parameters with these names. Parameters of different measures need the types in base/quantities.ts.
 */
const MEASURES: readonly (readonly [measure: string, name: RegExp])[] = [
  ['offset', /^(?:offset|\w*Offset)$/],
  ['partition', /^(?:partition|\w*Partition)$/],
  ['point in time', /^(?:time|timestamp|\w+Time|\w*Timestamp|timestampMs|nowMs)$/],
  ['length of time', /^(?:ms|\w+Ms)$/],
  ['bytes', /^(?:bytes|\w+Bytes)$/],
  ['id', /^(?:id|\w+Id|generation)$/],
];

/** Adjacent parameters that are plain numbers of different measures: a caller could swap them without an error. */
function confusable(file: string, text: string): Finding[] {
  const measureOf = (name: string): string | undefined => MEASURES.find(([, pattern]) => pattern.test(name))?.[0];
  return [...text.matchAll(/\b(\w+)\??: number,\s*(?=(\w+)\??: number\b)/g)].flatMap((found) => {
    const [, first = '', second = ''] = found;
    const [a, b] = [measureOf(first), measureOf(second)];
    if (a === undefined || b === undefined || a === b) return [];
    const line = text.slice(0, found.index).split('\n').length;
    const detail = `${first} and ${second} are numbers that can be exchanged: base/quantities.ts has types for them`;
    return [{ file: `${file}:${line}`, rule: 'quantity', detail }];
  });
}

/** Private members must use #, because the keyword `private` has no effect at run time. */
function privateMembers(file: string, text: string): Finding[] {
  return text.split('\n').flatMap((line, i) => {
    const found = /^\s+private (?!constructor\b)(?:(?:static|readonly|async|get|set|override) )*([\w$]+)/.exec(line);
    return found === null
      ? []
      : [{ file: `${file}:${i + 1}`, rule: 'private', detail: `${found[1]} is to be #${found[1]}` }];
  });
}

/** Element accesses without proof, if there are more or fewer of them than the number permitted for the file. */
function unprovenElements(file: string, text: string, allowed: number): Finding[] {
  const found = bareElements(text);
  if (found.length === allowed) return [];
  if (found.length < allowed)
    return [{ file, rule: 'element', detail: `${found.length} elements of ${allowed}: lower the number in IN_PLACE` }];
  return found.map(({ line, text: element }) => ({
    file: `${file}:${line}`,
    rule: 'element',
    detail: `${element}! has no bound beside it: must(${element}, 'what'), or a loop without an index`,
  }));
}

/** Files outside of the connectors that may list databases, with the reason. */
const LISTS_DATABASES: Readonly<Record<string, string>> = {
  'base/databases.ts': 'the table',
  'engine/connectors/cluster-declarations.ts': "the databases of Debezium's connectors on a Connect cluster",
};

/** Lines that name two databases: a new connector would have to be added there, where nobody looks. */
function listedDatabases(file: string, code: string): Finding[] {
  return code.split('\n').flatMap((line, i) => {
    const named = DATABASES.filter(({ name }) => line.toLowerCase().includes(name)).map(({ name }) => name);
    return named.length < 2
      ? []
      : [
          {
            file,
            rule: 'database',
            detail: `line ${i + 1} lists ${named.join(', ')}: base/databases.ts has the names`,
          },
        ];
  });
}

/** The tables of `error_code`s: ours, and Confluent's for the schema registry. */
const TABLES_OF_CODES = ['base/errors.ts', 'formats/schema-registry/registry-errors.ts'];

/** `error_code`s that are written outside of their tables: five digits that begin with an HTTP status of an error. */
function writtenCodes(file: string, code: string): Finding[] {
  const known = new Set([...Object.values(ERRORS), ...Object.values(EXACT_CODES)].map((e) => String(e.restCode)));
  const written =
    /(?<key>\b(?:restCode|error_code|errorCode)"?\s*(?::|===|!==)\s*)?(?<!['\w.])(?<number>[45]\d{4})\b(?!['.|])/g;
  return [...code.matchAll(written)].flatMap(({ groups }) => {
    const number = groups?.['number'] ?? '';
    return groups?.['key'] === undefined && !known.has(number)
      ? []
      : [{ file, rule: 'code', detail: `${number} is written outside of base/errors.ts` }];
  });
}

/**
 * Comment lines that are longer than the formatter's width, except for single long words and indented or tabular text.
 */
function wideComments(file: string, text: string): Finding[] {
  return text.split('\n').flatMap((line, i) => {
    const isComment = /^\s*(?:\/\/|\/\*|\*)(?! {4}| \S+ => )/.test(line);
    const isWide = line.length > WIDTH && isComment && /\s\S+\s+\S/.test(line.trim());
    return isWide
      ? [{ file: `${file}:${i + 1}`, rule: 'width', detail: `a comment of ${line.length} characters` }]
      : [];
  });
}

/** The imports of a file; `isLoose` is set for type imports and dynamic imports. */
function importsOf(text: string): { readonly specifier: string; readonly isLoose: boolean }[] {
  const written = text.matchAll(/^\s*(?:import|export)\s+(type\s+)?(?:[^;'"]*?\sfrom\s+)?'([^']+)'/gm);
  const asked = text.matchAll(/\bimport\(\s*'([^']+)'\s*\)/g);
  return [
    ...[...written].map(([, typeOnly, specifier]) => ({ specifier: specifier!, isLoose: typeOnly !== undefined })),
    ...[...asked].map(([, specifier]) => ({ specifier: specifier!, isLoose: true })),
  ];
}

function webConsole(root: string, src: string): Finding[] {
  const folder = path.join(root, 'console/src');
  if (!existsSync(folder)) return [];
  return list(folder).flatMap((file) => {
    if (!/\.tsx?$/.test(file)) return [];
    const imports = [
      ...readFileSync(file, 'utf8').matchAll(/^\s*(?:import|export)\s+(?:[^;'"]*?\sfrom\s+)?'([^']+)'/gm),
    ];
    return imports.flatMap(([, specifier]) => {
      const target = path.resolve(path.dirname(file), specifier!);
      const isForeign = specifier!.startsWith('node:');
      const isOwn = !specifier!.startsWith('.') || target.startsWith(folder);
      const room = target.startsWith(src) ? roomOf(path.relative(src, target)) : undefined;
      if (!isForeign && (isOwn || (room !== undefined && WEB_CONSOLE_ROOMS.includes(room)))) return [];
      return [
        { file: path.relative(root, file), rule: 'arrow', detail: `the web console must not import ${specifier}` },
      ];
    });
  });
}

/** The properties of a setting that the rules examine. */
interface Setting {
  readonly name: string;
  readonly inert?: string | undefined;
}

/**
 * Checks a connector's table of settings, of which code reads `TABLE.x`. Findings: a setting whose text claims an effect
 * and that no code outside of the table reads, an inert one that is read, and one that a connector looks up by a string.
 * `folder`: where the table's name means this table; several connectors have a `SINK`.
 */
export function tableFindings(
  root: string,
  table: string,
  keys: Readonly<Record<string, Setting>>,
  folder = 'src',
): Finding[] {
  const src = path.join(root, 'src');
  const read = new Set<string>();
  let home = 'src';
  const names = new Set(Object.values(keys).map((key) => key.name));
  const byString: Finding[] = [];
  for (const file of list(path.join(root, folder))) {
    if (!file.endsWith('.ts') || /\.test\.ts$|\/testing\//.test(file)) continue;
    const text = readFileSync(file, 'utf8');
    if (text.includes(`export const ${table} =`)) home = path.relative(root, file);
    else for (const [, key] of text.matchAll(new RegExp(`\\b${table}\\.(\\w+)`, 'g'))) read.add(key!);
    // Elsewhere the same name may belong to another table.
    if (!file.startsWith(path.join(src, 'connect/connectors') + path.sep)) continue;
    for (const [, name = ''] of text.matchAll(/\b(?:config|raw)\['([^']+)'\]/g))
      if (names.has(name))
        byString.push({ file: path.relative(root, file), rule: 'setting', detail: `${name} is looked up by a string` });
  }
  const unread = Object.entries(keys).flatMap(([key, { name, inert }]) => {
    if (read.has(key) === (inert === undefined)) return [];
    const detail =
      inert === undefined ? `${name} has an effect in its text, and no reader` : `${name} is inert, and is read`;
    return [{ file: home, rule: 'setting', detail }];
  });
  // The worker's settings for all connectors (topics, tasks.max) have a table in the worker's room, which connectors do
  // not import.
  return home.startsWith('src/connect/connectors/') ? [...byString, ...unread] : unread;
}

/**
 * Findings in the settings of the server, used as `KEYS.x` for the key `x`: settings that have an effect according to
 * the table but are never read, inert settings that are read, and settings that are looked up by a string. Functions
 * and Kafka's client may look up their settings by name, because others also define these names.
 */
export function settingFindings(root: string, keys: Readonly<Record<string, Setting>>): Finding[] {
  const src = path.join(root, 'src');
  const read = new Set<string>();
  const findings: Finding[] = [];
  const names = new Set(Object.values(keys).map((key) => key.name));
  for (const file of list(src)) {
    if (!file.endsWith('.ts') || /\.test\.ts$|\/testing\/|\/src\/config\//.test(file)) continue;
    const text = readFileSync(file, 'utf8');
    for (const [, key] of text.matchAll(/\bKEYS\.(\w+)/g)) read.add(key!);
    const asksByName = ['functions', 'log'].includes(roomOf(path.relative(src, file)) ?? '');
    for (const [, before, name, after] of text.matchAll(/([[(,]\s*)'([a-z]\w*(?:\.\w+)+)'(\s*[\]),])/g)) {
      if (asksByName) read.add(name!);
      else if (names.has(name!) && !before!.startsWith(',') && !after!.endsWith(','))
        findings.push({ file: path.relative(root, file), rule: 'setting', detail: `${name} is looked up by a string` });
    }
  }
  for (const [key, { name, inert }] of Object.entries(keys)) {
    const isRead = read.has(key) || read.has(name) || read.has(name.replace('ksql.streams.', ''));
    if (isRead === (inert === undefined)) continue;
    const detail = isRead ? `${name} is inert, and is read` : `${name} has an effect in its text, and no reader`;
    findings.push({ file: 'src/config/keys.ts', rule: 'setting', detail });
  }
  return findings;
}

function roomOf(relative: string): string | undefined {
  if (
    relative === 'main.ts' ||
    relative === 'index.ts' ||
    relative === 'connect-testing.ts' ||
    relative.startsWith('main/')
  )
    return 'main';
  const parts = relative.split('/');
  const nested = `${parts[0]}/${parts[1]}`;
  return nested in ARROWS ? nested : parts[0]! in ARROWS ? parts[0] : undefined;
}

function list(folder: string): string[] {
  return readdirSync(folder, { withFileTypes: true }).flatMap((entry) => {
    const full = path.join(folder, entry.name);
    return entry.isDirectory() ? list(full) : [full];
  });
}

/** One representative cycle per strongly connected component (type-only imports do not count). */
function cycles(graph: ReadonlyMap<string, readonly string[]>): string[][] {
  const state = new Map<string, 'open' | 'done'>();
  const stack: string[] = [];
  const found: string[][] = [];
  const visit = (node: string): void => {
    state.set(node, 'open');
    stack.push(node);
    for (const next of graph.get(node) ?? []) {
      const seen = state.get(next);
      if (seen === 'open') found.push([...stack.slice(stack.indexOf(next)), next]);
      else if (seen === undefined && graph.has(next)) visit(next);
    }
    stack.pop();
    state.set(node, 'done');
  };
  for (const node of graph.keys()) if (!state.has(node)) visit(node);
  return found;
}
