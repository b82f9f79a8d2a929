import { isReserved } from '../keywords.ts';
import { adviceAt, named, word, type Advice, type Stuck } from './stuck.ts';

/**
 * `items[1].sku`, `addr->city.name`, `f(x).a`: a field behind an element, a field or a call, with the point of other
 * dialects. @returns the whole with arrows
 */
export function fieldAdvice(stuck: Stuck): Advice | undefined {
  const before = stuck.tokens[stuck.at - 1]?.kind;
  if (stuck.tokens[stuck.at]?.kind !== '.' || named(stuck, stuck.at + 1, '') === '') return undefined;
  const isField = before === ']' || before === ')' || stuck.tokens[stuck.at - 2]?.kind === '->';
  if (!isField) return undefined;
  const first = startOf(stuck, stuck.at - 1);
  let last = stuck.at + 1;
  while (stuck.tokens[last + 1]?.kind === '.' && named(stuck, last + 2, '') !== '') last += 2;
  if (stuck.tokens[last + 1]?.kind === '[') {
    const close = stuck.tokens.findIndex((t, i) => i > last && t.kind === ']');
    if (close !== -1) last = close;
  }
  const text = stuck.text
    .slice(stuck.tokens[first]?.start, stuck.tokens[stuck.at]?.start)
    .concat(stuck.text.slice(stuck.tokens[stuck.at]?.start, stuck.tokens[last]?.end).replaceAll('.', '->'));
  return adviceAt(stuck, stuck.at, `A field of a STRUCT is written with an arrow: ${shown(text)}.`);
}

/** Upper case, as names without quotes are read, where nothing is quoted. */
function shown(text: string): string {
  return /['"`]/.test(text) ? text : text.toUpperCase();
}

/** The index at which the operand ends that ends at a token: a name with its qualifier, elements, fields, a call. */
function startOf(stuck: Stuck, end: number): number {
  let at = end;
  for (;;) {
    const kind = stuck.tokens[at]?.kind;
    if (kind === ']' || kind === ')') {
      const open = kind === ']' ? '[' : '(';
      let depth = 0;
      for (; at > 0; at--) {
        if (stuck.tokens[at]?.kind === kind) depth++;
        else if (stuck.tokens[at]?.kind === open && --depth === 0) break;
      }
      // An element has an operand before it, a call the name of its function.
      const before = stuck.tokens[at - 1]?.kind;
      const goesOn = open === '[' && (before === ']' || before === ')');
      if (!goesOn && (named(stuck, at - 1, '') === '' || isReserved(word(stuck, at - 1)))) return at;
      at--;
      continue;
    }
    if (stuck.tokens[at - 1]?.kind === '->' || stuck.tokens[at - 1]?.kind === '.') at -= 2;
    else return at;
  }
}
