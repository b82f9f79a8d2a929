import type { SluiceError } from '../../base/errors.ts';
import { spanOf } from '../../base/span.ts';
import type { Advice } from './stuck.ts';

/** Advice for a text or a quoted name without its closing quote. */
export function unclosedAdvice(error: SluiceError, text: string, start: number): Advice | undefined {
  if (!/\nUnterminated (?:string|quoted name)$/.test(error.message) || error.span === undefined) return undefined;
  const found = unclosedQuote(text, start, error.span.start);
  return { hint: found.hint, span: spanOf(text, found.at, found.at + 1) };
}

/**
 * What is wrong with a statement in which the quote at `open` is not closed, and where: a quote inside of an earlier
 * text, as in 'O'Brien', or this one. `start` is where the statement begins.
 */
export function unclosedQuote(
  text: string,
  start: number,
  open: number,
): { readonly at: number; readonly hint: string } {
  const quote = text[open] ?? "'";
  if (quote !== "'")
    return {
      at: open,
      hint: `The name that begins here is not closed: ${quote} is missing behind it. Texts stand in single quotes.`,
    };
  // 'O'Brien': a text that is followed by a letter ends too early.
  const inner = /'[^'\n;]*'(?=\w)/g;
  inner.lastIndex = start;
  const found = inner.exec(text);
  if (found !== null && found.index < open) {
    const at = found.index + found[0].length - 1;
    const [, rest = ''] = /^(\w*)/.exec(text.slice(at + 1)) ?? [];
    return { at, hint: `A quote inside of a text is doubled: ${found[0]}'${rest}'.` };
  }
  const [begin = quote] = /^'[^\s;),]{0,30}/.exec(text.slice(open)) ?? [];
  return { at: open, hint: `The text that begins with ${begin} is not closed: ' is missing behind it.` };
}
