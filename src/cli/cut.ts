import { splitStatements, type Split } from '../sql/split.ts';
import { localCommand } from './local-commands.ts';

/** A command of the console, or a statement. */
export type TextPiece =
  | { readonly command: NonNullable<ReturnType<typeof localCommand>>; readonly line: string }
  | {
      readonly statement: string;
      /** Whether its rows are shown as records, because the statement ended with `\G`, as in mysql. */
      readonly asRecords?: true;
    };

/**
 * Splits a text into commands and statements, in their order: outside of a statement, a line may be a command of the
 * console.
 */
export function cutText(text: string): {
  readonly pieces: readonly TextPiece[];
  readonly state: Split['state'];
  /** The unfinished statement at the end. */
  readonly rest: string;
} {
  const pieces: TextPiece[] = [];
  let open = '';
  let state: Split['state'] = 'complete';
  for (const line of text.split('\n')) {
    const command = open.trim() === '' ? localCommand(line) : undefined;
    if (command !== undefined) {
      pieces.push({ command, line });
      continue;
    }
    const { split, asRecords } = splitLine(open, line);
    for (const { text: statement } of split.statements)
      pieces.push(asRecords ? { statement, asRecords } : { statement });
    state = split.state;
    open = state === 'complete' ? '' : split.rest;
  }
  return { pieces, state, rest: open };
}

/**
 * Splits `open`, the unfinished statement of earlier lines, and the next line. A line that ends with `\g` or `\G` ends
 * a statement, as in psql and mysql, unless this is inside a string literal; `\G` also shows rows as records.
 */
export function splitLine(open: string, line: string): { readonly split: Split; readonly asRecords: boolean } {
  const [, text, sign] = /^(.*?)\s*\\([gG])\s*;?\s*$/.exec(line) ?? [];
  const ended = text === undefined ? undefined : splitStatements(`${open}${text};\n`);
  return ended?.state === 'complete'
    ? { split: ended, asRecords: sign === 'G' }
    : { split: splitStatements(`${open}${line}\n`), asRecords: false };
}
