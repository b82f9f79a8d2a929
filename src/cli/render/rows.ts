import { must } from '../../base/assert.ts';
import { visibleText } from '../../base/visible-text.ts';
import { JsonNumber, jsonText, parseRowText, type Json } from '../../wire/row-json.ts';
import { fitWidths, isLegible, naturalWidths, recordLine, tableHead, tableRow, type TableColumn } from './table.ts';
import { displayWidth, pad, printable, printableBelow, printableLine } from './width.ts';

export const OUTPUT_FORMATS = ['table', 'json', 'jsonl', 'csv', 'markdown', 'vertical'] as const;
export type OutputFormat = (typeof OUTPUT_FORMATS)[number];

/** Whether the format is one JSON text per line; `jsonl` is another name for it. */
export function isJson(format: OutputFormat): boolean {
  return format === 'json' || format === 'jsonl';
}

/** Whether the format is for programs: only rows, without remarks between them. */
export function isForPrograms(format: OutputFormat): boolean {
  return isJson(format) || format === 'csv';
}

/** Formats the rows of one query for output. */
export interface RowPrinter {
  /** The header alone, for a query whose first row takes time. Call it at most once, before any row. */
  head(): string;
  /** The text of rows that arrived together; each ends with a line break. */
  print(rows: readonly string[]): string;
  /** The text at the end, after all rows. */
  end(): string;
}

/** Additional width for later rows when a column must grow while rows are shown. */
const SLACK = 4;
/** The text of NULL if the user has not set one. */
const NULL_TEXT = 'NULL';
const NUMERIC = /^(INTEGER|BIGINT|DOUBLE|DECIMAL)/;

/**
 * @param screenRows the header is repeated after this many lines; 0: never
 * @param nullText the text of NULL; absent: `NULL`, and an empty field in CSV. JSON always uses `null`
 * @param isTerminal whether a terminal shows the rows: CSV is then escaped, and in a file or pipe unchanged
 */
export function rowPrinter(
  format: OutputFormat,
  names: readonly string[],
  types: readonly string[],
  width: number,
  screenRows: number,
  nullText?: string,
  isTerminal = Number.isFinite(width),
): RowPrinter {
  switch (format) {
    case 'json':
    case 'jsonl':
      return new JsonRows(names);
    case 'csv':
      return new CsvRows(names, nullText ?? '', isTerminal);
    case 'markdown':
      return new MarkdownRows(names, types, nullText);
    case 'vertical':
      return new VerticalRows(names, types, nullText);
    default:
      return new TableRows({ names, types, width, screenRows, nullText });
  }
}

/**
 * The text of a value: strings without quotes, NULL as `nullText`, numbers with all digits. A string that equals the
 * text of NULL is quoted.
 */
function cellText(value: Json, nullText: string): string {
  if (value === null) return nullText;
  if (typeof value === 'string')
    return value.toLowerCase() === nullText.toLowerCase() ? `'${printable(value)}'` : printable(value);
  if (value instanceof JsonNumber) return value.text;
  return printable(jsonText(value));
}

/** The columns of a table of rows, and a function that returns the cells of a row in the server's format. */
export function rowCells(
  names: readonly string[],
  types: readonly string[],
  nullText?: string,
): { readonly columns: readonly TableColumn[]; readonly cells: (row: string) => string[] } {
  const cells = names.map((name, i) => cellOf(name, types[i] ?? '', nullText));
  return {
    columns: names.map((name, i) => ({
      title: printableLine(name),
      align: NUMERIC.test(types[i] ?? '') && !isWindowBound(name, types[i] ?? '') ? 'right' : 'left',
    })),
    cells: (row) => parseRowText(row).map((value, i) => must(cells[i], 'cell')(value)),
  };
}

/** A function that formats the values of a column. */
function cellOf(name: string, type: string, nullText = NULL_TEXT): (value: Json) => string {
  const text = (value: Json): string => cellText(value, nullText);
  return isWindowBound(name, type) ? (value) => boundText(text(value)) : text;
}

/** Whether a column is a window bound, which is BIGINT as in ksqlDB, but is shown as a time. */
function isWindowBound(name: string, type: string): boolean {
  return type === 'BIGINT' && /^(?:.*_)?WINDOW(?:START|END)$/i.test(name);
}

