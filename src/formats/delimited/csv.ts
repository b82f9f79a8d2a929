import { Misfit } from '../internal/record-errors.ts';

/**
 * CSV of one record, by the rules of the library that ksqlDB uses (commons-csv, its default format with a configurable
 * delimiter).
 */

const UNUSUAL = /["\r\n]/;

/** The fields of the first record in `text`; further lines are ignored. @throws Misfit */
export function parseCsv(text: string, delimiter: string): string[] {
  // Most lines contain no quotes, and then only the delimiter matters.
  if (text !== '' && !UNUSUAL.test(text)) return text.split(delimiter);
  const fields: string[] = [];
  let i = 0;
  // Empty lines before the record are skipped.
  while (i < text.length && isLineEnd(text, i)) i++;
  if (i >= text.length) throw new Misfit('No fields in record');
  for (;;) {
    // Blanks before a quote are ignored, unless the delimiter is a blank itself.
    if (text[i] === '"') {
      let value = '';
      i++;
      for (;;) {
        const quote = text.indexOf('"', i);
        if (quote === -1) throw new Misfit('EOF reached before encapsulated token finished');
        value += text.slice(i, quote);
        i = quote + 1;
        if (text[i] !== '"') break;
        value += '"';
        i++;
      }
      while (i < text.length && text[i] !== delimiter && !isLineEnd(text, i)) {
        if (!/\s/.test(text[i]!)) throw new Misfit('Invalid char between encapsulated token and delimiter');
        i++;
      }
      fields.push(value);
    } else {
      const start = i;
      while (i < text.length && text[i] !== delimiter && !isLineEnd(text, i)) i++;
      fields.push(text.slice(start, i));
    }
    if (i >= text.length || text[i] !== delimiter) return fields;
    i++;
  }
}

function isLineEnd(text: string, i: number): boolean {
  return text[i] === '\n' || text[i] === '\r';
}

/**
 * A field as commons-csv prints it: quoted when it could be misread; in the first column also when its first character
 * is not a letter or digit.
 */
export function printCsvField(text: string, delimiter: string, first: boolean): string {
  return needsQuotes(text, delimiter, first) ? `"${text.replaceAll('"', '""')}"` : text;
}

function needsQuotes(text: string, delimiter: string, first: boolean): boolean {
  // An empty first field may be the whole line.
  if (text === '') return first;
  const code = text.charCodeAt(0);
  if (first && !((code >= 48 && code <= 57) || (code >= 65 && code <= 90) || (code >= 97 && code <= 122))) return true;
  // Up to '#', which starts comments in other dialects.
  if (code <= 35) return true;
  if (text.includes(delimiter) || UNUSUAL.test(text)) return true;
  return text.charCodeAt(text.length - 1) <= 32;
}
