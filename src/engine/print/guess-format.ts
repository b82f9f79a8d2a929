import { RegistryText } from '../../formats/registry-text.ts';
import type { RegistrySchema } from '../../formats/api.ts';
import { formatDouble } from '../../types/double-text.ts';
import { KEY_WINDOWS } from './windowed-key.ts';

/**
 * Reads keys or values of records without a declared format, as PRINT does. Records with a registered schema reveal
 * their format; of the other formats, those that fail to read a record are excluded. When none is left the formats are
 * mixed: each record is shown in the first format that reads it, or as hex.
 */
export class FormatGuess {
  readonly #side: 'Key' | 'Value';
  readonly #registry = new RegistryText();
  readonly #formats: readonly Candidate[];
  /** Formats that could read all records so far. */
  readonly #candidates: Candidate[];
  /** Formats of registered schemas that occurred, and the number of records. */
  readonly #registered = new Set<string>();
  #hits = 0;
  /** Whether some record with a registry header can have no other format, so that the header is no coincidence. */
  #isSure = false;
  /** Number of records in other formats. */
  #others = 0;
  /** Whether any of those could be read. */
  #anyRead = false;
  #announced = '';

  constructor(side: 'Key' | 'Value') {
    this.#side = side;
    // Values have no window.
    this.#formats = [...PLAIN, ...(side === 'Key' ? WINDOWED : [])];
    this.#candidates = [...this.#formats];
  }

  /**
   * Must be called for a record before anything is shown.
   * @throws NeedsSchema: the schema must be learnt first, and the record observed again
   */
  observe(bytes: Uint8Array | null): void {
    if (bytes === null) return;
    const registered = this.#registeredOf(bytes);
    if (registered !== undefined) {
      this.#hits++;
      this.#registered.add(registered.format);
      this.#isSure ||= this.#renderAlone(bytes) === undefined;
      return;
    }
    this.#others++;
    const candidates = this.#candidates;
    this.#anyRead ||= this.#renderAlone(bytes) !== undefined;
    for (let i = candidates.length - 1; i >= 0; i--)
      if (candidates[i]!.render(bytes) === undefined) candidates.splice(i, 1);
  }

  /** Tells the registry's schema for an id; undefined: there is none. */
  learn(id: number, schema: RegistrySchema | undefined): void {
    this.#registry.learn(id, schema);
  }

  /** Text for the bytes of an observed record; null bytes are `<null>`. */
  render(bytes: Uint8Array | null): string {
    if (bytes === null) return '<null>';
    const registered = this.#hits > 0 ? this.#registeredOf(bytes)?.text : undefined;
    if (registered !== undefined && !this.#isByChance) return registered;
    const plain = this.#candidates[0]?.render(bytes) ?? this.#renderAlone(bytes);
    return plain ?? registered ?? Buffer.from(bytes).toString('hex');
  }

  /** The id of the registered schema by which an observed record is read; undefined: none. */
  schemaIdOf(bytes: Uint8Array | null): number | undefined {
    return bytes === null || this.#hits === 0 || this.#isByChance ? undefined : this.#registeredOf(bytes)?.schemaId;
  }

  /**
   * `Key format: JSON or KAFKA_STRING` when it has changed, otherwise undefined. Nothing is known before the first
   * record that is not null.
   */
  announcement(): string | undefined {
    const seen = this.#hits + this.#others > 0;
    const text = `${this.#side} format: ${seen ? this.#names() : '¯\\_(ツ)_/¯ - no data processed'}`;
    if (text === this.#announced) return undefined;
    this.#announced = text;
    return text;
  }

  /** Whether a few registry headers occur among many records of another format that reads those too. */
  get #isByChance(): boolean {
    return this.#hits < this.#others;
  }

  #names(): string {
    const names = this.#isSure || !this.#isByChance ? [...this.#registered] : [];
    if (this.#candidates.length === 0) {
      if (this.#anyRead) names.push('MIXED');
    } else if (this.#others > 0) names.push(...this.#candidates.map((c) => c.name));
    return names.length === 0 ? 'UNRECOGNISED_BYTES' : names.join(' or ');
  }

  /** Shows the bytes in the first format that reads them, regardless of other records. */
  #renderAlone(bytes: Uint8Array): string | undefined {
    for (const format of this.#formats) {
      const shown = format.render(bytes);
      if (shown !== undefined) return shown;
    }
    return undefined;
  }

  #registeredOf(
    bytes: Uint8Array,
  ): { readonly format: string; readonly text: string; readonly schemaId: number } | undefined {
    const whole = this.#registry.show(bytes);
    if (whole !== undefined || this.#side === 'Value') return whole;
    for (const { name, split, show } of KEY_WINDOWS) {
      const found = split(bytes);
      const inner = found && this.#registry.show(found.key);
      if (inner !== undefined)
        return { format: name(inner.format), text: show(inner.text, found!), schemaId: inner.schemaId };
    }
    return undefined;
  }
}

interface Candidate {
  readonly name: string;
  /** Undefined: these bytes do not have this format. */
  render(bytes: Uint8Array): string | undefined;
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
const PLAIN: readonly Candidate[] = [
  {
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
  },
  {
    name: 'KAFKA_INT',
    render: (bytes) => (bytes.length === 4 && !printable(bytes) ? String(viewOf(bytes).getInt32(0)) : undefined),
  },
  {
    name: 'KAFKA_BIGINT',
    render: (bytes) => (bytes.length === 8 && !printable(bytes) ? String(viewOf(bytes).getBigInt64(0)) : undefined),
  },
  {
    name: 'KAFKA_DOUBLE',
    render: (bytes) =>
      bytes.length === 8 && !printable(bytes) ? formatDouble(viewOf(bytes).getFloat64(0)) : undefined,
  },
  { name: 'KAFKA_STRING', render: (bytes) => (bytes.length === 0 || printable(bytes) ? text(bytes) : undefined) },
];

const WINDOWED: readonly Candidate[] = KEY_WINDOWS.flatMap(({ name, split, show }) =>
  PLAIN.map((inner) => ({
    name: name(inner.name),
    render: (bytes: Uint8Array) => {
      const found = split(bytes);
      const key = found && inner.render(found.key);
      return key === undefined ? undefined : show(key, found!);
    },
  })),
);

function viewOf(bytes: Uint8Array): DataView {
  return new DataView(bytes.buffer, bytes.byteOffset);
}

/** UTF-8 without control characters except white space. */
function printable(bytes: Uint8Array): boolean {
  for (const byte of bytes) if (byte < 32 && byte !== 9 && byte !== 10 && byte !== 13) return false;
  return text(bytes) !== undefined;
}
