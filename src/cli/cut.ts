import { splitStatements, type Split } from '../sql/split.ts';
import { localCommand } from './local-commands.ts';

/** A command of the console, or a statement, in the order in which they stand in a text. */
export type TextPiece =
  | { readonly command: NonNullable<ReturnType<typeof localCommand>>; readonly line: string }
  | { readonly statement: string };

/** Cuts a text of several lines: where no statement is open, a line may be a command of the console. */
export function cutText(text: string): {
  readonly pieces: readonly TextPiece[];
  readonly state: Split['state'];
  /** What is no whole statement yet. */
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
