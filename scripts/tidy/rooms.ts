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
export const ONE_FOLDER: readonly { readonly from: string; readonly to: string; readonly folder: string }[] = [
  { from: 'dataflow', to: 'plan', folder: 'plan/steps' },
];

/** Rooms that also run in a browser. */
export const BROWSER_ROOMS = ['base', 'types', 'sql', 'wire', 'client'];

/**
 * The rooms of `src` that the web console may import: these, and the part of the terminal's console that does not
 * depend on a terminal.
 */
export const WEB_CONSOLE_ROOMS = [...BROWSER_ROOMS, 'cli'];

/** The room of a file, by its path below `src`; undefined when it is in none. */
export function roomOf(relative: string): string | undefined {
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
