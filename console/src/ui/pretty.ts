import { parseJson } from '../../../src/types/json-text.ts';

/** JSON with one member per line, with every digit of its numbers; other text unchanged. */
export function pretty(text: string): string {
  if (!/^\s*[[{]/.test(text)) return text;
  try {
    parseJson(text);
  } catch {
    return text;
  }
  let indent = '';
  let shown = '';
  for (const [token] of text.matchAll(/"(?:[^"\\]|\\.)*"|[[\]{},:]|[^\s"[\]{},:]+/g)) {
    const isOpened = /[[{]$/.test(shown);
    switch (token) {
      case '{':
      case '[':
        shown += isOpened ? `\n${indent}${token}` : token;
        indent += '  ';
        break;
      case '}':
      case ']':
        indent = indent.slice(2);
        shown += isOpened ? token : `\n${indent}${token}`;
        break;
      case ',':
        shown += `,\n${indent}`;
        break;
      case ':':
        shown += ': ';
        break;
      default:
        shown += isOpened ? `\n${indent}${token}` : token;
    }
  }
  return shown;
}
