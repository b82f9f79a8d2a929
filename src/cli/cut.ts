import { splitStatements, type Split } from '../sql/split.ts';
import { localCommand } from './local-commands.ts';

/** A command of the console, or a statement. */
export type TextPiece =
  | { readonly command: NonNullable<ReturnType<typeof localCommand>>; readonly line: string }
  | { readonly statement: string };

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
    const split = splitStatements(`${open}${line}\n`);
    for (const { text: statement } of split.statements) pieces.push({ statement });
    state = split.state;
    open = state === 'complete' ? '' : split.rest;
  }
  return { pieces, state, rest: open };
}
