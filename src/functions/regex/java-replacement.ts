import { SluiceError } from '../../base/errors.ts';
import type { JavaRegex } from './java-regex.ts';

type Piece = string | number | { readonly name: string };

/** Replaces all matches as java.util.regex.Matcher.replaceAll does with this replacement text. */
export function replacer(java: JavaRegex, replacement: string): (input: string) => string {
  const pieces = parseReplacement(replacement, java.groupCount);
  return (input) => {
    let result = '';
    let start = 0;
    for (const match of input.matchAll(java.regex)) {
      result += input.slice(start, match.index);
      for (const piece of pieces) {
        if (typeof piece === 'string') result += piece;
        else if (typeof piece === 'number') result += java.group(match, piece) ?? '';
        else result += namedGroup(match, piece.name);
      }
      start = match.index + match[0].length;
    }
    return result + input.slice(start);
  };
}

function namedGroup(match: RegExpExecArray, name: string): string {
  if (match.groups === undefined || !(name in match.groups))
    throw new SluiceError('EVALUATION', `No group with name {${name}}`);
  return match.groups[name] ?? '';
}

/** `$1`, `${name}`, `\c` for c itself. A group number takes as many digits as there are groups for. */
function parseReplacement(text: string, groupCount: number): Piece[] {
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
    const match = /^\$(?:\{([a-zA-Z][a-zA-Z0-9]*)\}|(\d))/.exec(text.slice(i));
    if (match === null) throw new SluiceError('EVALUATION', 'Illegal group reference');
    if (literal !== '') pieces.push(literal);
    literal = '';
    i += match[0].length - 1;
    if (match[1] !== undefined) {
      pieces.push({ name: match[1] });
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
