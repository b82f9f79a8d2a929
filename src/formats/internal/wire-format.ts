import { SluiceError } from '../../base/errors.ts';
import { NeedsRegistration, NeedsSchema, type CodecSite, type RegistrySchema } from '../api.ts';
import type { ByteWriter } from '../../base/byte-writer.ts';
import { subjectOf } from '../schema-registry/api.ts';
import { deserializationError } from './record-errors.ts';

/** The header size of Confluent's wire format: a zero byte, the schema id (4 bytes, big-endian), then the payload. */
export const HEADER_SIZE = 5;

/** The writer schema of an encoder, and the id under which it is registered. */
export interface RegisteredWriter {
  readonly id: number;
  readonly schema: RegistrySchema;
}

/**
 * The schema with which an encoder writes: the one of `schemaId` if the statement specifies it, otherwise the derived
 * one, which must be registered.
 * @throws NeedsSchema, NeedsRegistration: the caller loads or registers the schema and creates the encoder again;
 * SluiceError REGISTRY_MISSING
 */
export function registeredWriter(site: CodecSite, derive: () => RegistrySchema): RegisteredWriter {
  const { registry } = site;
  if (registry === undefined) {
    throw new SluiceError(
      'REGISTRY_MISSING',
      `The ${site.info.format} format needs a schema registry and none is configured`,
      {
        hint: 'Set ksql.schema.registry.url',
      },
    );
  }
  const schemaId = site.info.properties['schemaId'];
  if (schemaId !== undefined) {
    const id = Number(schemaId);
    const schema = registry.schemaById(id);
    if (schema === undefined) throw new NeedsSchema(id);
    return { id, schema };
  }
  const schema = derive();
  const subject = site.info.properties['subjectName'] ?? subjectOf(site.topic, site.schema.isKey);
  const id = registry.idOf(subject, schema);
  if (id === undefined) throw new NeedsRegistration(subject, schema);
  return { id, schema };
}

/** Writes the header of Confluent's wire format for a schema id. */
export function writeHeader(out: ByteWriter, id: number): void {
  out.writeByte(0);
  out.writeInt32BE(id);
}

/** What a decoder has created for each schema id. */
export class ByWriterSchema<T> {
  readonly #site: CodecSite;
  readonly #make: (schema: RegistrySchema) => T;
  readonly #made = new Map<number, T>();
  /** NaN differs from every id; any other number, even -1, may be the id of the first record. */
  #lastId = NaN;
  #last: T | undefined;

  constructor(site: CodecSite, make: (schema: RegistrySchema) => T) {
    this.#site = site;
    this.#make = make;
  }

  /** The value for the schema of the record in `bytes[from, to)`. @throws SluiceError DESERIALIZATION, NeedsSchema */
  of(bytes: Uint8Array, from: number, to: number): T {
    if (to - from < HEADER_SIZE || bytes[from] !== 0)
      throw deserializationError(this.#site.topic, 'Unknown magic byte!');
    const id = (bytes[from + 1]! << 24) | (bytes[from + 2]! << 16) | (bytes[from + 3]! << 8) | bytes[from + 4]!;
    if (id === this.#lastId) return this.#last!;
    let found = this.#made.get(id);
    if (found === undefined) {
      const schema = this.#site.registry?.schemaById(id);
      if (schema === undefined) {
        if (this.#site.registry?.isUnknown?.(id) === true)
          throw deserializationError(this.#site.topic, `The schema registry has no schema with id ${id}`);
        throw new NeedsSchema(id);
      }
      found = this.#make(schema);
      this.#made.set(id, found);
    }
    this.#lastId = id;
    this.#last = found;
    return found;
  }
}
