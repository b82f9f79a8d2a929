import { messageOf } from '../base/errors.ts';
import { compilePattern } from './datetime-pattern.ts';

/** Unusual parts of a date-time pattern, and the pattern that was probably intended, if it can be determined. */
export interface PatternDoubts {
  readonly reasons: readonly string[];
  readonly meant: string | undefined;
}

/** A run of one letter, or the text between runs: quoted, or not letters. */
interface Piece {
  readonly text: string;
  /** The letter of a run; undefined for text. */
  readonly letter: string | undefined;
}

/** The notations of Postgres and Oracle, and of strftime, with the corresponding letters of Java. */
const TO_CHAR: readonly (readonly [RegExp, string])[] = [
  [/HH24/gi, 'HH'],
  [/HH12/gi, 'hh'],
  [/\bMON\b/gi, 'MMM'],
  [/MI/gi, 'mm'],
  [/MS/g, 'SSS'],
];
const STRFTIME: Readonly<Record<string, string>> = {
  Y: 'yyyy',
  y: 'yy',
  m: 'MM',
  b: 'MMM',
  d: 'dd',
  j: 'DDD',
  H: 'HH',
  I: 'hh',
  p: 'a',
  M: 'mm',
  S: 'ss',
  f: 'SSSSSS',
  z: 'Z',
  F: 'yyyy-MM-dd',
  T: 'HH:mm:ss',
};

/**
 * Problems of a java.time.format.DateTimeFormatter pattern: it is invalid, or it is valid but its letters are probably
 * not what was intended, such as the letter of the week-based year next to a month. Undefined if there are none.
 */
export function doubtsOf(pattern: string): PatternDoubts | undefined {
  const invalid = problemOf(pattern);
  const reasons = invalid === undefined ? [] : [`it cannot be read (${invalid})`];
  const translated = translate(pattern, invalid !== undefined);
  if (translated.reason !== undefined) reasons.push(translated.reason);
  const pieces = piecesOf(translated.pattern);
  for (const { applies, mend, reason } of RULES) {
    if (!applies(pieces)) continue;
    const mended = pieces.map((piece, i) => mend(piece, i, pieces));
    if (mended.every((piece, i) => piece === pieces[i])) continue;
    pieces.splice(0, pieces.length, ...mended);
    reasons.push(reason);
  }
  if (reasons.length === 0) return undefined;
  const meant = pieces.map(({ text }) => text).join('');
  return { reasons, meant: meant !== pattern && problemOf(meant) === undefined ? meant : undefined };
}

/** The problems as a sentence that begins with `where`, the location of the pattern; undefined if there are none. */
export function doubtsText(where: string, pattern: string): string | undefined {
  const doubts = doubtsOf(pattern);
  if (doubts === undefined) return undefined;
  const { reasons, meant } = doubts;
  const question = meant === undefined ? '' : ` Is '${meant.replaceAll("'", "''")}' what is meant?`;
  return `${where}: ${reasons.join('; ')}.${question}`;
}

function problemOf(pattern: string): string | undefined {
  try {
    compilePattern(pattern);
    return undefined;
  } catch (error) {
    return messageOf(error).replace(/\.$/, '');
  }
}

/** Replaces elements of other pattern languages by Java's letters; `invalid`: those that Java would reject as well. */
function translate(
  pattern: string,
  invalid: boolean,
): { readonly pattern: string; readonly reason?: string | undefined } {
  if (/%[A-Za-z]/.test(pattern)) {
    const meant = pattern.replaceAll(/%([A-Za-z])/g, (found, letter: string) => STRFTIME[letter] ?? found);
    return { pattern: meant, reason: "the parts of a time are Java's letters, without %" };
  }
  let meant = pattern;
  for (const [from, to] of TO_CHAR) if (invalid || from.source.startsWith('HH')) meant = meant.replaceAll(from, to);
  if (invalid && meant !== pattern && /SS/.test(meant) && !/s/.test(meant)) meant = meant.replace(/SS(?!S)/, 'ss');
  const quoted = invalid ? meant.replaceAll(/(?<=[A-Za-z])T(?=[A-Za-z])/g, "'T'") : meant;
  if (quoted === pattern) return { pattern };
  const reason =
    meant === pattern ? 'a letter that is no part of a time stands in quotes' : "the letters are Java's, not to_char's";
  return { pattern: quoted, reason };
}

