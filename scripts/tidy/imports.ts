import { existsSync, readFileSync, statSync } from 'node:fs';
import path from 'node:path';
import { isTestFile, list } from './files.ts';
import type { Finding } from './finding.ts';
import { ARROWS, BROWSER_ROOMS, ONE_FOLDER, roomOf, WEB_CONSOLE_ROOMS } from './rooms.ts';

/** Folders among the connectors that are not connectors: every connector may import them. */
const SHARED_BY_CONNECTORS = ['internal', 'database', 'objects'];

/** What a file imports, and what of it is against the rules. */
export interface Imports {
  readonly findings: readonly Finding[];
  /** The files below `src` that are loaded with it. */
  readonly targets: readonly string[];
  /** The same, and the files that it imports only for types, or dynamically. */
  readonly looseTargets: readonly string[];
}

/** @param text of `file`, which is in `room` */
export function checkImports(root: string, file: string, text: string, room: string): Imports {
  const src = path.join(root, 'src');
  const found = { file: path.relative(root, file) };
  const isTest = isTestFile(file);
  const findings: Finding[] = [];
  const targets: string[] = [];
  const looseTargets: string[] = [];
  for (const { specifier, isLoose } of importsOf(text)) {
    if (!specifier.startsWith('.')) {
      if (!isTest && BROWSER_ROOMS.includes(room) && specifier.startsWith('node:'))
        findings.push({ ...found, rule: 'browser', detail: `${room} imports ${specifier}` });
      continue;
    }
    const target = path.resolve(path.dirname(file), specifier);
    if (isTest) continue;
    if (isTestFile(target) || !target.startsWith(src)) {
      findings.push({ ...found, rule: 'production', detail: `imports ${path.relative(root, target)}` });
      continue;
    }
    looseTargets.push(target);
    if (!isLoose) targets.push(target);
    const to = roomOf(path.relative(src, target));
    const allowed = ARROWS[room]!;
    if (to === undefined || (to !== room && to !== 'base' && allowed !== '*' && !allowed.includes(to))) {
      const detail = `${room} must not import ${to ?? path.relative(root, target)}`;
      findings.push({ ...found, rule: 'arrow', detail });
    }
    const one = ONE_FOLDER.find((only) => only.from === room && only.to === to);
    if (one !== undefined && !target.startsWith(path.join(src, one.folder) + path.sep)) {
      const detail = `${room} may import ${one.folder} alone of ${to}, not ${path.relative(src, target)}`;
      findings.push({ ...found, rule: 'arrow', detail });
    }
    const internal = /^(.*)\/internal\//.exec(target);
    if (internal && !file.startsWith(internal[1]!))
      findings.push({ ...found, rule: 'internal', detail: `reaches into ${path.relative(root, target)}` });
    if (room === 'connect/connectors' && to === 'connect/connectors') {
      const detail = foreignConnector(src, file, target);
      if (detail !== undefined) findings.push({ ...found, rule: 'arrow', detail });
    }
  }
  return { findings, targets, looseTargets };
}

/** Why a connector's file must not import a file of another connector. */
function foreignConnector(src: string, file: string, target: string): string | undefined {
  const connectorOf = (inside: string): string => path.relative(src, inside).split('/')[2]!;
  const [own, other] = [connectorOf(file), connectorOf(target)];
  if (own === other || SHARED_BY_CONNECTORS.includes(other) || ['registry.ts', 'internal'].includes(own))
    return undefined;
  const folder = path.join(src, 'connect/connectors', other);
  if (!existsSync(folder) || !statSync(folder).isDirectory()) return undefined;
  return `connector ${own} must not import connector ${other}`;
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

/** What the web console must not import. */
export function webConsole(root: string, src: string): Finding[] {
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
