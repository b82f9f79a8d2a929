import { mkdirSync, mkdtempSync, readFileSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import path from 'node:path';
import { expect, test } from 'vitest';
import { VERSION } from '../src/main/version.ts';
import { KEYS } from '../src/config/keys.ts';
import { CONNECTION } from '../src/connect/connectors/database/connection-keys.ts';
import { SINK } from '../src/connect/connectors/database/sink-keys.ts';
import { SOURCE } from '../src/connect/connectors/database/source-keys.ts';
import { DATAGEN } from '../src/connect/connectors/datagen/datagen-keys.ts';
import { FILE_SINK, FILE_SOURCE } from '../src/connect/connectors/file/file-keys.ts';
import { CAPTURE } from '../src/connect/connectors/postgres/cdc/config-keys.ts';
import { POSTGRES_SOURCE } from '../src/connect/connectors/postgres/source-keys.ts';
import { SINK as CLICKHOUSE_SINK } from '../src/connect/connectors/clickhouse/sink-keys.ts';
import { CONNECTION as ELASTICSEARCH_CONNECTION } from '../src/connect/connectors/elasticsearch/connection-keys.ts';
import { SINK as ELASTICSEARCH_SINK } from '../src/connect/connectors/elasticsearch/sink-keys.ts';
import { AUTH as HTTP_AUTH } from '../src/connect/connectors/http/auth-keys.ts';
import { SINK as HTTP_SINK } from '../src/connect/connectors/http/sink-keys.ts';
import { CONNECTION as MQTT_CONNECTION } from '../src/connect/connectors/mqtt/connection-keys.ts';
import { SINK as MQTT_SINK } from '../src/connect/connectors/mqtt/sink-keys.ts';
import { SOURCE as MQTT_SOURCE } from '../src/connect/connectors/mqtt/source-keys.ts';
import { SINK as REDIS_SINK } from '../src/connect/connectors/redis/sink-keys.ts';
import { WEBHOOK } from '../src/connect/connectors/webhook/webhook-keys.ts';
import { FRAMEWORK } from '../src/connect/worker/config/framework-config.ts';
import { settingFindings, tableFindings } from './tidy/settings.ts';
import { tidy } from './tidy.ts';

test('the house is tidy', () => {
  expect(tidy(path.resolve(import.meta.dirname, '..'))).toEqual([]);
});

test('every setting has its effect, or says that it has none, and is read by its key', () => {
  expect(settingFindings(path.resolve(import.meta.dirname, '..'), KEYS)).toEqual([]);
});

/** Settings that are read by name only or merely checked, or that do not change the guaranteed behaviour. */
const BY_NAME = ['name', 'jdbcCredentialsProviderClass', 'dialectName', 'exactlyOnceSupport'];

test('every setting of the connectors of databases and of the framework has its effect, or says that it has none', () => {
  const root = path.resolve(import.meta.dirname, '..');
  const tables = { CONNECTION, SOURCE, SINK, POSTGRES_SOURCE, CAPTURE, FILE_SOURCE, FILE_SINK, DATAGEN, FRAMEWORK };
  for (const [table, keys] of Object.entries(tables)) {
    const looked = Object.fromEntries(Object.entries(keys).filter(([key]) => !BY_NAME.includes(key)));
    expect(tableFindings(root, table, looked)).toEqual([]);
  }
});

test.each([
  ['clickhouse', 'SINK', CLICKHOUSE_SINK],
  ['elasticsearch', 'CONNECTION', ELASTICSEARCH_CONNECTION],
  ['elasticsearch', 'SINK', ELASTICSEARCH_SINK],
  ['http', 'AUTH', HTTP_AUTH],
  ['http', 'SINK', HTTP_SINK],
  ['mqtt', 'CONNECTION', MQTT_CONNECTION],
  ['mqtt', 'SINK', MQTT_SINK],
  ['mqtt', 'SOURCE', MQTT_SOURCE],
  ['redis', 'SINK', REDIS_SINK],
  ['webhook', 'WEBHOOK', WEBHOOK],
])('every setting of the %s connector in %s has its effect, or says that it has none', (folder, table, keys) => {
  const root = path.resolve(import.meta.dirname, '..');
  const looked = Object.fromEntries(Object.entries(keys).filter(([key]) => !BY_NAME.includes(key)));
  expect(tableFindings(root, table, looked, `src/connect/connectors/${folder}`)).toEqual([]);
});

test('tidy finds settings of a connector that nobody reads', () => {
  const root = house({
    'src/a/keys.ts': 'export const T = { a, b }; T.a;\n',
    'src/a/task.ts': 'config.get(T.b); config.get(T.c)',
  });
  const keys = { a: { name: 'k.a' }, b: { name: 'k.b' }, c: { name: 'k.c', inert: 'why' } };
  expect(tableFindings(root, 'T', keys).map((f) => `${f.file}: ${f.detail}`)).toEqual([
    'src/a/keys.ts: k.a has an effect in its text, and no reader',
    'src/a/keys.ts: k.c is inert, and is read',
  ]);
});

test('tidy finds a setting of a connector that is looked up by a string', () => {
  const root = house({
    'src/connect/connectors/a/keys.ts': 'export const T = { a };\n',
    'src/connect/connectors/a/task.ts': "config.get(T.a); config['k.a']; config.raw['k.a']; raw['k.b']; said('k.a')",
  });
  expect(tableFindings(root, 'T', { a: { name: 'k.a' } }).map((f) => f.detail)).toEqual([
    'k.a is looked up by a string',
    'k.a is looked up by a string',
  ]);
});

test('tidy finds settings that nobody reads, those that are read against their word, and look-ups by a string', () => {
  const root = house({
    'src/main/a.ts':
      "config.get(KEYS.read); config.get(KEYS.idle); raw['by.string']; say('Set by.string, or a.read');\n",
    'src/main/a.test.ts': 'config.get(KEYS.unread)',
    'src/functions/b.ts': "limitOf(env, 'of.function')",
    'src/config/keys.ts': 'KEYS.unread',
  });
  const keys = {
    read: { name: 'a.read' },
    unread: { name: 'a.unread' },
    idle: { name: 'b.idle', inert: 'why' },
    string: { name: 'by.string' },
    limit: { name: 'of.function' },
  };
  expect(settingFindings(root, keys).map((f) => f.detail)).toEqual([
    'by.string is looked up by a string',
    'a.unread has an effect in its text, and no reader',
    'b.idle is inert, and is read',
    'by.string has an effect in its text, and no reader',
  ]);
});

test('package.json and the product name the same version', () => {
  const manifest = JSON.parse(readFileSync(path.resolve(import.meta.dirname, '../package.json'), 'utf8')) as {
    version: string;
  };
  expect(manifest.version).toBe(VERSION);
});

function house(files: Record<string, string>): string {
  const root = mkdtempSync(path.join(tmpdir(), 'tidy-'));
  for (const [name, text] of Object.entries(files)) {
    mkdirSync(path.dirname(path.join(root, name)), { recursive: true });
    writeFileSync(path.join(root, name), text);
  }
  return root;
}

test('tidy finds an arrow that points the wrong way', () => {
  const root = house({
    'src/types/a.ts': "import { b } from '../plan/b.ts';\n",
    'src/plan/b.ts': '',
    'src/types/README.md': '',
    'src/plan/README.md': '',
  });
  expect(tidy(root).map((f) => f.rule)).toEqual(['arrow']);
});

test('tidy finds a cycle, a door and a missing README', () => {
  const root = house({
    'src/types/a.ts': "import { b } from './b.ts';\nexport const a = b;\n",
    'src/types/b.ts': "import { a } from './a.ts';\nexport const b = () => [a, Date.now()];\n",
  });
  expect(new Set(tidy(root).map((f) => f.rule))).toEqual(new Set(['cycle', 'door', 'readme']));
});

test('tidy finds circles of types and of dynamic imports, and arrows that are imported when they are asked for', () => {
  const readmes = Object.fromEntries(['types', 'plan', 'server'].map((room) => [`src/${room}/README.md`, '']));
  const root = house({
    ...readmes,
    'src/types/a.ts': "import type { B } from './b.ts';\n",
    'src/types/b.ts': "export const load = () => import('./a.ts');\n",
    'src/types/c.ts': "export const load = () => import('../plan/p.ts');\n",
    'src/plan/p.ts': '',
    'src/server/openapi/o.ts': "import type { R } from '../routes/r.ts';\n",
    'src/server/routes/r.ts': "import { o } from '../openapi/o.ts';\n",
  });
  expect(tidy(root).map((f) => [f.rule, f.detail])).toEqual([
    ['arrow', 'types must not import plan'],
    ['loose cycle', 'types/a.ts -> types/b.ts -> types/a.ts'],
  ]);
});

test('tidy finds clocks, randomness and timers by their other names, and not in comments', () => {
  const names = [
    'performance.now()',
    'new Date()',
    'process.hrtime.bigint()',
    'AbortSignal.timeout(5)',
    'setImmediate(f)',
    'randomUUID()',
  ];
  for (const name of names) {
    const root = house({ 'src/types/README.md': '', 'src/types/a.ts': `// ${name}\nexport const a = ${name};\n` });
    expect(
      tidy(root).map((f) => f.rule),
      name,
    ).toEqual(['door']);
  }
  const root = house({ 'src/types/README.md': '', 'src/types/a.ts': `// performance.now()\nconst d = new Date(5);\n` });
  expect(tidy(root)).toEqual([]);
});

test('tidy finds what the dataflow takes of plan besides the steps', () => {
  const root = house({
    'src/dataflow/README.md': '',
    'src/plan/README.md': '',
    'src/dataflow/a.ts': "import { s } from '../plan/steps/steps.ts';\nimport type { c } from '../plan/context.ts';\n",
    'src/plan/steps/steps.ts': '',
    'src/plan/context.ts': '',
  });
  expect(tidy(root).map((f) => f.detail)).toEqual([
    'dataflow may import plan/steps alone of plan, not plan/context.ts',
  ]);
});

test('tidy finds lengths of time that do not say their unit', () => {
  const root = house({
    'src/types/README.md': '',
    'src/types/a.ts':
      'interface A {\n  readonly pollTimeout: number;\n  delay?: number;\n  delayMs: number;\n  grace: bigint;\n}\n',
  });
  expect(tidy(root).map((f) => `${f.rule} ${f.file}`)).toEqual(['unit src/types/a.ts:2', 'unit src/types/a.ts:3']);
});

test('tidy finds numbers of different measures that stand beside one another as plain numbers', () => {
  const root = house({
    'src/types/README.md': '',
    'src/types/a.ts': [
      'export function swapped(partition: number, offset: number): void {}',
      'export function same(fromOffset: number, toOffset: number): void {}',
      'export function typed(partition: PartitionNumber, offset: Offset): void {}',
      'export function apart(',
      '  nowMs: number,',
      '  delayMs: number,',
      '): void {}',
      'export function unnamed(a: number, b: number): void {}',
    ].join('\n'),
    'src/types/a.test.ts': 'function f(partition: number, offset: number): void {}',
  });
  expect(tidy(root).map((f) => `${f.rule} ${f.file}`)).toEqual([
    'quantity src/types/a.ts:1',
    'quantity src/types/a.ts:5',
  ]);
});

test('tidy finds files of no room, Node in rooms of browsers, and production that imports tests', () => {
  const root = house({
    'src/types/README.md': '',
    'src/types/a.ts': "import { readFile } from 'node:path';\nimport { b } from './a.test.ts';\n",
    'src/types/a.test.ts': "import { join } from 'node:path';\n",
    'src/elsewhere/b.ts': '',
  });
  expect(new Set(tidy(root).map((f) => f.rule))).toEqual(new Set(['room', 'browser', 'production']));
});

test('tidy finds what reaches into the internals of another folder, and not what is beside them', () => {
  const root = house({
    'src/formats/README.md': '',
    'src/formats/json/internal/a.ts': '',
    'src/formats/json/b.ts': "import './internal/a.ts';\n",
    'src/formats/avro/c.ts': "import '../json/internal/a.ts';\n",
  });
  expect(tidy(root).map((f) => `${f.rule} ${f.file}`)).toEqual(['internal src/formats/avro/c.ts']);
});

test('tidy finds private members that the running program does not hide', () => {
  const root = house({
    'src/types/README.md': '',
    'src/types/a.ts':
      'class A {\n  private b = 1;\n  private constructor() {}\n  #c = 2;\n  private static async d() {}\n}\n',
  });
  expect(tidy(root).map((f) => f.detail)).toEqual(['b is to be #b', 'd is to be #d']);
});

test('tidy finds a connector that imports another one, and not what connectors share', () => {
  const root = house({
    'src/connect/connectors/README.md': '',
    'src/connect/connectors/file/a.ts': "import '../http/b.ts';\nimport '../internal/c.ts';\n",
    'src/connect/connectors/http/b.ts': '',
    'src/connect/connectors/internal/c.ts': '',
  });
  expect(tidy(root).map((f) => f.detail)).toEqual(['connector file must not import connector http']);
});

test('tidy finds what the web console takes of rooms that know more than a browser', () => {
  const root = house({
    'src/sql/README.md': '',
    'src/sql/a.ts': '',
    'src/plan/README.md': '',
    'src/plan/b.ts': '',
    'console/src/app.tsx': "import '../../src/sql/a.ts';\nimport '../../src/plan/b.ts';\nimport './own.ts';\n",
    'console/src/own.ts': "import { join } from 'node:path';\n",
  });
  expect(tidy(root).map((f) => f.detail)).toEqual([
    'the web console must not import ../../src/plan/b.ts',
    'the web console must not import node:path',
  ]);
});

test('tidy finds comments that are wider than code', () => {
  const words = 'word '.repeat(25).trim();
  const root = house({
    'src/types/README.md': '',
    'src/types/a.ts': `// ${words}\n/** ${words} */\nconst a = '${words}';\n// http://${'x'.repeat(130)}\n// ${words.slice(0, 100)}\n`,
  });
  expect(tidy(root).map((f) => `${f.rule} ${f.file}`)).toEqual(['width src/types/a.ts:1', 'width src/types/a.ts:2']);
});

test('tidy finds elements that are taken with no bound beside them', () => {
  const root = house({
    'src/types/README.md': '',
    'src/types/a.ts': [
      'export function f(xs: string[], ys: string[], i: number, bytes: Uint8Array, by: Record<string, string>) {',
      '  for (let n = 0; n < xs.length; n++) {',
      '    const said = xs[n]!;',
      '    // a comment',
      '    const more = said;',
      '    const late = more;',
      '    use(late, xs[n]!, ys[n]!);',
      '  }',
      '  if (ys.length === 1) return ys[0]!;',
      '  const whole = bytes[i]! + columns.offset[i]!;',
      "  const found = /a(b)/.exec('ab')!;",
      '  const group = found[1]!;',
      '  use(!ys[i + 1]!.trim(), f(xs)[0]!, whole, group);',
      "  return Object.hasOwn(by, 'k') ? by['k']! : by['l']!;",
      '}',
    ].join('\n'),
  });
  expect(tidy(root).map((f) => [f.file, f.detail.split('!')[0]])).toEqual([
    ['src/types/a.ts:7', 'ys[n]'],
    ['src/types/a.ts:13', 'ys[i + 1]'],
    ['src/types/a.ts:13', 'f(xs)[0]'],
    ['src/types/a.ts:14', "by['l']"],
  ]);
});

test('tidy finds texts of SQL that are quoted by hand where the printer could, and not elsewhere', () => {
  const line = `export const sql = (name: string) => \`PRINT '\${name.replaceAll("'", "''")}';\`;\n`;
  const root = house({
    'src/engine/README.md': '',
    'src/engine/a.ts': line,
    'src/cli/README.md': '',
    'src/cli/a.ts': line,
    'src/client/README.md': '',
    'src/client/a.ts': line,
  });
  expect(tidy(root).map(({ file, rule }) => `${file} ${rule}`)).toEqual([
    'src/cli/a.ts quoting',
    'src/engine/a.ts quoting',
  ]);
});

test('tidy finds error_codes that are written outside of their table', () => {
  const root = house({
    'src/engine/README.md': '',
    'src/engine/a.ts': [
      "fail('X', { restCode: 40999 });",
      'answer(response, 503, 50302);',
      `const text = '{"error_code":50000,"message":"m"}';`,
      'if (body.error_code === 50301) return;',
      '// 42900 in a comment',
      "const states = ['40001', 45000, 40.001, 400_000];",
    ].join('\n'),
    'src/engine/a.test.ts': 'expect(error.restCode).toBe(40001);',
  });
  expect(tidy(root).map((f) => `${f.rule} ${f.detail.split(' ')[0]}`)).toEqual([
    'code 40999',
    'code 50302',
    'code 50000',
    'code 50301',
  ]);
});

test('tidy finds lists of databases outside of the connectors', () => {
  const root = house({
    'src/engine/README.md': '',
    'src/engine/a.ts': "const one = 'postgres';\n// postgres, mysql\nconst two = /MySql|sqlite/i;\n",
    'src/connect/connectors/README.md': '',
    'src/connect/connectors/registry.ts': "const all = ['postgres', 'mysql'];\n",
  });
  expect(tidy(root).map((f) => `${f.rule} ${f.file}`)).toEqual(['database src/engine/a.ts']);
});
