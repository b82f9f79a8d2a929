import { jsonText, parseRowText } from '../../../src/wire/row-json.ts';
import type { Line } from './rows.ts';
import { cells } from './rows.ts';
import { formatName, formatString } from '../../../src/sql/printer/names.ts';

export type ExportFormat = 'csv' | 'json' | 'sql';

/** Rows as the text of a file. Numbers keep every digit. */
export function exportText(
  format: ExportFormat,
  columns: readonly string[],
  types: readonly string[],
  lines: readonly Line[],
  /** The stream or table into which INSERT statements write. */
  target = 'TARGET',
): string {
  const rows = lines.filter((l) => !l.isTombstone);
  switch (format) {
    case 'csv':
      return (
        [columns.map(csvField).join(','), ...rows.map((l) => cells(l.json).map(csvField).join(','))].join('\r\n') +
        '\r\n'
      );
    case 'json':
      return rows.map((l) => `{${fieldTexts(columns, l.json, ':').join(',')}}\n`).join('');
    case 'sql':
      return rows
        .map((l) => {
          const values = cells(l.json).map((value, i) => literal(value, types[i] ?? 'STRING'));
          return `INSERT INTO ${formatName(target)} (${columns.map(formatName).join(', ')}) VALUES (${values.join(', ')});\n`;
        })
        .join('');
  }
}

/** A row as a JSON object with one column per line; numbers keep every digit. */
export function rowObject(columns: readonly string[], json: string): string {
  return `{\n${fieldTexts(columns, json, ': ')
    .map((field) => `  ${field}`)
    .join(',\n')}\n}`;
}

function fieldTexts(columns: readonly string[], json: string, colon: string): string[] {
  return parseRowText(json).map((value, i) => JSON.stringify(columns[i]) + colon + jsonText(value));
}

/**
 * Whether rows of these types can be exported as INSERT statements; arrays, maps and structs can be exported only as
 * JSON.
 */
export function hasInserts(types: readonly string[]): boolean {
  return types.every((type) => !/^(?:ARRAY|MAP|STRUCT)/.test(type));
}

/** Downloads a text as a file. */
export function download(name: string, text: string): void {
  const link = document.createElement('a');
  link.href = URL.createObjectURL(new Blob([text], { type: 'text/plain;charset=utf-8' }));
  link.download = name;
  link.click();
  setTimeout(() => URL.revokeObjectURL(link.href), 10_000);
}

function csvField(value: string | null): string {
  if (value === null) return '';
  return value === '' || /[",\r\n]/.test(value) ? `"${value.replaceAll('"', '""')}"` : value;
}

function literal(value: string | null, type: string): string {
  if (value === null) return 'NULL';
  if (/^(?:INTEGER|BIGINT|DOUBLE|DECIMAL|BOOLEAN)/.test(type)) return value;
  const text = formatString(value);
  return type === 'BYTES' ? `TO_BYTES(${text}, 'base64')` : text;
}
