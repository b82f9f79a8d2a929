import type { QueryStreamMetadata } from '../wire/entities.ts';
import { parseRowText, rowValues, type RowValue } from '../wire/row-json.ts';
import { ClientError } from './client-error.ts';

const TOMBSTONE = '{"tombstone":';

/** A row of a live result; a tombstone has the key columns of a row that left the table, and nulls. */
export interface RowChange {
  readonly values: readonly RowValue[];
  readonly isTombstone: boolean;
}

/** A row by column name, of which nothing else is known. */
export type RowObject = Readonly<Record<string, RowValue>>;

/**
 * Rows of one query as they arrive. Iterate once; leaving the loop, or `cancel`, ends the query on the server. `Row` is
 * what its reader knows of `objects()`; `sluice types` writes such types. It is not checked against what comes.
 */
export class RowStream<Row extends object = RowObject> implements AsyncIterable<readonly RowValue[]> {
  readonly queryId: string;
  readonly columnNames: readonly string[];
  readonly columnTypes: readonly string[];
  /** Is told what its reader should know beside the rows: records that could not be read. */
  onNotice: ((text: string) => void) | undefined;
  readonly #lines: AsyncIterator<string[]>;
  readonly #abort: () => void;
  #first: string[];

  constructor(metadata: QueryStreamMetadata, first: string[], lines: AsyncIterator<string[]>, abort: () => void) {
    this.queryId = metadata.queryId;
    this.columnNames = metadata.columnNames;
    this.columnTypes = metadata.columnTypes;
    this.#first = first;
    this.#lines = lines;
    this.#abort = abort;
  }

  /** Ends the query; a loop over the rows ends too. */
  cancel(): void {
    this.#abort();
  }

  async *[Symbol.asyncIterator](): AsyncGenerator<readonly RowValue[]> {
    for await (const batch of this.changeBatches())
      for (const { values, isTombstone } of batch) if (!isTombstone) yield values;
  }

  /** Rows as objects by column name. */
  async *objects(): AsyncGenerator<Row> {
    for await (const row of this)
      yield Object.fromEntries(this.columnNames.map((name, i) => [name, row[i] ?? null])) as Row;
  }

  /**
   * Rows as the server wrote them, one array of JSON texts for what came at once. Throws ClientError for an error row.
   */
  async *textBatches(): AsyncGenerator<readonly string[]> {
    try {
      const head = this.#rowsOf(this.#first);
      this.#first = [];
      if (head.rows.length > 0) yield head.rows;
      if (head.error) throw head.error;
      for (;;) {
        const next = await this.#lines.next();
        if (next.done === true) return;
        const { rows, error } = this.#rowsOf(next.value);
        if (rows.length > 0) yield rows;
        if (error) throw error;
      }
    } catch (error) {
      if (error instanceof ClientError && error.code === 'CANCELLED') return;
      throw error;
    } finally {
      this.#abort();
    }
  }

  /**
   * Rows with their values, and the rows that left the table where the query asked for them; one array for what came at
   * once.
   */
  async *changeBatches(): AsyncGenerator<readonly RowChange[]> {
    for await (const batch of this.textBatches())
      yield batch.map((text) => {
        const isTombstone = text.startsWith(TOMBSTONE);
        const row = isTombstone ? text.slice(TOMBSTONE.length, -1) : text;
        return { values: rowValues(parseRowText(row), this.columnTypes), isTombstone };
      });
  }

  /** A line that is an object is a row that left the table, a notice, or an error in the middle of the rows. */
  #rowsOf(lines: readonly string[]): { readonly rows: readonly string[]; readonly error?: ClientError } {
    if (!lines.some((line) => line.startsWith('{'))) return { rows: lines };
    const rows: string[] = [];
    for (const line of lines) {
      if (!line.startsWith('{') || line.startsWith(TOMBSTONE)) rows.push(line);
      else if (line.startsWith('{"notice":')) this.onNotice?.((JSON.parse(line) as { notice: string }).notice);
      else return { rows, error: ClientError.ofAnswer(200, line) };
    }
    return { rows };
  }
}
