import { readdirSync, readFileSync } from 'node:fs';
import path from 'node:path';

/** A sentence, or a part of one, that the web console shows: with the files in which it is written. */
export interface PageSentence {
  readonly text: string;
  readonly files: readonly string[];
}

/** Fewer words than these are a label, not a sentence. */
const WORDS_MIN = 4;

/**
 * Every sentence of the page by its text, in the order of the alphabet: what stands between tags, and in quotes. The
 * list is for people who look over the words; a test holds that none is written twice, for then one of them is changed
 * and the other is not.
 */
export function pageSentences(folder: string): readonly PageSentence[] {
  const found = new Map<string, string[]>();
  for (const file of sourcesOf(folder))
    for (const text of sentencesOf(readFileSync(path.join(folder, file), 'utf8')))
      found.set(text, [...(found.get(text) ?? []), file]);
  return [...found].map(([text, files]) => ({ text, files })).toSorted((a, b) => a.text.localeCompare(b.text, 'en'));
}

/** The sentences of one file of TypeScript and JSX, comments and code left out. */
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
