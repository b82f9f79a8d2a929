import { SluiceError } from '../base/errors.ts';

/** Reads Java's .properties text: `key=value` or `key: value`, `#` and `!` comments, a trailing `\` continues the line. */
export function parseProperties(text: string): Record<string, string> {
  const properties: Record<string, string> = {};
  const lines = text.split(/\r?\n/);
  for (let i = 0; i < lines.length; i++) {
    let line = lines[i]!.trimStart();
    if (line === '' || line.startsWith('#') || line.startsWith('!')) continue;
    while (/(?:^|[^\\])(?:\\\\)*\\$/.test(line) && i + 1 < lines.length)
      line = line.slice(0, -1) + lines[++i]!.trimStart();
    const match = /^((?:\\.|[^\\=:\s])+)\s*[=:\s]\s*(.*)$/s.exec(line);
    if (!match) throw new SluiceError('CONFIG', `Line ${i + 1} of the configuration is not key=value: ${line}`);
    properties[unescape(match[1]!)] = unescape(match[2]!);
  }
  return properties;
}

function unescape(text: string): string {
  return text.replaceAll(/\\(u[0-9a-fA-F]{4}|.)/g, (_all, escaped: string) => {
    if (escaped.startsWith('u')) return String.fromCharCode(Number.parseInt(escaped.slice(1), 16));
    return { n: '\n', t: '\t', r: '\r', f: '\f' }[escaped] ?? escaped;
  });
}
