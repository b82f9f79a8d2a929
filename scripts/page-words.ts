import { readdirSync, readFileSync } from 'node:fs';
import path from 'node:path';

/** A sentence, or part of one, that the web console shows, with the files that contain it. */
export interface PageSentence {
  readonly text: string;
  readonly files: readonly string[];
}

/** Texts with fewer words are labels, not sentences. */
const WORDS_MIN = 4;

/**
 * Every sentence of the page, sorted: texts between tags and in quotes. The list is for proofreading. A test ensures
 * that no sentence occurs twice, because then one copy could be changed without the other.
 */
export function pageSentences(folder: string): readonly PageSentence[] {
  const found = new Map<string, string[]>();
  for (const file of sourcesOf(folder))
    for (const text of sentencesOf(readFileSync(path.join(folder, file), 'utf8')))
      found.set(text, [...(found.get(text) ?? []), file]);
  return [...found].map(([text, files]) => ({ text, files })).toSorted((a, b) => a.text.localeCompare(b.text, 'en'));
}

/** The sentences in a TypeScript or JSX file, without comments and code. */
export function sentencesOf(source: string): readonly string[] {
  const code = source.replaceAll(/\/\*[\s\S]*?\*\/|(?<=^|\s)\/\/.*$/gm, '').replaceAll(/^\s*import .*$/gm, '');
  const quoted = [...code.matchAll(/'((?:[^'\\\n]|\\.)*)'|"((?:[^"\\\n]|\\.)*)"|`((?:[^`\\]|\\.)*)`/g)];
  const between = [...code.matchAll(/>\s*([^<>{}=;()|&]+?)\s*(?:<|\{)/g)];
  return [...quoted.map((m) => m[1] ?? m[2] ?? m[3] ?? ''), ...between.map((m) => m[1] ?? '')]
    .map((text) => text.replaceAll(/\s+/g, ' ').trim())
    .filter((text) => isSentence(text));
}

function isSentence(text: string): boolean {
  return /^[A-Z]/.test(text) && !/^[A-Z]{2}/.test(text) && text.split(' ').length >= WORDS_MIN;
}

function sourcesOf(folder: string): readonly string[] {
  return readdirSync(folder, { recursive: true, encoding: 'utf8' })
    .filter((name) => /\.tsx?$/.test(name) && !/\.test\.tsx?$/.test(name))
    .toSorted();
}
