import { retold } from '../../base/quoting.ts';
import { must } from '../../base/assert.ts';
import { isSluiceError } from '../../base/errors.ts';
import type { Row } from '../../types/row.ts';
import type { PersistenceSchema } from '../api.ts';
import { cannotConvert, deserializationError, Misfit, wrapMisfit } from '../internal/record-errors.ts';
import { coercerFor, fieldsCoercer, type CoerceOptions } from './coerce.ts';
import { JsonReader, JsonSyntaxError } from './json-reader.ts';
import { JsonObject, type Json } from '../../types/json-text.ts';
import { nodeName } from './node-name.ts';

/** Stores a parsed record in `row`; returns false when it is a null record. @throws Misfit */
export type NodeToRow = (node: Json, row: Row) => boolean;

/** How a parsed record becomes a row: an object of columns, or one bare value if `unwrapped`. */
export function nodeToRow(
  schema: PersistenceSchema,
  wanted: readonly number[],
  unwrapped: boolean,
  options: CoerceOptions = {},
): NodeToRow {
  if (unwrapped) {
    const coerce = coercerFor(must(schema.columns[0], 'column').type, options);
    const target = must(wanted[0], 'wanted field');
    return (node, row) => {
      if (node === null) return false;
      const value = coerce(node);
      if (target >= 0) row[target] = value;
      return true;
    };
  }
  const fill = fieldsCoercer(
    schema.columns.map((c) => c.name),
    schema.columns.map((c) => coercerFor(c.type, options)),
    wanted,
  );
  return (node, row) => {
    if (node === null) return false;
    if (!(node instanceof JsonObject)) throw cannotConvert(nodeName(node), 'STRUCT');
    fill(node, row);
    return true;
  };
}

/** The general decoder: parses the whole record losslessly. The fast decoder must agree with it on every input. */
export class GeneralJsonDecoder {
  readonly #reader = new JsonReader();
  readonly #topic: string;
  readonly #toRow: NodeToRow;

  constructor(topic: string, toRow: NodeToRow) {
    this.#topic = topic;
    this.#toRow = toRow;
  }

  decode(bytes: Uint8Array, from: number, to: number, row: Row): boolean {
    this.#reader.reset(bytes, from, to);
    try {
      refuseBlank(bytes, from, to);
      return this.#toRow(this.#reader.readValue(), row);
    } catch (error) {
      throw jsonError(this.#topic, error, from);
    }
  }
}

/**
 * Rejects blank bytes, which are neither JSON nor a null record, as in ksqlDB: if they were read as null, they would
 * silently delete the row of a table, and be no row in a stream.
 */
export function refuseBlank(bytes: Uint8Array, from: number, to: number): void {
  for (let i = from; i < to; i++) if (bytes[i]! > 32) return;
  const what = from === to ? 'it is empty (0 bytes)' : `it holds blanks alone (${to - from} bytes)`;
  throw new JsonSyntaxError(
    `${what}, where a deleted row is a record without a value, and a row without values is {}`,
    from,
  );
}

/** Adds the topic and the position to an error. */
export function jsonError(topic: string, error: unknown, from: number): unknown {
  if (error instanceof JsonSyntaxError)
    return deserializationError(topic, `Invalid JSON at byte ${error.at - from}: ${error.message}`);
  if (error instanceof Misfit || isSluiceError(error)) return wrapMisfit(topic, error);
  return deserializationError(topic, retold(error), error);
}
