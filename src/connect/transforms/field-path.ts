import { ConnectError } from '../api/errors.ts';

/**
 * The steps of a path to a field (KIP-821, `field.syntax.version=V2`): names separated by dots. A name that contains
 * dots is enclosed in back-quotes, within which `\`` is a back-quote.
 * @throws ConnectError for an unclosed back-quote
 */
export function fieldPath(text: string): readonly string[] {
  const steps: string[] = [];
  for (let at = 0; ;) {
    if (text[at] === '`') {
      const end = closingQuote(text, at + 1);
      if (end === -1)
        throw new ConnectError(
          `The back-quote at position ${at} of ${text} is not closed: \\\` is one that belongs to the name`,
        );
      steps.push(text.slice(at + 1, end).replaceAll('\\`', '`'));
      at = end + 1;
    } else {
      const dot = text.indexOf('.', at);
      const end = dot === -1 ? text.length : dot;
      steps.push(text.slice(at, end).replaceAll('\\`', '`'));
      at = end;
    }
    if (at >= text.length) return steps;
    // At a dot: the next name follows, which may be empty.
    at++;
  }
}

/** The position of the closing back-quote, which is followed by a dot or the end; -1: none. */
function closingQuote(text: string, from: number): number {
  for (let at = text.indexOf('`', from); at !== -1; at = text.indexOf('`', at + 1))
    if (text[at - 1] !== '\\' && (at === text.length - 1 || text[at + 1] === '.')) return at;
  return -1;
}
