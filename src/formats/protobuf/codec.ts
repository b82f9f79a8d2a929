import { retold } from '../../base/quoting.ts';
import { must } from '../../base/assert.ts';
import type { ByteWriter } from '../../base/byte-writer.ts';
import { messageOf } from '../../base/errors.ts';
import type { CodecSite, RegistrySchema, RowDecoder, RowEncoder } from '../api.ts';
import { ByteCursor } from '../internal/byte-cursor.ts';
import { deserializationError, Misfit, serializationError, wrapMisfit } from '../internal/record-errors.ts';
import { writeZigzag } from '../internal/varint-writer.ts';
import { ByWriterSchema, HEADER_SIZE, registeredWriter, writeHeader } from '../internal/wire-format.ts';
import { compileMessage, type ReadMessage } from './decoder.ts';
import { deriveProtoSchema } from './derive.ts';
import { compileMessageWriter, type WriteMessage } from './encoder.ts';
import { findMessage, indexesOf, messageAt, parseProtoSchema, type ProtoFile } from './proto-schema.ts';

/** PROTOBUF: Confluent's wire format, with the path of the message within its file between the id and the payload. */
export function createProtobufDecoder(site: CodecSite, wanted: readonly number[]): RowDecoder {
  if (site.schema.isKey && site.schema.columns.length === 0) return { decode: () => false };
  const files = new ByWriterSchema(site, (schema) => new FileReader(site, schema, wanted));
  const cursor = new ByteCursor();
  return {
    decode(bytes, from, to, row) {
      const file = files.of(bytes, from, to);
      cursor.reset(bytes, from + HEADER_SIZE, to);
      try {
        file.read(cursor)(cursor, row);
      } catch (error) {
        throw wrapMisfit(site.topic, error);
      }
      return true;
    },
  };
}

/** The readers for the file of one writer, by message. */
class FileReader {
  readonly #file: ProtoFile;
  readonly #site: CodecSite;
  readonly #wanted: readonly number[];
  readonly #readers = new Map<string, ReadMessage>();
  readonly #first: ReadMessage | undefined;

  constructor(site: CodecSite, schema: RegistrySchema, wanted: readonly number[]) {
    this.#site = site;
    this.#wanted = wanted;
    try {
      this.#file = parseProtoSchema(schema);
    } catch (error) {
      throw deserializationError(site.topic, `The writer's schema cannot be used: ${messageOf(error)}`, error);
    }
    this.#first =
      this.#file.messages[0] === undefined
        ? undefined
        : compileMessage(this.#file.messages[0], site.schema.columns, wanted);
  }

  /** The reader of the message that the indexes at the cursor refer to; advances past them. */
  read(cursor: ByteCursor): ReadMessage {
    const count = cursor.zigzag32();
    // No indexes are short for [0].
    if (count === 0 && this.#first !== undefined) return this.#first;
    if (count < 0 || count > 100) throw new Misfit('Malformed message indexes');
    const indexes = Array.from({ length: count }, () => cursor.zigzag32());
    const key = indexes.join('.');
    const known = this.#readers.get(key);
    if (known !== undefined) return known;
    const message = messageAt(this.#file, indexes);
    if (message === undefined) throw new Misfit(`No message at indexes [${indexes.join(', ')}]`);
    const reader = compileMessage(message, this.#site.schema.columns, this.#wanted);
    this.#readers.set(key, reader);
    return reader;
  }
}

/** PROTOBUF: Confluent's wire format. @throws NeedsSchema, NeedsRegistration: see `registeredWriter` */
export function createProtobufEncoder(site: CodecSite): RowEncoder {
  const { columns, isKey } = site.schema;
  if (isKey && columns.length === 0) return { encode: () => false };
  const { id, schema } = registeredWriter(site, () => deriveProtoSchema(site.schema, site.info));
  const file = parseProtoSchema(schema);
  const name = site.info.properties['fullSchemaName'];
  const message = findMessage(file, name);
  if (message === undefined) throw serializationError(site.topic, `The schema ${id} has no message ${name ?? ''}`);
  const indexes = indexesOf(file, message);
  const write = compileMessageWriter(message, columns);
  return rowEncoder(site, write, (out) => {
    writeHeader(out, id);
    if (indexes.length === 1 && indexes[0] === 0) out.writeByte(0);
    else {
      writeZigzag(out, indexes.length);
      for (const index of indexes) writeZigzag(out, index);
    }
  });
}

/** PROTOBUF_NOSR: the bare message, whose schema is derived from the columns on both sides. */
export function createBareDecoder(site: CodecSite, wanted: readonly number[]): RowDecoder {
  if (site.schema.isKey && site.schema.columns.length === 0) return { decode: () => false };
  const file = parseProtoSchema(deriveProtoSchema(site.schema, site.info));
  const read = compileMessage(must(file.messages[0], 'message'), site.schema.columns, wanted);
  const cursor = new ByteCursor();
  return {
    decode(bytes, from, to, row) {
      cursor.reset(bytes, from, to);
      try {
        read(cursor, row);
      } catch (error) {
        throw wrapMisfit(site.topic, error);
      }
      return true;
    },
  };
}

/** PROTOBUF_NOSR: the counterpart of `createBareDecoder`. */
export function createBareEncoder(site: CodecSite): RowEncoder {
  if (site.schema.isKey && site.schema.columns.length === 0) return { encode: () => false };
  const file = parseProtoSchema(deriveProtoSchema(site.schema, site.info));
  return rowEncoder(site, compileMessageWriter(must(file.messages[0], 'message'), site.schema.columns), () => {});
}

function rowEncoder(site: CodecSite, write: WriteMessage, writePrefix: (out: ByteWriter) => void): RowEncoder {
  // A one-column key that is null is a null key, as in every other format.
  const single = site.schema.isKey && site.schema.columns.length === 1;
  return {
    encode(row, offset, out) {
      if (single && row[offset] === null) return false;
      const start = out.length;
      try {
        writePrefix(out);
        write(row, offset, out);
      } catch (error) {
        out.length = start;
        throw serializationError(site.topic, retold(error), error);
      }
      return true;
    },
  };
}
