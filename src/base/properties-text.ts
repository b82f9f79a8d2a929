/** One entry of a `.properties` text. */
export interface PropertyLine {
  /** Number of the entry's last line, from 1. */
  readonly line: number;
  /** The line as written, with continuation lines joined. */
  readonly text: string;
  readonly key: string;
  /** undefined when the line holds only a key, which Java reads as an empty value. */
  readonly value: string | undefined;
}

/**
 * Parses Java's `.properties` format: `key=value`, `key: value` or `key value`. `#` and `!` begin comments, a `\` at
 * the end continues the line, and other escapes follow Java.
 */
export function propertyLines(text: string): PropertyLine[] {
  const found: PropertyLine[] = [];
  const lines = text.split(/\r?\n/);
  for (let i = 0; i < lines.length; i++) {
    let line = lines[i]!.trimStart();
    if (line === '' || line.startsWith('#') || line.startsWith('!')) continue;
    while (/(?:^|[^\\])(?:\\\\)*\\$/.test(line) && i + 1 < lines.length)
      line = line.slice(0, -1) + lines[++i]!.trimStart();
    const [, key = '', separated, spaced] = /^((?:\\.|[^\\=:\s])*)(?:\s*[=:]\s*(.*)|\s+(.*))?/s.exec(line)!;
    const value = separated ?? spaced;
    found.push({
      line: i + 1,
      text: line,
      key: unescape(key),
      value: value === undefined ? undefined : unescape(value),
    });
  }
  return found;
}

function unescape(text: string): string {
  return text.replaceAll(/\\(u[0-9a-fA-F]{4}|.)/g, (_all, escaped: string) => {
    if (/^u.{4}$/.test(escaped)) return String.fromCharCode(Number.parseInt(escaped.slice(1), 16));
    return { n: '\n', t: '\t', r: '\r', f: '\f' }[escaped] ?? escaped;
  });
}
