import { JsonNumber, jsonText, parseRowText, type Json } from '../../wire/row-json.ts';
import { fitWidths, tableHead, tableRow, type TableColumn } from './table.ts';
import { displayWidth, printable } from './width.ts';

export type OutputFormat = 'table' | 'json' | 'vertical';

/** Rows of one query on their way to the terminal. */
export interface RowPrinter {
  /** Text before the first row: the head of a push query, whose first row may take its time. */
  begin(): string;
  /** Text for rows that came at once; each ends with a line break. */
  print(rows: readonly string[]): string;
  /** Text at the end, when `count` rows were printed. */
  end(): string;
}

/** Columns that a type usually needs: widths of a push query are chosen before most of its rows are known. */
const USUAL_WIDTH: Readonly<Record<string, number>> = {
  BOOLEAN: 5,
  INTEGER: 11,
  BIGINT: 20,
  DOUBLE: 22,
  DATE: 10,
  TIME: 12,
  TIMESTAMP: 23,
};
/** Texts, lists and structs get as much as there is, up to this. */
const TEXT_WIDTH = 32;
const NUMERIC = /^(INTEGER|BIGINT|DOUBLE|DECIMAL)/;

/**
 * @param screenRows after so many lines the head is repeated; 0: never
 * @param live rows come one by one: columns get room for what may come
 */
export function rowPrinter(
  format: OutputFormat,
  names: readonly string[],
  types: readonly string[],
  width: number,
  screenRows: number,
  live = true,
): RowPrinter {
  switch (format) {
    case 'json':
      return new JsonRows(names);
    case 'vertical':
      return new VerticalRows(names);
    default:
      return new TableRows(names, types, width, screenRows, live);
  }
}

/** The text of a value: strings without quotes, null as NULL, numbers digit by digit. */
export function cellText(value: Json): string {
  if (value === null) return 'null';
  if (typeof value === 'string') return printable(value);
  if (value instanceof JsonNumber) return value.text;
  return printable(jsonText(value));
}

class TableRows implements RowPrinter {
  private readonly columns: readonly TableColumn[];
  private readonly types: readonly string[];
  private readonly width: number;
  private readonly screenRows: number;
  private readonly live: boolean;
  private widths: readonly number[] | undefined;
  private lines = 0;
  private count = 0;

  constructor(names: readonly string[], types: readonly string[], width: number, screenRows: number, live: boolean) {
    this.live = live;
    this.columns = names.map((name, i) => ({
      title: printable(name),
      align: NUMERIC.test(types[i] ?? '') ? 'right' : 'left',
    }));
    this.types = types;
    this.width = width;
    this.screenRows = screenRows;
  }

  begin(): string {
    if (!this.live) return '';
    this.widths = this.chooseWidths([]);
    return `${tableHead(this.columns, this.widths)}\n`;
  }

  print(rows: readonly string[]): string {
    const cells = rows.map((row) => parseRowText(row).map(cellText));
    let text = '';
    if (this.widths === undefined) {
      this.widths = this.chooseWidths(cells);
      text += `${tableHead(this.columns, this.widths)}\n`;
    }
    for (const row of cells) {
      if (this.screenRows > 0 && this.lines >= this.screenRows - 3) {
        text += `\n${tableHead(this.columns, this.widths)}\n`;
        this.lines = 0;
      }
      const shown = tableRow(this.columns, this.widths, row, Number.isFinite(this.width));
      text += `${shown}\n`;
      this.lines += shown.split('\n').length;
      this.count++;
    }
    return text;
  }

  end(): string {
    const head = this.widths === undefined ? `${tableHead(this.columns, this.chooseWidths([]))}\n` : '';
    return `${head}${this.count === 1 ? '1 row' : `${this.count} rows`}\n`;
  }

  private chooseWidths(cells: readonly (readonly string[])[]): number[] {
    const natural = this.columns.map((column, i) =>
      Math.max(
        displayWidth(column.title),
        this.live ? (USUAL_WIDTH[this.types[i] ?? ''] ?? usualWidth(this.types[i] ?? '')) : 0,
        ...cells.map((row) => Math.max(...row[i]!.split('\n').map(displayWidth))),
      ),
    );
    return fitWidths(
      natural,
      this.width,
      this.columns.map((column) => column.align === 'right'),
    );
  }
}

function usualWidth(type: string): number {
  const decimal = /^DECIMAL\((\d+)/.exec(type);
  return decimal ? Math.min(TEXT_WIDTH, Number(decimal[1]) + 2) : TEXT_WIDTH;
}

class JsonRows implements RowPrinter {
  private readonly names: readonly string[];

  constructor(names: readonly string[]) {
    this.names = names.map((name) => JSON.stringify(name));
  }

  begin(): string {
    return '';
  }

  print(rows: readonly string[]): string {
    return rows
      .map((row) => {
        const fields = parseRowText(row).map((value, i) => `${this.names[i]}:${jsonText(value)}`);
        return `{${fields.join(',')}}\n`;
      })
      .join('');
  }

  end(): string {
    return '';
  }
}

class VerticalRows implements RowPrinter {
  private readonly names: readonly string[];
  private count = 0;

  constructor(names: readonly string[]) {
    const width = Math.max(0, ...names.map(displayWidth));
    this.names = names.map((name) => `${' '.repeat(width - displayWidth(name))}${printable(name)}`);
  }

  begin(): string {
    return '';
  }

  print(rows: readonly string[]): string {
    return rows
      .map((row) => {
        this.count++;
        const lines = parseRowText(row).map((value, i) => `${this.names[i]}: ${cellText(value)}\n`);
        return `── row ${this.count} ${'─'.repeat(20)}\n${lines.join('')}`;
      })
      .join('');
  }

  end(): string {
    return `${this.count === 1 ? '1 row' : `${this.count} rows`}\n`;
  }
}