/** Milliseconds since the epoch in the format of a TIMESTAMP. */
function boundText(ms: string): string {
  const at = new Date(Number(ms));
  return /^-?\d+$/.test(ms) && !Number.isNaN(at.getTime()) ? at.toISOString().replace('Z', '') : ms;
}

interface TableRowsOptions {
  readonly names: readonly string[];
  readonly types: readonly string[];
  readonly width: number;
  readonly screenRows: number;
  readonly nullText: string | undefined;
}

/**
 * A table whose columns are as wide as their content. A row that needs more space makes its columns wider, under a new
 * header; a table that does not fit the screen continues as records.
 */
class TableRows implements RowPrinter {
  readonly #names: readonly string[];
  readonly #types: readonly string[];
  readonly #columns: readonly TableColumn[];
  readonly #cells: (row: string) => string[];
  readonly #width: number;
  readonly #screenRows: number;
  #natural: readonly number[] | undefined;
  #widths: readonly number[] = [];
  #records: VerticalRows | undefined;
  #lines = 0;
  #count = 0;
  readonly #nullText: string | undefined;

  constructor({ names, types, width, screenRows, nullText }: TableRowsOptions) {
    this.#names = names;
    this.#types = types;
    this.#nullText = nullText;
    const { columns, cells } = rowCells(names, types, nullText);
    this.#columns = columns;
    this.#cells = cells;
    this.#width = width;
    this.#screenRows = screenRows;
  }

  head(): string {
    return this.#grow([]);
  }

