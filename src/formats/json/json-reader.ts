import { asciiText } from '../internal/ascii-text.ts';
import { latin1, utf8 } from '../internal/native-slice.ts';
import { JsonNumber, JsonObject, type Json } from '../../types/json-text.ts';

/** Bytes that are not JSON. `at` is an offset into the given bytes. */
export class JsonSyntaxError extends Error {
  readonly at: number;
  constructor(reason: string, at: number) {
    super(reason);
    this.at = at;
  }
}

/** 1 for bytes that represent themselves inside a string: printable ASCII except `"` and `\`. */
export const PLAIN = new Uint8Array(256);
for (let c = 32; c < 127; c++) PLAIN[c] = c === 34 || c === 92 ? 0 : 1;

/** 1 for bytes that neither end a string nor need special treatment: all except `"`, `\` and control characters. */
export const INSIDE_STRING = new Uint8Array(256);
for (let c = 32; c < 256; c++) INSIDE_STRING[c] = c === 34 || c === 92 ? 0 : 1;

const MAX_DEPTH = 1000;
const ESCAPES: Readonly<Record<number, string>> = {
  34: '"',
  47: '/',
  92: '\\',
  98: '\b',
  102: '\f',
  110: '\n',
  114: '\r',
  116: '\t',
};

/**
 * A strict, lossless recursive-descent parser over bytes. Reused for all records: `reset` sets `bytes`, `pos` and
 * `end`.
 */
export class JsonReader {
  bytes: Uint8Array = new Uint8Array(0);
  pos = 0;
  end = 0;
  #depth = 0;

  reset(bytes: Uint8Array, from: number, to: number): void {
    this.bytes = bytes;
    this.pos = from;
    this.end = to;
    this.#depth = 0;
  }

  /** Parses the value at `pos`, after any leading blanks. @throws JsonSyntaxError */
  readValue(): Json {
    this.skipBlanks();
    const byte = this.#peek();
    switch (byte) {
      case 34:
        return this.readString();
      case 123:
        return this.#readObject();
      case 91:
        return this.#readArray();
      case 116:
        this.#expectWord('true');
        return true;
      case 102:
        this.#expectWord('false');
        return false;
      case 110:
        this.#expectWord('null');
        return null;
      default:
        return new JsonNumber(this.#readNumberText());
    }
  }

  /** Skips the value at `pos`. @throws JsonSyntaxError */
  skipValue(): void {
    this.skipBlanks();
    const c = this.#peek();
    if (c === 34) this.#skipString();
    else if (c === 123 || c === 91) this.#skipNested(c);
    else this.readValue();
  }

  skipBlanks(): void {
    const { bytes, end } = this;
    let i = this.pos;
    while (i < end) {
      const byte = bytes[i]!;
      if (byte !== 32 && byte !== 10 && byte !== 13 && byte !== 9) break;
      i++;
    }
    this.pos = i;
  }

  /** Reads the string at `pos`, which is at its opening quote. @throws JsonSyntaxError */
  readString(): string {
    const { bytes, end } = this;
    const start = this.pos + 1;
    let i = start;
    while (i < end && PLAIN[bytes[i]!] === 1) i++;
    if (i < end && bytes[i] === 34) {
      this.pos = i + 1;
      return asciiText(bytes, start, i);
    }
    let text = '';
    let from = start;
    for (;;) {
      while (i < end && INSIDE_STRING[bytes[i]!] === 1) i++;
      if (i >= end) throw this.#fail('Unexpected end-of-input in a string', i);
      const byte = bytes[i]!;
      if (byte === 34) {
        this.pos = i + 1;
        return text + utf8(bytes, from, i);
      }
      if (byte !== 92) throw this.#fail(`Illegal unquoted character (code ${byte}) in a string`, i);
      text += utf8(bytes, from, i);
      const mark = bytes[i + 1];
      if (i + 1 >= end || mark === undefined) throw this.#fail('Unexpected end-of-input in a string', i);
      if (mark === 117) {
        const unit = this.#escapedUnit(i);
        if ((unit & 0xf800) === 0xd800) {
          // Surrogates form a character only as a pair, high surrogate first. No encoding can represent a lone one: it
          // would become U+FFFD.
          const other = unit < 0xdc00 && bytes[i + 6] === 92 && bytes[i + 7] === 117 ? this.#escapedUnit(i + 6) : 0;
          if ((other & 0xfc00) !== 0xdc00)
            throw this.#fail(`Half of a surrogate pair, ${latin1(bytes, i, i + 6)}, in a string`, i);
          text += String.fromCharCode(unit, other);
          i += 12;
        } else {
          text += String.fromCharCode(unit);
          i += 6;
        }
      } else {
        const escaped = ESCAPES[mark];
        if (escaped === undefined) throw this.#fail('Unrecognized character escape', i);
        text += escaped;
        i += 2;
      }
      from = i;
    }
  }

  /** The UTF-16 unit of the escape `\u....` at position `at`. */
  #escapedUnit(at: number): number {
    const { bytes, end } = this;
    if (at + 6 > end) throw this.#fail('Unexpected end-of-input in a string', at);
    const hex = latin1(bytes, at + 2, at + 6);
    if (!/^[0-9a-fA-F]{4}$/.test(hex)) throw this.#fail('Malformed \\u escape', at);
    return Number.parseInt(hex, 16);
  }

