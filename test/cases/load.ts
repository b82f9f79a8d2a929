import { existsSync, readdirSync, readFileSync } from 'node:fs';
import path from 'node:path';
import { parseCases, type Case } from '../../src/cases/case-file.ts';

/** All cases below a folder: `DIR/{qtt,rest,sql}/*.json`, or `DIR/*.json` when these folders do not exist. */
export function loadCases(folder: string): Case[] {
  const folders = ['qtt', 'rest', 'sql'].map((name) => path.join(folder, name)).filter((f) => existsSync(f));
  return (folders.length > 0 ? folders : [folder]).flatMap((f) =>
    readdirSync(f)
      .filter((name) => name.endsWith('.json'))
      .toSorted()
      .flatMap((name) => loadFile(path.join(f, name))),
  );
}

/** The cases in a file; their suite is the name of its folder. */
export function loadFile(file: string): Case[] {
  return parseCases(readFileSync(file, 'utf8'), path.basename(file), path.basename(path.dirname(file)));
}
