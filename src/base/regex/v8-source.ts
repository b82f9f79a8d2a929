import type { Place, RegexNode } from './syntax.ts';

const LINE_END = '[\\n\\r\\u0085\\u2028\\u2029]';
/**
 * Written without the m flag. Lookbehinds are avoided where possible, since V8 also tries them in the middle of a
 * surrogate pair.
 */
const PLACES: Readonly<Record<Place, string>> = {
  'text start': '^',
  'text end': '$',
  'last line end': `(?=\\r\\n$|(?!(?<=\\r)\\n)${LINE_END}$|$)`,
  'line start': `(?:^|(?<=${LINE_END})(?!(?<=\\r)\\n)(?!$))`,
  'line end': `(?=(?!(?<=\\r)\\n)${LINE_END}|$)`,
  'word edge': '\\b',
  'no word edge': '\\B',
};

/** The source of an equivalent JavaScript pattern (flag v), and the JavaScript number of each Java group. */
export function v8Source(root: RegexNode): { readonly source: string; readonly groups: readonly number[] } {
  const groups = [0];
  let count = 0;
  const write = (node: RegexNode): string => {
    switch (node.kind) {
      case 'set':
        // With the v flag, Node 20 loses an outermost negation in some patterns: `(?!(?:[^b]a)+?a)`.
        return node.text.startsWith('[^') ? `[${node.text}]` : node.text;
      case 'sequence':
        return node.items.map((item) => (item.kind === 'choice' ? `(?:${write(item)})` : write(item))).join('');
      case 'choice':
        return node.branches.map(write).join('|');
      case 'repeat': {
        const { min, max, mode } = node;
        if (mode === 'possessive') return atomic({ ...node, mode: 'greedy' });
        const sign =
          max === Infinity
            ? min === 0
              ? '*'
              : min === 1
                ? '+'
                : `{${min},}`
            : max === 1 && min === 0
              ? '?'
              : `{${min},${max}}`;
        const body = node.body.kind === 'set' ? write(node.body) : `(?:${write(node.body)})`;
        return `${body}${sign}${mode === 'lazy' ? '?' : ''}`;
      }
      case 'group':
        groups[node.number] = ++count;
        return `(${write(node.body)})`;
      case 'atomic':
        return atomic(node.body);
      case 'look':
        return `(?${node.behind ? '<' : ''}${node.negative ? '!' : '='}${write(node.body)})`;
      case 'reference':
        return node.group === 0 ? '(?!)' : `(?:\\${groups[node.group]})`;
      case 'place':
        return PLACES[node.place];
    }
  };
  /** JavaScript does not backtrack into a lookahead, nor into its captures. */
  const atomic = (body: RegexNode): string => {
    const number = ++count;
    return `(?:(?=(${write(body)}))\\${number})`;
  };
  return { source: write(root), groups };
}
