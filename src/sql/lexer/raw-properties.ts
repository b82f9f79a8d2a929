import { afterContinuation } from './trivia.ts';
import { isSpace } from './characters.ts';

/** One `key = value` of a connector's properties; the texts are without quotes, the positions include them. */
export interface RawProperty {
  readonly key: string;
  readonly value: string;
  readonly valueStyle: 'string' | 'bare';
  readonly start: number;
  readonly end: number;
}

/** The properties of a connector; or the position and description of what was expected instead. */
export type RawProperties =
  | {
      readonly ok: true;
      readonly entries: readonly RawProperty[];
      /** Offset after the closing parenthesis. */ readonly end: number;
    }
  | {
      readonly ok: false;
      readonly at: number;
      readonly expected: string;
      /** The text ended before the list did: more text may complete it. */
      readonly incomplete: boolean;
      readonly hint?: string;
    };

const NEWLINE = 10;
const BACKSLASH = 92;

/**
 * Reads the properties of a connector, which have their own grammar, from after the opening parenthesis to the closing
 * one.
 *
 * - A key is quoted ('', "" or back-quotes), or bare: everything up to `=` or whitespace.
 * - A value is quoted ('' or "", doubled inside), or bare: it ends at the end of the line or at the next `,` or `)`
 *   outside of brackets, and is trimmed. So `jdbc:postgresql://host:5432/db?a=b` needs no quotes.
 * - A comment begins only after whitespace, a comma or the opening parenthesis; so `//`, `--` and slash-star inside a
 *   bare value are part of the value.
 * - A semicolon inside a bare value is part of it when something other than whitespace follows
 *   (`jdbc:sqlserver://host;databaseName=x`).
 */
export function scanProperties(text: string, from: number): RawProperties {
  const entries: RawProperty[] = [];
  let pos = skip(text, from);
  if (text[pos] === ')') return { ok: true, entries, end: pos + 1 };
  for (;;) {
    const start = pos;
    if (unterminated(text, pos, KEY_QUOTES)) return openQuote(pos);
    const key = scanKey(text, pos);
    if (key === null) return failed(text, pos, 'a property');
    pos = skip(text, key.end);
    if (text[pos] !== '=') {
      if (key.text.endsWith(':'))
        return failed(text, key.end - 1, "'='", 'A setting and its value are joined by =: name=value.');
      const hint =
        entries.length > 0 && entries[entries.length - 1]!.valueStyle === 'bare'
          ? "a value that contains a comma stands in quotes: 'a,b'"
          : undefined;
      return failed(text, pos, "'='", hint);
    }
    pos = skip(text, pos + 1);
    if (unterminated(text, pos, VALUE_QUOTES)) return openQuote(pos);
    const value = scanValue(text, pos);
    if (value === null) return failed(text, pos, 'a value', "an empty value is written ''");
    entries.push({ key: key.text, value: value.text, valueStyle: value.style, start, end: value.end });
    pos = skip(text, value.end);
    if (text[pos] === ')') return { ok: true, entries, end: pos + 1 };
    if (text[pos] !== ',') return failed(text, pos, "{',', ')'}");
    pos = skip(text, pos + 1);
  }
}

const KEY_QUOTES = '\'"`';
const VALUE_QUOTES = '\'"';

function unterminated(text: string, pos: number, quotes: string): boolean {
  const quote = text[pos];
  return quote !== undefined && quotes.includes(quote) && scanQuoted(text, pos, quote) === null;
}

function openQuote(at: number): RawProperties {
  return { ok: false, at, expected: 'a closing quote', incomplete: true };
}

function failed(text: string, at: number, expected: string, hint?: string): RawProperties {
  return { ok: false, at, expected, incomplete: at >= text.length, ...(hint === undefined ? {} : { hint }) };
}

/** Skips whitespace, line continuations, and comments that follow whitespace, a comma or a parenthesis. */
function skip(text: string, from: number): number {
  let i = from;
  for (;;) {
    const code = text.charCodeAt(i);
    if (isSpace(code)) {
      i++;
    } else if (code === BACKSLASH) {
      const next = afterContinuation(text, i);
      if (next === -1) return i;
      i = next;
    } else if (text.startsWith('--', i) && mayStartComment(text, i)) {
      const newline = text.indexOf('\n', i);
      i = newline === -1 ? text.length : newline + 1;
    } else if (text.startsWith('/*', i) && mayStartComment(text, i)) {
      const close = text.indexOf('*/', i + 2);
      i = close === -1 ? text.length : close + 2;
    } else {
      return i;
    }
  }
}

function mayStartComment(text: string, at: number): boolean {
  const before = text.charCodeAt(at - 1);
  return isSpace(before) || text[at - 1] === ',' || text[at - 1] === '(' || text[at - 1] === '/';
}

function scanKey(text: string, from: number): { text: string; end: number } | null {
  const quote = text[from];
  if (quote === "'" || quote === '"' || quote === '`') return scanQuoted(text, from, quote);
  let end = from;
  while (end < text.length && !isSpace(text.charCodeAt(end)) && !'=,();\'"`'.includes(text[end]!)) end++;
  return end === from ? null : { text: text.slice(from, end), end };
}

function scanQuoted(text: string, from: number, quote: string): { text: string; end: number } | null {
  let content = '';
  let start = from + 1;
  for (;;) {
    const close = text.indexOf(quote, start);
    if (close === -1) return null;
    content += text.slice(start, close);
    if (text[close + 1] !== quote) return { text: content, end: close + 1 };
    content += quote;
    start = close + 2;
  }
}

function scanValue(text: string, from: number): { text: string; end: number; style: 'string' | 'bare' } | null {
  const first = text[from];
  if (first === "'" || first === '"') {
    const quoted = scanQuoted(text, from, first);
    return quoted === null ? null : { ...quoted, style: 'string' };
  }
  const open: string[] = [];
  let i = from;
  for (; i < text.length; i++) {
    const char = text[i]!;
    const code = text.charCodeAt(i);
    if (code === NEWLINE) break;
    if (code === BACKSLASH && afterContinuation(text, i) !== -1) break;
    if (open.length === 0 && (char === ',' || char === ')')) break;
    if (char === ';' && (i + 1 >= text.length || isSpace(text.charCodeAt(i + 1)))) break;
    if (isSpace(code) && (text.startsWith('--', i + 1) || text.startsWith('/*', i + 1))) break;
    if (char === '(' || char === '[' || char === '{') open.push(char);
    else if (open.length > 0 && (char === ')' || char === ']' || char === '}')) open.pop();
  }
  const value = text.slice(from, i).trimEnd();
  return value === '' ? null : { text: value, end: from + value.length, style: 'bare' };
}
