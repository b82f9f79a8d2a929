import type { Logger } from '../base/env.ts';
import { messageOf } from '../base/errors.ts';
import { skipTrivia } from '../sql/lexer/trivia.ts';
import { maskProperties } from '../sql/printer/mask.ts';
import type { ConsoleFiles } from './files.ts';

const HISTORY_MAX = 1000;
/** Replaces line breaks, because each statement is one line of the file, as in psql's history. */
const LINE_BREAK = '\u0001';

/** The paths of the history files; undefined: no history is kept there. */
export interface HistoryFiles {
  /** The history of this folder and server, which the Up key recalls. */
  readonly own?: string | undefined;
  /** The history of all folders and servers, which is searched as well. */
  readonly all?: string | undefined;
}

/** The statements of this and earlier sessions, without secrets; a statement keeps its line breaks. */
export class History {
  readonly #paths: HistoryFiles;
  readonly #files: ConsoleFiles;
  readonly #logger: Logger;
  #own: string[] = [];
  #others: string[] = [];

  constructor(paths: HistoryFiles, files: ConsoleFiles, logger: Logger) {
    this.#paths = paths;
    this.#files = files;
    this.#logger = logger;
  }

  /** The entries of this folder and server, newest first. */
  get entries(): readonly string[] {
    return this.#own;
  }

  /** The entries of this folder and server, then those of others; each newest first. */
  get searched(): readonly string[] {
    return [...this.#own, ...this.#others];
  }

  /** Reads the files. A folder without its own history begins with the entries of the others. */
  async load(): Promise<void> {
    this.#own = await this.#read(this.#paths.own);
    const all = await this.#read(this.#paths.all);
    const known = new Set(this.#own);
    this.#others = all.filter((entry) => !known.has(entry));
    if (this.#own.length === 0) [this.#own, this.#others] = [this.#others, []];
  }

  add(statement: string): void {
    const entry = maskProperties(statement.trim());
    if (entry === '' || this.#own[0] === entry) return;
    this.#own.unshift(entry);
    this.#own.length = Math.min(this.#own.length, HISTORY_MAX);
    for (const path of [this.#paths.own, this.#paths.all])
      if (path !== undefined)
        this.#files.append(path, `${entry.replaceAll('\n', LINE_BREAK)}\n`).catch((error: unknown) => {
          this.#logger.warn('Could not write the history', { error: messageOf(error) });
        });
  }

  /** The entries, newest first; a file that has grown too long is truncated. */
  async #read(path: string | undefined): Promise<string[]> {
    if (path === undefined) return [];
    try {
      const lines = parseHistory(await this.#files.read(path));
      const kept = lines.slice(-HISTORY_MAX);
      if (lines.length > 2 * HISTORY_MAX) await this.#files.replace(path, `${kept.join('\n')}\n`);
      return kept.map((line) => line.replaceAll(LINE_BREAK, '\n')).toReversed();
    } catch {
      // The file does not exist yet.
      return [];
    }
  }
}

/** A statement on one line, for lists: without comments; quoted texts stay as they are. */
export function inOneLine(statement: string): string {
  let result = '';
  let pos = 0;
  while (pos < statement.length) {
    // As in the grammar: inside a bare value of a connector's property, `--` and `//` are part of the value.
    const afterBlank = pos === 0 || /[\s,(]/.test(statement[pos - 1]!);
    const next = afterBlank || /[\s\\]/.test(statement[pos]!) ? skipTrivia(statement, pos) : pos;
    if (next < 0) return result + statement.slice(pos).replaceAll(/\s+/g, ' ');
    if (next > pos) {
      if (result !== '' && next < statement.length) result += ' ';
      pos = next;
      continue;
    }
    const quoted = /^(?:'(?:[^']|'')*'|"(?:[^"]|"")*"|`(?:[^`]|``)*`)/.exec(statement.slice(pos))?.[0];
    const piece = quoted ?? statement[pos]!;
    result += quoted === undefined ? piece : piece.replaceAll(/\s*\n\s*/g, ' ');
    pos += piece.length;
  }
  return result.trim();
}

/** The entries of a history file, newest last. */
function parseHistory(text: string): string[] {
  return text.split('\n').filter((line) => line.trim() !== '');
}
