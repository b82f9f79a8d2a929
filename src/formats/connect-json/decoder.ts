import type { Row } from '../../types/row.ts';
import type { CodecSite, RowDecoder } from '../api.ts';
import type { TimeUnit } from '../internal/connect-times.ts';
import { cannotConvert } from '../internal/record-errors.ts';
import { jsonError, refuseBlank, type NodeToRow } from '../json/general-decoder.ts';
import { JsonObject, type Json } from '../../types/json-text.ts';
import { nodeName } from '../json/node-name.ts';
import { JsonReader, parseJsonBytes } from '../json/json-reader.ts';
import { connectCoercer, connectFields } from './coerce.ts';
import { rowSchemaOf, ShapeReader, type RecordShape } from './record-shape.ts';

/**
 * Reads what JsonConverter writes: rows and change events, with or without an embedded schema, distinguished for each
 * record.
 */
export function createConnectJsonDecoder(site: CodecSite, wanted: readonly number[], unit: TimeUnit): RowDecoder {
  if (site.schema.isKey && site.schema.columns.length === 0) return { decode: () => false };
  const names = site.schema.columns.map((c) => c.name.toUpperCase());
  const declaresEnvelope = names.includes('OP') && (names.includes('AFTER') || names.includes('BEFORE'));
  const shapes = new ShapeReader(!site.schema.isKey && !declaresEnvelope);
  const readers = new ReaderBySchema(site, wanted, unit);
  const reader = new JsonReader();
  return {
    decode(bytes: Uint8Array, from: number, to: number, row: Row): boolean {
      try {
        refuseBlank(bytes, from, to);
        const shape = shapes.read(bytes, from, to);
        if (shape.rowFrom === shape.rowTo) return false;
        const toRow = readers.of(bytes, shape);
        reader.reset(bytes, shape.rowFrom, shape.rowTo);
        return toRow(reader.readValue(), row);
      } catch (error) {
        throw jsonError(site.topic, error, from);
      }
    },
  };
}

/**
 * Readers of rows, one created for each embedded schema: the next record nearly always has the same schema, byte for
 * byte.
 */
class ReaderBySchema {
  readonly #site: CodecSite;
  readonly #wanted: readonly number[];
  readonly #unit: TimeUnit;
  readonly #bare: NodeToRow;
  #lastSchema = Buffer.alloc(0);
  #lastEnveloped = false;
  #last: NodeToRow;

  constructor(site: CodecSite, wanted: readonly number[], unit: TimeUnit) {
    this.#site = site;
    this.#wanted = wanted;
    this.#unit = unit;
    this.#bare = this.#make(undefined);
    this.#last = this.#bare;
  }

  of(bytes: Uint8Array, shape: RecordShape): NodeToRow {
    const { schemaFrom, schemaTo, enveloped } = shape;
    if (schemaFrom === schemaTo) return this.#bare;
    const last = this.#lastSchema;
    if (
      enveloped === this.#lastEnveloped &&
      last.length === schemaTo - schemaFrom &&
      last.compare(bytes, schemaFrom, schemaTo) === 0
    )
      return this.#last;
    this.#last = this.#make(rowSchemaOf(parseJsonBytes(bytes, schemaFrom, schemaTo), enveloped));
    this.#lastSchema = Buffer.from(bytes.subarray(schemaFrom, schemaTo));
    this.#lastEnveloped = enveloped;
    return this.#last;
  }

  #make(schema: Json | undefined): NodeToRow {
    const { columns, isKey } = this.#site.schema;
    const fill = connectFields(columns, this.#wanted, schema, this.#unit);
    const only = columns.length === 1 ? columns[0]! : undefined;
    // One column: its value may not be wrapped, as is usual for a key after ExtractField.
    const bare = only === undefined ? undefined : connectCoercer(only.type, schema, this.#unit);
    const target = this.#wanted[0] ?? -1;
    return (node, row) => {
      if (node === null) return false;
      if (node instanceof JsonObject && !(only?.type.kind === 'STRUCT' && isKey && !hasField(node, only.name))) {
        fill(node, row);
        return true;
      }
      if (bare === undefined) throw cannotConvert(nodeName(node), 'STRUCT');
      const value = bare(node);
      if (target >= 0) row[target] = value;
      return true;
    };
  }
}

function hasField(object: JsonObject, name: string): boolean {
  return object.keys.some((key) => key === name || key.toUpperCase() === name);
}
