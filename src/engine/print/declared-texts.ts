import { isSluiceError, messageOf } from '../../base/errors.ts';
import type { Source } from '../../catalog/source.ts';
import { KeyReader, valueDecoder } from '../../dataflow/task/topic-codec.ts';
import { NeedsRegistration, NeedsSchema, type RowDecoder } from '../../formats/api.ts';
import { jsonRenderer } from '../../types/json-value.ts';
import type { Services } from '../services.ts';
import { showWindow } from './windowed-key.ts';

/** A record's key or value: what was read, or why it could not be read. Null bytes remain null. */
export type DeclaredText =
  | { readonly text: string | null; readonly problem?: undefined }
  | { readonly text?: undefined; readonly problem: string };

/** The most schemas to which one record may refer. */
const MOST_SCHEMAS = 10;

/**
 * Reads records of a topic as a stream or table over it does: values as an object by column name, a key of one column
 * as its text, one of several as an object; a window is shown as by PRINT.
 */
export class DeclaredTexts {
  readonly #source: Source;
  readonly #services: Services;
  #key: KeyReader | undefined;
  #value: RowDecoder | undefined;

  constructor(source: Source, services: Services) {
    this.#source = source;
    this.#services = services;
  }

  get keyFormat(): string {
    return this.#source.schema.key.length === 0 ? 'NONE' : this.#source.topic.keyFormat.format;
  }

  get valueFormat(): string {
    return this.#source.topic.valueFormat.format;
  }

  async key(bytes: Uint8Array | null): Promise<DeclaredText> {
    return bytes === null ? { text: null } : await this.#read(() => this.#keyText(Buffer.from(bytes)));
  }

  async value(bytes: Uint8Array | null): Promise<DeclaredText> {
    return bytes === null ? { text: null } : await this.#read(() => this.#valueText(bytes));
  }

  async #read(text: () => string | null): Promise<DeclaredText> {
    for (let schemas = 0; ; schemas++)
      try {
        return { text: text() };
      } catch (error) {
        const isMissing = error instanceof NeedsSchema || error instanceof NeedsRegistration;
        if (!isMissing && !isSluiceError(error)) throw error;
        if (!isMissing || schemas >= MOST_SCHEMAS || this.#services.loadSchemas === undefined)
          return { problem: messageOf(error).replace(/\n.*/s, '') };
        try {
          await this.#services.loadSchemas(error);
        } catch (failure) {
          return { problem: messageOf(failure) };
        }
      }
  }

  #keyText(bytes: Buffer): string | null {
    const { schema, topic } = this.#source;
    const { window } = topic;
    this.#key ??= new KeyReader({ ...topic }, schema.key, window, topic.name, this.#services.codecs);
    const key = this.#key.read(bytes, 0, bytes.length);
    if (key === null) return null;
    const [first, ...others] = schema.key;
    const text =
      first === undefined
        ? ''
        : others.length === 0
          ? plain(jsonRenderer(first.type)(key[0]))
          : objectText(schema.key, key);
    if (window === undefined) return text;
    const startMs = key[schema.key.length] as number;
    const endMs = key[schema.key.length + 1] as number;
    return showWindow(text, { key: bytes, startMs, endMs: endMs > startMs ? endMs : undefined });
  }

  #valueText(bytes: Uint8Array): string | null {
    const { schema, topic } = this.#source;
    const columns = schema.value.filter((c) => c.role === 'VALUE');
    this.#value ??= valueDecoder(
      { ...topic },
      columns,
      columns.map((_, i) => i),
      topic.name,
      this.#services.codecs,
    );
    const row: unknown[] = columns.map(() => null);
    return this.#value.decode(bytes, 0, bytes.length, row) ? objectText(columns, row) : null;
  }
}

function objectText(columns: readonly Source['schema']['key'][number][], row: readonly unknown[]): string {
  const fields = columns.map(
    ({ name, type }, i) => `${JSON.stringify(name)}:${row[i] === null ? 'null' : jsonRenderer(type)(row[i])}`,
  );
  return `{${fields.join(',')}}`;
}

/** A text without its quotes. */
function plain(json: string): string {
  return json.startsWith('"') ? (JSON.parse(json) as string) : json;
}
