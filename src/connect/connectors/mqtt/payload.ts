import type { SinkRecord } from '../../api/record.ts';
import type { ConnectSchema } from '../../api/schema.ts';
import { jsonWriter, membersWriter, type JsonWriter } from '../internal/json-writer.ts';

const STYLE = { isoTimes: true, compactMaps: true };

/** Converts records to messages: texts and bytes unchanged, rows as JSON with the columns of their keys. */
export class PayloadMaker {
  readonly #writers = new WeakMap<ConnectSchema, JsonWriter>();
  readonly #keyWriters = new WeakMap<ConnectSchema, WeakMap<ConnectSchema, JsonWriter>>();
  readonly #free = jsonWriter(null, STYLE);

  /** @throws DataError for a number that JSON does not have */
  payload({ key, keySchema, value, valueSchema }: SinkRecord): string | Buffer {
    if (typeof value === 'string') return value;
    if (value instanceof Uint8Array) return Buffer.from(value.buffer, value.byteOffset, value.byteLength);
    if (valueSchema?.type !== 'STRUCT' || keySchema?.type !== 'STRUCT' || key === null || key === undefined)
      return this.#writer(valueSchema)(value);
    const members = this.#writer(valueSchema)(value).slice(1, -1);
    let ofValue = this.#keyWriters.get(keySchema);
    if (ofValue === undefined) this.#keyWriters.set(keySchema, (ofValue = new WeakMap()));
    let writeKey = ofValue.get(valueSchema);
    if (writeKey === undefined) {
      const names = new Set(valueSchema.fields.map((field) => field.name));
      ofValue.set(valueSchema, (writeKey = membersWriter(keySchema, STYLE, names)));
    }
    return `{${[writeKey(key), members].filter((text) => text !== '').join(',')}}`;
  }

  #writer(schema: ConnectSchema | null): JsonWriter {
    if (schema === null) return this.#free;
    let write = this.#writers.get(schema);
    if (write === undefined) this.#writers.set(schema, (write = jsonWriter(schema, STYLE)));
    return write;
  }
}
