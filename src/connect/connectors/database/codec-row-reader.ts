import { must } from '../../../base/assert.ts';
import { DataError } from '../../api/errors.ts';
import type { ConnectSchema } from '../../api/schema.ts';
import { FieldError, type RowReader } from './dialect.ts';
import type { ValueRows } from './value-rows.ts';

/** How the values of one column are read. */
export interface ColumnCodec<V> {
  readonly schema: ConnectSchema;
  /** Never called with null; may return null for a value that stands for none. @throws DataError */
  readonly read: (value: Exclude<V, null>) => unknown;
}

/** Reads rows of drivers that return values, each column by its codec. */
export class CodecRowReader<V> implements RowReader {
  readonly schemas: readonly ConnectSchema[];
  readonly #codecs: readonly ColumnCodec<V>[];

  constructor(codecs: readonly ColumnCodec<V>[]) {
    this.#codecs = codecs;
    this.schemas = codecs.map((c) => c.schema);
  }

  read(rows: ValueRows<V>, i: number): unknown[] {
    const row = must(rows.rows[i], 'row');
    const codecs = this.#codecs;
    const values = new Array<unknown>(codecs.length);
    let column = 0;
    try {
      for (; column < codecs.length; column++) {
        const value = row[column]!;
        values[column] = value === null ? null : codecs[column]!.read(value as Exclude<V, null>);
      }
    } catch (error) {
      if (!(error instanceof DataError)) throw error;
      throw new FieldError(column, error);
    }
    return values;
  }

  nullAmong(rows: ValueRows<V>): number {
    const required = this.schemas.flatMap((s, i) => (s.optional ? [] : [i]));
    return required.find((i) => rows.rows.some((row) => row[i] === null)) ?? -1;
  }
}