function piecesOf(pattern: string): Piece[] {
  return [...pattern.matchAll(/'(?:[^']|'')*'?|([A-Za-z])\1*|[^A-Za-z']+/g)].map(([text, letter]) => ({
    text,
    letter,
  }));
}

function has(pieces: readonly Piece[], letters: string): boolean {
  return pieces.some(({ letter }) => letter !== undefined && letters.includes(letter));
}

/** The letter of the previous (-1) or next (1) run, ignoring any text in between. */
function neighbour(pieces: readonly Piece[], at: number, step: -1 | 1): string {
  for (let i = at + step; i >= 0 && i < pieces.length; i += step) {
    const { letter } = pieces[i]!;
    if (letter !== undefined) return letter;
  }
  return '';
}

function isBeside(pieces: readonly Piece[], at: number, letters: string): boolean {
  const around = [neighbour(pieces, at, -1), neighbour(pieces, at, 1)];
  return around.some((letter) => letter !== '' && letters.includes(letter));
}

interface Rule {
  applies(pieces: readonly Piece[]): boolean;
  /** The piece itself if it need not change. */
  mend(piece: Piece, at: number, pieces: readonly Piece[]): Piece;
  readonly reason: string;
}

function runOf(letter: string, count: number): Piece {
  return { text: letter.repeat(count), letter };
}

const CLOCK = 'HhKks';
const RULES: readonly Rule[] = [
  {
    applies: (pieces) => !has(pieces, 'we'),
    mend: (piece) => (piece.letter === 'Y' ? runOf('y', piece.text.length) : piece),
    reason: "Y is the year that a week belongs to, y a date's",
  },
  {
    applies: (pieces) => has(pieces, 'w') && !has(pieces, 'YMLd'),
    mend: (piece) => (piece.letter === 'y' || piece.letter === 'u' ? runOf('Y', piece.text.length) : piece),
    reason: "w counts weeks of the year Y, y is a date's year",
  },
  {
    applies: () => true,
    mend: (piece, at, pieces) =>
      piece.letter === 'm' && piece.text.length <= 2 && isBeside(pieces, at, 'yuYdD') && !isBeside(pieces, at, CLOCK)
        ? runOf('M', piece.text.length)
        : piece,
    reason: 'm is the minute, M the month',
  },
  {
    applies: () => true,
    mend: (piece, at, pieces) =>
      piece.letter === 'M' && piece.text.length <= 2 && isBeside(pieces, at, CLOCK) && !isBeside(pieces, at, 'yuYdDEe')
        ? runOf('m', piece.text.length)
        : piece,
    reason: 'M is the month, m the minute',
  },
  {
    applies: (pieces) => has(pieces, 'ML'),
    mend: (piece) => (piece.letter === 'D' ? runOf('d', Math.min(piece.text.length, 2)) : piece),
    reason: 'D is the day in the year, d in the month',
  },
  {
    applies: (pieces) => !has(pieces, 'aB'),
    mend: (piece) => (piece.letter === 'h' ? runOf('H', piece.text.length) : piece),
    reason: 'h is an hour from 1 to 12, H from 0 to 23',
  },
  {
    applies: (pieces) => !has(pieces, 's'),
    mend: (piece, at, pieces) =>
      piece.letter === 'S' && piece.text.length <= 2 && neighbour(pieces, at, -1) === 'm'
        ? runOf('s', piece.text.length)
        : piece,
    reason: 'S is a fraction of a second, s the second',
  },
];