  print(rows: readonly string[]): string {
    if (this.#records) return this.#records.print(rows);
    const cells = rows.map(this.#cells);
    let text = this.#grow(cells);
    if (this.#records as VerticalRows | undefined) return text + this.#records!.print(rows);
    for (const row of cells) {
      if (this.#screenRows > 0 && this.#lines >= this.#screenRows - 3) {
        text += `\n${tableHead(this.#columns, this.#widths)}\n`;
        this.#lines = 0;
      }
      const shown = tableRow(this.#columns, this.#widths, row, Number.isFinite(this.#width));
      text += `${shown}\n`;
      this.#lines++;
      for (let at = shown.indexOf('\n'); at >= 0; at = shown.indexOf('\n', at + 1)) this.#lines++;
      this.#count++;
    }
    return text;
  }

  end(): string {
    if (this.#records) return this.#records.end();
    const head = this.#natural === undefined ? this.#grow([]) : '';
    return `${head}${this.#count === 1 ? '1 row' : `${this.#count} rows`}\n`;
  }

  /** Widens the columns for the cells; returns a new header if the widths change. */
  #grow(cells: readonly (readonly string[])[]): string {
    const before = this.#natural;
    // In a file the table keeps its first widths, and longer cells exceed them.
    if (before !== undefined && !Number.isFinite(this.#width)) return '';
    const natural = naturalWidths(this.#columns, cells, before);
    if (before?.every((width, i) => natural[i] === width) === true) return '';
    this.#natural =
      before === undefined || this.#count === 0
        ? natural
        : natural.map((width, i) => (width > must(before[i], 'width') ? width + SLACK : width));
    const fitted = fitWidths(
      this.#natural,
      this.#width,
      this.#columns.map((column) => column.align === 'right'),
    );
    if (!isLegible(this.#columns, natural, fitted)) {
      this.#records = new VerticalRows(this.#names, this.#types, this.#nullText, this.#count);
      return '';
    }
    if (before !== undefined && fitted.every((width, i) => this.#widths[i] === width)) return '';
    this.#widths = fitted;
    this.#lines = 0;
    return `${tableHead(this.#columns, fitted)}\n`;
  }
}

/** JSON in which characters that nobody sees are escaped, in files too: it is the same JSON. */
class JsonRows implements RowPrinter {
  readonly #names: readonly string[];

  constructor(names: readonly string[]) {
    this.#names = names.map((name) => visibleText(JSON.stringify(name)));
  }

  head(): string {
    return '';
  }

  print(rows: readonly string[]): string {
    return rows
      .map((row) => {
        const fields = parseRowText(row).map((value, i) => `${this.#names[i]}:${visibleText(jsonText(value))}`);
        return `{${fields.join(',')}}\n`;
      })
      .join('');
  }

  end(): string {
    return '';
  }
}

class VerticalRows implements RowPrinter {
  readonly #names: readonly string[];
  readonly #cells: readonly ((value: Json) => string)[];
  /** The column in which values begin. Their further lines do too, and so look like no other column. */
  readonly #indent: number;
  #count: number;

  /** @param count the number of rows that were shown before */
  constructor(names: readonly string[], types: readonly string[], nullText?: string, count = 0) {
    this.#count = count;
    this.#cells = names.map((name, i) => cellOf(name, types[i] ?? '', nullText));
    const shown = names.map(printableLine);
    const width = Math.max(0, ...shown.map(displayWidth));
    this.#names = shown.map((name) => pad(name, width, 'right'));
    this.#indent = width + 2;
  }

  head(): string {
    return '';
  }

  print(rows: readonly string[]): string {
    return rows
      .map((row) => {
        this.#count++;
        const lines = parseRowText(row).map(
          (value, i) => `${this.#names[i]}: ${printableBelow(must(this.#cells[i], 'cell')(value), this.#indent)}\n`,
        );
        return `${recordLine(this.#count)}\n${lines.join('')}`;
      })
      .join('');
  }

  end(): string {
    return `${this.#count === 1 ? '1 row' : `${this.#count} rows`}\n`;
  }
}

/**
 * RFC 4180, with a header line. NULL is an unquoted field, by default an empty one; a string of the same text is
 * quoted: `""`.
 */
class CsvRows implements RowPrinter {
  readonly #names: readonly string[];
  readonly #nullText: string;
  readonly #shown: (line: string) => string;
  #hasHead = false;

  constructor(names: readonly string[], nullText: string, isTerminal: boolean) {
    this.#names = names;
    this.#nullText = nullText;
    this.#shown = isTerminal ? printableLine : (line) => line;
  }

  head(): string {
    if (this.#hasHead) return '';
    this.#hasHead = true;
    return `${this.#shown(this.#names.map((name) => csvText(name)).join(','))}\n`;
  }

  print(rows: readonly string[]): string {
    const lines = rows.map(
      (row) =>
        `${this.#shown(
          parseRowText(row)
            .map((v) => csvField(v, this.#nullText))
            .join(','),
        )}\n`,
    );
    return `${this.head()}${lines.join('')}`;
  }

  end(): string {
    return this.head();
  }
}

function csvField(value: Json, nullText: string): string {
  if (value === null) return nullText;
  if (value instanceof JsonNumber) return value.text;
  return csvText(typeof value === 'string' ? value : jsonText(value), nullText);
}

function csvText(text: string, nullText = ''): string {
  return text === '' || text === nullText || /[",\r\n]/.test(text) ? `"${text.replaceAll('"', '""')}"` : text;
}

/** A table in GitHub's Markdown. */
class MarkdownRows implements RowPrinter {
  readonly #names: readonly string[];
  readonly #types: readonly string[];
  readonly #cells: readonly ((value: Json) => string)[];
  #hasHead = false;

  constructor(names: readonly string[], types: readonly string[], nullText?: string) {
    this.#names = names;
    this.#types = types;
    this.#cells = names.map((name, i) => cellOf(name, types[i] ?? '', nullText));
  }

  head(): string {
    if (this.#hasHead) return '';
    this.#hasHead = true;
    const rules = this.#types.map((type) => (NUMERIC.test(type) ? '---:' : '---'));
    return `${markdownLine(this.#names.map(printableLine))}${markdownLine(rules)}`;
  }

  print(rows: readonly string[]): string {
    const lines = rows.map((row) =>
      markdownLine(parseRowText(row).map((value, i) => must(this.#cells[i], 'cell')(value))),
    );
    return `${this.head()}${lines.join('')}`;
  }

  end(): string {
    return this.head();
  }
}

function markdownLine(cells: readonly string[]): string {
  const shown = cells.map((cell) => cell.replaceAll('\\', '\\\\').replaceAll('|', '\\|').replaceAll('\n', '<br>'));
  return `| ${shown.join(' | ')} |\n`;
}
