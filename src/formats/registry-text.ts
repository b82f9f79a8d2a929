import { NeedsSchema, type RegistrySchema } from './api.ts';
import { avroText } from './avro/text.ts';
import { HEADER_SIZE } from './internal/wire-format.ts';
import { protobufText } from './protobuf/text.ts';

/** The formats for the schema types of the registry. */
const FORMAT_NAMES = { AVRO: 'AVRO', PROTOBUF: 'PROTOBUF', JSON: 'JSON_SR' } as const;

/** The text of a record's key or value, with the schema that determined it. */
export interface ShownRecord {
  readonly format: (typeof FORMAT_NAMES)[keyof typeof FORMAT_NAMES];
  readonly text: string;
  /** The id of the record's schema in the registry. */
  readonly schemaId: number;
}

type Show = (bytes: Uint8Array, from: number) => string;

/**
 * Formats bytes in Confluent's wire format by the schemas that their writers registered, whatever columns are declared.
 */
export class RegistryText {
  readonly #shows = new Map<number, { readonly format: ShownRecord['format']; readonly show: Show } | undefined>();

  /** Undefined if the bytes do not match a learned schema. @throws NeedsSchema if the schema must be learned first */
  show(bytes: Uint8Array): ShownRecord | undefined {
    if (bytes.length < HEADER_SIZE || bytes[0] !== 0) return undefined;
    const id = new DataView(bytes.buffer, bytes.byteOffset).getInt32(1);
    // Registries assign ids from 1.
    if (id <= 0) return undefined;
    if (!this.#shows.has(id)) throw new NeedsSchema(id);
    const known = this.#shows.get(id);
    try {
      return known && { format: known.format, text: known.show(bytes, HEADER_SIZE), schemaId: id };
    } catch {
      // Not the wire format after all: the first bytes of another format looked like its header.
      return undefined;
    }
  }

  /** Sets the registry's schema of an id; undefined if the registry has none. */
  learn(id: number, schema: RegistrySchema | undefined): void {
    this.#shows.set(id, schema && { format: FORMAT_NAMES[schema.schemaType], show: showFor(schema) });
  }
}

function showFor(schema: RegistrySchema): Show {
  try {
    if (schema.schemaType === 'AVRO') return avroText(schema);
    return schema.schemaType === 'PROTOBUF' ? protobufText(schema) : jsonText;
  } catch (error) {
    return () => {
      throw error;
    };
  }
}

const utf8 = new TextDecoder('utf-8', { fatal: true });

function jsonText(bytes: Uint8Array, from: number): string {
  const text = utf8.decode(bytes.subarray(from));
  JSON.parse(text);
  return text;
}
