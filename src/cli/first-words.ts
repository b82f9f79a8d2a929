import { skipTrivia } from '../sql/lexer/trivia.ts';

/** The first words of a statement in upper case, without comments; fewer when another token than a word follows. */
export function firstWords(text: string, count: number): string[] {
  const words: string[] = [];
  let pos = 0;
  while (words.length < count) {
    pos = skipTrivia(text, pos);
    if (pos < 0) break;
    const word = /^[A-Za-z_]\w*/.exec(text.slice(pos, pos + 64))?.[0];
    if (word === undefined) break;
    words.push(word.toUpperCase());
    pos += word.length;
  }
  return words;
}

/** How a statement is sent: rows by /query-stream, everything else by /ksql. */
export function statementRoute(text: string): 'rows' | 'print' | 'ksql' {
  const [first] = firstWords(text, 1);
  return first === 'SELECT' ? 'rows' : first === 'PRINT' ? 'print' : 'ksql';
}
