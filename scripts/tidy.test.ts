import { mkdirSync, mkdtempSync, readFileSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import path from 'node:path';
import { expect, test } from 'vitest';
import { VERSION } from '../src/main/version.ts';
import { CONFIG_KEYS, STREAMS_PREFIX } from '../src/engine/config/keys.ts';
import { idleSettings, tidy } from './tidy.ts';

test('the house is tidy', () => {
  expect(tidy(path.resolve(import.meta.dirname, '..'))).toEqual([]);
});

test('every setting has its effect, or says that it has none', () => {
  expect(idleSettings(path.resolve(import.meta.dirname, '..'), CONFIG_KEYS, STREAMS_PREFIX)).toEqual([]);
});

test('tidy finds settings that nobody reads, and those that are read against their word', () => {
  const root = house({
    'src/main/a.ts':
      "config.get('a.read'); config.get('short.one'); config.get(`by.side.${side}`); config.get('b.read');\n",
    'src/main/a.test.ts': "set('a.unread')",
    'src/engine/config/keys.ts': "server('a.unread')",
  });
  const keys = ['a.read', 'x.short.one', 'by.side.key', 'a.unread'].map((name) => ({ name }));
  const inert = ['b.read', 'b.unread'].map((name) => ({ name, inert: 'why' }));
  expect(idleSettings(root, [...keys, ...inert], 'x.').map((f) => f.detail)).toEqual([
    'a.unread has an effect in its text, and no reader',
    'b.read is inert, and is read',
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
