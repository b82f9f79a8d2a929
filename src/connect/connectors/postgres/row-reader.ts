import { must } from '../../../base/assert.ts';
import { DataError } from '../../api/errors.ts';
import type { ConnectSchema } from '../../api/schema.ts';
import { FieldError, type RowReader } from '../database/dialect.ts';
import type { PostgresField } from './fields.ts';
import type { WireRows } from './rows.ts';
import { codecOf, type ColumnCodec, type PostgresTypeOptions } from './value-types.ts';

/** Buffer's native method for decoding a string, without the checks of toString. */
interface NativeSlice {
  utf8Slice(from: number, to: number): string;
}

/** Decodes rows in place, in the buffers of the socket. */
export class WireRowReader implements RowReader {
  readonly schemas: readonly ConnectSchema[];
  readonly #codecs: readonly ColumnCodec[];
  /** One more than the position of the last column that must not be NULL. */
  readonly #requiredEnd: number;

  constructor(fields: readonly PostgresField[], notNull: ReadonlySet<string>, options: PostgresTypeOptions) {
    const { remark, exactKeys } = options;
    this.#codecs = fields.map((field) =>
      codecOf(
        field.oid,
        field.modifier,
        !notNull.has(field.name),
        { ...options, isKeyExact: exactKeys?.has(field.name), remark: remark && ((text) => remark(field.name, text)) },
        field.separator,
      ),
    );
    this.schemas = this.#codecs.map((c) => c.schema);
    this.#requiredEnd = this.schemas.findLastIndex((s) => !s.optional) + 1;
  }

  read(rows: WireRows, i: number): unknown[] {
    const bytes = rows.buffer(i);
    const codecs = this.#codecs;
    const count = codecs.length;
    const value = new Array<unknown>(count);
    // After the number of fields.
    let at = rows.start(i) + 2;
    let field = 0;
    try {
      for (; field < count; field++) {
        const length = (bytes[at]! << 24) | (bytes[at + 1]! << 16) | (bytes[at + 2]! << 8) | bytes[at + 3]!;
        at += 4;
        if (length < 0) {
          value[field] = null;
          continue;
        }
        const end = at + length;
        const codec = codecs[field]!;
        const quick = codec.read === undefined ? undefined : codec.read(bytes, at, end);
        value[field] = quick === undefined ? codec.parse((bytes as unknown as NativeSlice).utf8Slice(at, end)) : quick;
        at = end;
      }
    } catch (error) {
      if (!(error instanceof DataError)) throw error;
      throw new FieldError(field, error);
    }
    return value;
  }

  /** Decodes the value of column f from the bytes of its text. @throws DataError */
  value(f: number, bytes: Buffer, from: number, to: number): unknown {
    const codec = must(this.#codecs[f], 'column');
    const quick = codec.read === undefined ? undefined : codec.read(bytes, from, to);
    return quick === undefined ? codec.parse((bytes as unknown as NativeSlice).utf8Slice(from, to)) : quick;
  }

  /** Parses the value of column f from its text. @throws DataError */
  parse(f: number, text: string): unknown {
    return must(this.#codecs[f], 'column').parse(text);
  }

  nullAmong(rows: WireRows): number {
    const requiredEnd = this.#requiredEnd;
    const schemas = this.schemas;
    if (requiredEnd === 0) return -1;
    for (let i = 0; i < rows.length; i++) {
      const bytes = rows.buffer(i);
      let at = rows.start(i) + 2;
      for (let f = 0; f < requiredEnd; f++) {
        const length = (bytes[at]! << 24) | (bytes[at + 1]! << 16) | (bytes[at + 2]! << 8) | bytes[at + 3]!;
        if (length < 0) {
          if (!schemas[f]!.optional) return f;
          at += 4;
        } else at += 4 + length;
      }
    }
    return -1;
  }
}
