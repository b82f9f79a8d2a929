import { messageOf } from '../base/errors.ts';
import { ClientError } from '../client/client-error.ts';

/** The maximum length of a script's name in a progress line, in characters. */
const SCRIPT_NAME_MAX = 16;

/** Why a script cannot be read. For a folder, the message also names the command that takes one. */
export function scriptProblem(error: unknown, path: string): string {
  const text = messageOf(error);
  return text.endsWith(' is a folder')
    ? `${text}. A script is a file: give each of them, or sluice apply ${path}, in a shell, makes the server have what all of them say`
    : text;
}

/** The file name of a script, shortened for a progress line. */
export function scriptName(file: string | undefined): string {
  const name = file?.split(/[\\/]/).at(-1) ?? 'Script';
  return name.length <= SCRIPT_NAME_MAX ? name : `${name.slice(0, SCRIPT_NAME_MAX - 1)}…`;
}

/** The position at which a statement of a script begins. */
export interface ScriptPlace {
  /** Undefined for standard input or an option. */
  readonly file: string | undefined;
  /** From 1. */
  readonly line: number;
}

/** `schema.sql:12: `, or `line 12: `. */
export function placeText({ file, line }: ScriptPlace): string {
  return file === undefined ? `line ${line}: ` : `${file}:${line}: `;
}

/** Converts the line numbers in a message from lines of the statement to lines of the script. */
export function inScript(text: string, place: ScriptPlace, error: unknown): string {
  const where = placeText({ ...place, line: place.line + lineOf(error) - 1 });
  const counted = (line: string): number => place.line + Number(line) - 1;
  const shifted = text
    .replaceAll(/\bat line (\d+):(\d+)$/gm, (_, line: string, column: string) => `at line ${counted(line)}:${column}`)
    .replace(/\bLine: (\d+), Col: /, (_, line: string) => `Line: ${counted(line)}, Col: `);
  // Syntax errors already begin with a position.
  const own = /^(\u001b\[\d+m)?line \d+:(\d+): /.exec(shifted);
  return own === null
    ? `${where}${shifted}`
    : `${own[1] ?? ''}${where.slice(0, -2)}:${own[2]}: ${shifted.slice(own[0].length)}`;
}

/** The line at which an index in a text is, from 1. */
export function lineAt(text: string, start: number): number {
  return text.slice(0, start).split('\n').length;
}

/** The line of the statement to which an error refers, from 1. */
function lineOf(error: unknown): number {
  return error instanceof ClientError ? (error.line ?? 1) : 1;
}
