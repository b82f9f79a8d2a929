import { must } from '../../base/assert.ts';
import { JsonNumber, jsonText, parseRowText, type Json } from '../../wire/row-json.ts';
import { fitWidths, isLegible, naturalWidths, recordLine, tableHead, tableRow, type TableColumn } from './table.ts';
import { displayWidth, printable } from './width.ts';

export const OUTPUT_FORMATS = ['table', 'json', 'jsonl', 'csv', 'markdown', 'vertical'] as const;
export type OutputFormat = (typeof OUTPUT_FORMATS)[number];

/** One JSON text a line; `jsonl` is what others call it. */
export function isJson(format: OutputFormat): boolean {
  return format === 'json' || format === 'jsonl';
}

/** Formats that programs read: rows alone, no remark between them. */
export function isForPrograms(format: OutputFormat): boolean {
  return isJson(format) || format === 'csv';
}

/** Rows of one query on their way to the terminal. */
export interface RowPrinter {
  /** The head alone, for a query whose first row takes its time. Call it at most once, before any row. */
  head(): string;
  /** Text for rows that came at once; each ends with a line break. */
  print(rows: readonly string[]): string;
  /** Text at the end, when `count` rows were printed. */
  end(): string;
}

/** Room for what may come, where a column has to grow while rows are shown. */
const SLACK = 4;
/** NULL where the person has not said what it is to look like. */
const NULL_TEXT = 'NULL';
const NUMERIC = /^(INTEGER|BIGINT|DOUBLE|DECIMAL)/;

/**
 * @param screenRows after so many lines the head is repeated; 0: never
 * @param nullText what NULL looks like; absent: `NULL`, and an empty field in CSV. JSON has its own
 */
export function rowPrinter(
  format: OutputFormat,
  names: readonly string[],
  types: readonly string[],
  width: number,
  screenRows: number,
  nullText?: string,
): RowPrinter {
  switch (format) {
    case 'json':
    case 'jsonl':
      return new JsonRows(names);
    case 'csv':
      return new CsvRows(names, nullText ?? '');
    case 'markdown':
      return new MarkdownRows(names, types, nullText);
    case 'vertical':
      return new VerticalRows(names, types, nullText);
    default:
      return new TableRows({ names, types, width, screenRows, nullText });
  }
}

/**
 * The text of a value: strings without quotes, NULL as `nullText`, numbers digit by digit. A string that would look
 * like NULL has quotes.
 */
function cellText(value: Json, nullText: string): string {
  if (value === null) return nullText;
  if (typeof value === 'string')
    return value.toLowerCase() === nullText.toLowerCase() ? `'${value}'` : printable(value);
  if (value instanceof JsonNumber) return value.text;
  return printable(jsonText(value));
}

/** The columns of a table of rows, and a function that gives the cells of a row as the server wrote it. */
export function rowCells(
  names: readonly string[],
  types: readonly string[],
  nullText?: string,
): { readonly columns: readonly TableColumn[]; readonly cells: (row: string) => string[] } {
  const cells = names.map((name, i) => cellOf(name, types[i] ?? '', nullText));
  return {
    columns: names.map((name, i) => ({
      title: printable(name),
      align: NUMERIC.test(types[i] ?? '') && !isWindowBound(name, types[i] ?? '') ? 'right' : 'left',
    })),
    cells: (row) => parseRowText(row).map((value, i) => must(cells[i], 'cell')(value)),
  };
}

/** A function that shows the values of a column. */
function cellOf(name: string, type: string, nullText = NULL_TEXT): (value: Json) => string {
  const text = (value: Json): string => cellText(value, nullText);
  return isWindowBound(name, type) ? (value) => boundText(text(value)) : text;
}

/** The bounds of windows are BIGINT, as in ksqlDB; a person reads times. */
function isWindowBound(name: string, type: string): boolean {
  return type === 'BIGINT' && /^(?:.*_)?WINDOW(?:START|END)$/i.test(name);
}

/** Milliseconds since the epoch as a TIMESTAMP is written. */
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
 * A table whose columns are as wide as what they hold. A row that needs more makes its columns grow, under a new head;
 * a table that the screen cannot hold goes on as records.
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

  /** Makes room for the cells; the head where that changes the widths. */
  #grow(cells: readonly (readonly string[])[]): string {
    const before = this.#natural;
    // In a file the table keeps its first widths, and what is longer sticks out.
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

class JsonRows implements RowPrinter {
  readonly #names: readonly string[];

  constructor(names: readonly string[]) {
    this.#names = names.map((name) => JSON.stringify(name));
  }

  head(): string {
    return '';
  }

  print(rows: readonly string[]): string {
    return rows
      .map((row) => {
        const fields = parseRowText(row).map((value, i) => `${this.#names[i]}:${jsonText(value)}`);
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
  #count: number;

  /** @param count rows that were shown before */
  constructor(names: readonly string[], types: readonly string[], nullText?: string, count = 0) {
    this.#count = count;
    this.#cells = names.map((name, i) => cellOf(name, types[i] ?? '', nullText));
    const width = Math.max(0, ...names.map(displayWidth));
    this.#names = names.map((name) => `${' '.repeat(width - displayWidth(name))}${printable(name)}`);
  }

  head(): string {
    return '';
  }

  print(rows: readonly string[]): string {
    return rows
      .map((row) => {
        this.#count++;
        const lines = parseRowText(row).map(
          (value, i) => `${this.#names[i]}: ${must(this.#cells[i], 'cell')(value)}\n`,
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
 * RFC 4180, with a line of names; NULL is a field without quotes, by default an empty one, and a text like it has them:
 * `""`.
 */
class CsvRows implements RowPrinter {
  readonly #names: readonly string[];
  readonly #nullText: string;
  #hasHead = false;

  constructor(names: readonly string[], nullText: string) {
    this.#names = names;
    this.#nullText = nullText;
  }

  head(): string {
    if (this.#hasHead) return '';
    this.#hasHead = true;
    return `${this.#names.map((name) => csvText(name)).join(',')}\n`;
  }

  print(rows: readonly string[]): string {
    const lines = rows.map(
      (row) =>
        `${parseRowText(row)
          .map((v) => csvField(v, this.#nullText))
          .join(',')}\n`,
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

/** A table of GitHub's Markdown. */
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
    return `${markdownLine(this.#names)}${markdownLine(rules)}`;
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
