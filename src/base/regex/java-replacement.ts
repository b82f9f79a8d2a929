import { quoting } from '../quoting.ts';
import { SluiceError } from '../errors.ts';
import type { Work } from '../budget/work.ts';
import type { JavaRegex } from './java-regex.ts';

/** A literal text, or the number of a group. */
type Piece = string | number;

/** Replaces with this replacement text as java.util.regex.Matcher.replaceAll does, or replaceFirst with `first`. */
export function replacer(
  java: JavaRegex,
  replacement: string,
  which: 'all' | 'first' = 'all',
): (input: string, work: Work) => string {
  const pieces = parseReplacement(replacement, java);
  return (input, work) => {
    let result = '';
    let start = 0;
    for (const match of java.matches(input, work)) {
      result += input.slice(start, match.index);
      for (const piece of pieces) {
        const text = typeof piece === 'string' ? piece : (match.group(piece) ?? '');
        work.spend(1 + text.length / 16);
        result += text;
      }
      start = match.end;
      if (which === 'first') break;
    }
    return result + input.slice(start);
  };
}

/** Parses `$1`, `${name}`, and `\c` for a literal c. A group number takes as many digits as there are groups for. */
function parseReplacement(text: string, java: JavaRegex): Piece[] {
  const { groupCount } = java;
  const pieces: Piece[] = [];
  let literal = '';
  for (let i = 0; i < text.length; i++) {
    const char = text[i]!;
    if (char === '\\') {
      if (++i === text.length) throw new SluiceError('EVALUATION', 'character to be escaped is missing');
      literal += text[i]!;
      continue;
    }
    if (char !== '$') {
      literal += char;
      continue;
    }
    const match = /^\$(?:\{([a-zA-Z][a-zA-Z0-9]*)\}|(\d))/.exec(text.slice(i, i + 200));
    if (match === null) throw new SluiceError('EVALUATION', 'Illegal group reference');
    if (literal !== '') pieces.push(literal);
    literal = '';
    i += match[0].length - 1;
    if (match[1] !== undefined) {
      const group = java.groupNamed(match[1]);
      if (group === undefined) {
        const message = quoting(match[1], (name) => `No group with name {${name}}`);
        throw new SluiceError('EVALUATION', message);
      }
      pieces.push(group);
      continue;
    }
    let number = Number(match[2]);
    if (number > groupCount) throw new SluiceError('EVALUATION', `No group ${number}`);
    while (i + 1 < text.length && /\d/.test(text[i + 1]!) && number * 10 + Number(text[i + 1]) <= groupCount) {
      number = number * 10 + Number(text[++i]);
    }
    pieces.push(number);
  }
  if (literal !== '') pieces.push(literal);
  return pieces;
}
