import { readFileSync } from 'node:fs';
import path from 'node:path';
import { isTestFile, list } from './files.ts';
import type { Finding } from './finding.ts';
import { roomOf } from './rooms.ts';

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
    if (!file.endsWith('.ts') || isTestFile(file)) continue;
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
    if (!file.endsWith('.ts') || isTestFile(file) || file.includes('/src/config/')) continue;
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