  #skipString(): void {
    const { bytes, end } = this;
    let i = this.pos + 1;
    for (;;) {
      while (i < end && INSIDE_STRING[bytes[i]!] === 1) i++;
      if (i >= end) throw this.#fail('Unexpected end-of-input in a string', i);
      const byte = bytes[i];
      if (byte === 34) break;
      if (byte !== 92) throw this.#fail(`Illegal unquoted character (code ${byte}) in a string`, i);
      // An escape: readString validates the whole string.
      this.readString();
      return;
    }
    this.pos = i + 1;
  }

  #skipNested(open: number): void {
    this.#enter();
    const close = open + 2;
    this.pos++;
    this.skipBlanks();
    if (this.#peek() === close) this.pos++;
    else {
      for (;;) {
        if (open === 123) {
          this.skipBlanks();
          if (this.#peek() !== 34) throw this.#fail('Expected a field name', this.pos);
          this.#skipString();
          this.#expectColon();
        }
        this.skipValue();
        if (!this.#moreOrClose(close)) break;
      }
    }
    this.#depth--;
  }

  #readObject(): JsonObject {
    this.#enter();
    const object = new JsonObject();
    this.pos++;
    this.skipBlanks();
    if (this.#peek() === 125) this.pos++;
    else {
      for (;;) {
        this.skipBlanks();
        if (this.#peek() !== 34) throw this.#fail('Expected a field name', this.pos);
        object.keys.push(this.readString());
        this.#expectColon();
        object.values.push(this.readValue());
        if (!this.#moreOrClose(125)) break;
      }
    }
    this.#depth--;
    return object;
  }

  #readArray(): Json[] {
    this.#enter();
    const array: Json[] = [];
    this.pos++;
    this.skipBlanks();
    if (this.#peek() === 93) this.pos++;
    else {
      do array.push(this.readValue());
      while (this.#moreOrClose(93));
    }
    this.#depth--;
    return array;
  }

  #expectColon(): void {
    this.skipBlanks();
    if (this.#peek() !== 58) throw this.#fail('Expected a colon after a field name', this.pos);
    this.pos++;
  }

  /** Consumes the comma (true) or the closing bracket (false). */
  #moreOrClose(close: number): boolean {
    this.skipBlanks();
    const c = this.#peek();
    if (c !== 44 && c !== close) throw this.#fail(`Expected a comma or '${String.fromCharCode(close)}'`, this.pos);
    this.pos++;
    return c === 44;
  }

  /** Reads the text of the number at `pos`, by JSON's grammar. */
  #readNumberText(): string {
    const { bytes, end } = this;
    const start = this.pos;
    let i = start;
    const digits = (): boolean => {
      const from = i;
      while (i < end && bytes[i]! >= 48 && bytes[i]! <= 57) i++;
      return i > from;
    };
    if (bytes[i] === 45) i++;
    const first = i;
    if (!digits()) {
      throw start >= end ? this.#fail('Unexpected end-of-input', start) : this.#fail('Unrecognized token', start);
    }
    if (bytes[first] === 48 && i - first > 1) throw this.#fail('Leading zeroes not allowed', start);
    if (i < end && bytes[i] === 46) {
      i++;
      if (!digits()) throw this.#fail('A decimal point must be followed by a digit', i);
    }
    if (i < end && (bytes[i] === 101 || bytes[i] === 69)) {
      i++;
      if (bytes[i] === 43 || bytes[i] === 45) i++;
      if (!digits()) throw this.#fail('An exponent must have a digit', i);
    }
    const byte = i < end ? bytes[i]! : 32;
    if (byte !== 44 && byte !== 125 && byte !== 93 && byte > 32)
      throw this.#fail('Unexpected character in a number', i);
    this.pos = i;
    return latin1(bytes, start, i);
  }

  #expectWord(word: string): void {
    const { bytes, pos } = this;
    for (let i = 0; i < word.length; i++) {
      if (pos + i >= this.end || bytes[pos + i] !== word.charCodeAt(i)) throw this.#fail('Unrecognized token', pos);
    }
    const byte = pos + word.length < this.end ? bytes[pos + word.length]! : 32;
    if (byte !== 44 && byte !== 125 && byte !== 93 && byte > 32) throw this.#fail('Unrecognized token', pos);
    this.pos = pos + word.length;
  }

  #peek(): number {
    return this.pos < this.end ? this.bytes[this.pos]! : -1;
  }

  #enter(): void {
    if (++this.#depth > MAX_DEPTH) throw this.#fail(`Nesting deeper than ${MAX_DEPTH}`, this.pos);
  }

  #fail(reason: string, at: number): JsonSyntaxError {
    return new JsonSyntaxError(reason, at);
  }
}

/** Parses one JSON value; anything after it is ignored, as by Jackson. @throws JsonSyntaxError */
export function parseJsonBytes(bytes: Uint8Array, from = 0, to = bytes.length): Json {
  const reader = new JsonReader();
  reader.reset(bytes, from, to);
  return reader.readValue();
}
