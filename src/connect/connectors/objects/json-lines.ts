import { DataError } from '../../api/errors.ts';
import type { SinkRecord } from '../../api/record.ts';
import type { ConnectSchema } from '../../api/schema.ts';
import { jsonWriter, type JsonStyle, type JsonWriter } from '../internal/json-writer.ts';
import { jsonTextOf } from '../internal/plain-value.ts';
import { TextPieces, type FileEncoder, type FileFormat } from './file-format.ts';
import { columnsOf, DELETED, type RowSettings } from './rows.ts';

/** One JSON text per line (NDJSON): the value, or one object of the columns of key and value. */
export function jsonLines(rows: RowSettings, style: JsonStyle): FileFormat {
  return {
    extension: '.json',
    contentType: 'application/x-ndjson',
    bySchema: false,
    begin: () => new JsonLines(rows, style),
  };
}

class JsonLines implements FileEncoder {
  readonly #rows: RowSettings;
  readonly #style: JsonStyle;
  readonly #text = new TextPieces();
  /** The most recent writer, cached because schemas seldom change. */
  #writer:
    | {
        readonly key: ConnectSchema | null;
        readonly value: ConnectSchema | null;
        readonly line: (record: SinkRecord) => string;
      }
    | undefined;

  constructor(rows: RowSettings, style: JsonStyle) {
    this.#rows = rows;
    this.#style = style;
  }

  add(record: SinkRecord): void {
    let writer = this.#writer;
    if (writer?.value !== record.valueSchema || writer.key !== record.keySchema) {
      writer = {
        key: record.keySchema,
        value: record.valueSchema,
        line: lineWriter(record.keySchema, record.valueSchema, this.#rows, this.#style),
      };
      this.#writer = writer;
    }
    this.#text.add(`${writer.line(record)}\n`);
  }

  get heldBytes(): number {
    return this.#text.heldBytes;
  }

  take(): Buffer {
    return this.#text.take();
  }

  finish(): Buffer {
    return this.#text.finish();
  }
}

function lineWriter(
  keySchema: ConnectSchema | null,
  valueSchema: ConnectSchema | null,
  rows: RowSettings,
  style: JsonStyle,
): (record: SinkRecord) => string {
  if (valueSchema === null) return (record) => schemaless(record, rows, keySchema, style);
  // The whole value, as the Java connectors write it.
  if (!rows.keyColumns && !rows.deletes) {
    const write = jsonWriter(valueSchema, style);
    return (record) => write(record.value);
  }
  const members = columnsOf(keySchema, valueSchema, { ...rows, deletes: false }).map((column) => ({
    column,
    head: `${JSON.stringify(column.name)}:`,
    write: jsonWriter(column.schema, style),
  }));
  const ofKey = columnsOf(keySchema, null, { ...rows, deletes: false }).map((column) => ({
    column,
    head: `${JSON.stringify(column.name)}:`,
    write: jsonWriter(column.schema, style),
  }));
  return (record) => {
    const shown = record.value === null ? ofKey : members;
    const texts = shown.map(({ column, head, write }) => head + write(column.read(record)));
    return `{${texts.join(',')}${mark(record, texts.length)}}`;
  };
}

/** Only a deleted row has this member: lines need not all have the same members. */
const mark = (record: SinkRecord, others: number): string =>
  record.value === null ? `${others === 0 ? '' : ','}"${DELETED}":true` : '';

function schemaless(
  record: SinkRecord,
  { keyColumns }: RowSettings,
  keySchema: ConnectSchema | null,
  style: JsonStyle,
): string {
  const { value } = record;
  const parts: string[] = [];
  if (keyColumns && keySchema !== null) {
    const columns = columnsOf(keySchema, null, { keyColumns, deletes: false });
    const shown = value === null ? columns : columns.filter((c) => !isObject(value) || !(c.name in value));
    const writers: readonly [string, JsonWriter][] = shown.map((c) => [c.name, jsonWriter(c.schema, style)]);
    for (const [i, [name, write]] of writers.entries())
      parts.push(`${JSON.stringify(name)}:${write(shown[i]?.read(record) ?? null)}`);
  }
  if (value === null) return `{${parts.join(',')}${mark(record, parts.length)}}`;
  if (parts.length === 0) return jsonTextOf(null, value);
  if (!isObject(value)) return `{${parts.join(',')},"value":${jsonTextOf(null, value)}}`;
  const own = jsonTextOf(null, value).slice(1, -1);
  return `{${parts.join(',')}${own === '' ? '' : `,${own}`}}`;
}

const isObject = (value: unknown): value is Readonly<Record<string, unknown>> =>
  typeof value === 'object' && value !== null && !Array.isArray(value) && !(value instanceof Uint8Array);

/** Bytes and strings unchanged, each followed by a separator. */
export function plainBytes(extension: string, separator: string): FileFormat {
  return {
    extension: extension.startsWith('.') ? extension : `.${extension}`,
    contentType: 'application/octet-stream',
    bySchema: false,
    begin: () => {
      let pieces: Buffer[] = [];
      let heldBytes = 0;
      const take = (): Buffer => {
        const taken = Buffer.concat(pieces);
        pieces = [];
        heldBytes = 0;
        return taken;
      };
      const end = Buffer.from(separator);
      return {
        add: ({ value }) => {
          if (typeof value !== 'string' && !(value instanceof Uint8Array))
            throw new DataError(
              'its value is neither bytes nor text: the format takes values of ByteArrayConverter and StringConverter',
            );
          const bytes = typeof value === 'string' ? Buffer.from(value) : Buffer.from(value);
          pieces.push(bytes, end);
          heldBytes += bytes.length + end.length;
        },
        get heldBytes() {
          return heldBytes;
        },
        take,
        finish: take,
      };
    },
  };
}
