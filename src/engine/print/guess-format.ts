import type { CodecRegistry } from '../../formats/api.ts';
import { formatDouble } from '../../types/double-text.ts';

/** Reads one side (key or value) of records whose format nobody declared, as PRINT does: candidates that cannot read a record are dropped for good. */
export class FormatGuess {
  readonly #candidates: Candidate[];
  #announced = '';

  constructor(registry: CodecRegistry) {
    this.#candidates = CANDIDATES.map((make) => make(registry));
  }

  /** Text of the bytes; null bytes are `<null>`. */
  render(bytes: Uint8Array | null): string {
    if (bytes === null) return '<null>';
    for (let i = this.#candidates.length - 1; i >= 0 && this.#candidates.length > 1; i--) {
      if (this.#candidates[i]!.render(bytes) === undefined) this.#candidates.splice(i, 1);
    }
    return this.#candidates[0]!.render(bytes) ?? '<Failed to deserialize>';
  }

  /** `Key format: JSON or KAFKA_STRING` when that is news, else undefined. Nothing is known before the first record that is not null. */
  announcement(side: 'Key' | 'Value', seen: boolean): string | undefined {
    const text = seen
      ? `${side} format: ${describe(this.#candidates)}`
      : `${side} format: ¯\\_(ツ)_/¯ - no data processed`;
    if (text === this.#announced) return undefined;
    this.#announced = text;
    return text;
  }
}

interface Candidate {
  readonly name: string;
  /** Undefined: these bytes are not of this format. */
  render(bytes: Uint8Array): string | undefined;
}

function describe(candidates: readonly Candidate[]): string {
  const names = candidates.map((c) => c.name).filter((name, i) => i === 0 || name !== 'UNRECOGNISED_BYTES');
  return names.join(' or ');
}

const utf8 = new TextDecoder('utf-8', { fatal: true });

function text(bytes: Uint8Array): string | undefined {
  try {
    return utf8.decode(bytes);
  } catch {
    return undefined;
  }
}

/** In order of preference. */
const CANDIDATES: readonly ((registry: CodecRegistry) => Candidate)[] = [
  (registry) => ({
    name: 'SCHEMA_REGISTRY',
    render(bytes) {
      if (bytes.length < 5 || bytes[0] !== 0) return undefined;
      const id = new DataView(bytes.buffer, bytes.byteOffset).getInt32(1);
      const schema = registry.schemaById(id);
      return schema && `${schema.schemaType} schema ${id}: ${Buffer.from(bytes.subarray(5)).toString('hex')}`;
    },
  }),
  () => ({
    name: 'JSON',
    render(bytes) {
      const json = text(bytes);
      if (json === undefined || !/^\s*[[{]/.test(json)) return undefined;
      try {
        JSON.parse(json);
        return json;
      } catch {
        return undefined;
      }
    },
  }),
  () => ({
    name: 'KAFKA_INT',
    render: (bytes) =>
      bytes.length === 4 && !printable(bytes)
        ? String(new DataView(bytes.buffer, bytes.byteOffset).getInt32(0))
        : undefined,
  }),
  () => ({
    name: 'KAFKA_BIGINT',
    render: (bytes) =>
      bytes.length === 8 && !printable(bytes)
        ? String(new DataView(bytes.buffer, bytes.byteOffset).getBigInt64(0))
        : undefined,
  }),
  () => ({
    name: 'KAFKA_DOUBLE',
    render: (bytes) =>
      bytes.length === 8 && !printable(bytes)
        ? formatDouble(new DataView(bytes.buffer, bytes.byteOffset).getFloat64(0))
        : undefined,
  }),
  () => ({
    name: 'KAFKA_STRING',
    render: (bytes) => (bytes.length === 0 || printable(bytes) ? text(bytes) : undefined),
  }),
  () => ({ name: 'TIME_WINDOWED', render: windowedText }),
  () => ({ name: 'UNRECOGNISED_BYTES', render: (bytes) => Buffer.from(bytes).toString('hex') }),
];

/** `[key@start/?]`: readable text followed by eight bytes of window start. */
function windowedText(bytes: Uint8Array): string | undefined {
  if (bytes.length <= 8) return undefined;
  const key = bytes.subarray(0, bytes.length - 8);
  const start = new DataView(bytes.buffer, bytes.byteOffset).getBigInt64(bytes.length - 8);
  // Between 1970 and 2286: anything else is not a window.
  if (start < 0n || start > 9_999_999_999_999n || !printable(key)) return undefined;
  return `[${text(key)}@${start}/-]`;
}

/** UTF-8 without control characters other than white space. */
function printable(bytes: Uint8Array): boolean {
  for (const byte of bytes) if (byte < 32 && byte !== 9 && byte !== 10 && byte !== 13) return false;
  return text(bytes) !== undefined;
}
