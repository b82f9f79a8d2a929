/**
 * The house rules, checked by scripts/tidy.test.ts. The rules and the data that they compare with are in scripts/tidy:
 * which top-level folders ("rooms") of src may import which, no import cycles, no access to the outside world except in
 * `host`, a README in every room, and so on.
 */
import { existsSync, readFileSync } from 'node:fs';
import path from 'node:path';
import { unprovenElements } from './tidy/bare-elements.ts';
import { wideComments } from './tidy/comments.ts';
import { importCycles } from './tidy/cycles.ts';
import { openDoors } from './tidy/doors.ts';
import { isTestFile, list } from './tidy/files.ts';
import type { Finding } from './tidy/finding.ts';
import { checkImports, webConsole } from './tidy/imports.ts';
import { confusable, privateMembers, unitless } from './tidy/names.ts';
import { listedDatabases, quotedByHand, writtenCodes } from './tidy/one-table.ts';
import { ARROWS, roomOf } from './tidy/rooms.ts';

/** All findings in `src` and in the web console; empty when there are none. */
export function tidy(root: string): Finding[] {
  const src = path.join(root, 'src');
  const findings: Finding[] = [];
  const graph = new Map<string, readonly string[]>();
  const loose = new Map<string, readonly string[]>();
  for (const file of list(src)) {
    if (!file.endsWith('.ts')) continue;
    const text = readFileSync(file, 'utf8');
    const relative = path.relative(root, file);
    const inSource = path.relative(src, file);
    const room = roomOf(inSource);
    if (room === undefined) {
      findings.push({ file: relative, rule: 'room', detail: 'the file is in no known room' });
      continue;
    }
    const imports = checkImports(root, file, text, room);
    graph.set(file, imports.targets);
    loose.set(file, imports.looseTargets);
    findings.push(
      ...imports.findings,
      ...wideComments(relative, text),
      ...privateMembers(relative, text),
      ...unitless(relative, text),
    );
    if (isTestFile(file)) continue;
    const code = text.replaceAll(/\/\*[\s\S]*?\*\//g, '').replaceAll(/\/\/[^\n]*/g, '');
    findings.push(
      ...confusable(relative, text),
      ...unprovenElements(relative, inSource, text),
      ...listedDatabases(relative, inSource, code),
      ...writtenCodes(relative, inSource, code),
      ...quotedByHand(relative, inSource, room, code),
      ...openDoors(relative, inSource, room, code),
    );
  }
  return [...findings, ...webConsole(root, src), ...importCycles(root, graph, loose), ...roomsWithoutReadme(src)];
}

function roomsWithoutReadme(src: string): Finding[] {
  return Object.keys(ARROWS).flatMap((room) => {
    const folder = path.join(src, room);
    if (!existsSync(folder) || existsSync(path.join(folder, 'README.md'))) return [];
    return [{ file: `src/${room}`, rule: 'readme', detail: 'the room has no README.md' }];
  });
}
