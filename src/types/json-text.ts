import { elementAt } from '../base/assert.ts';
import type { Work } from '../base/budget/work.ts';

/**
 * Losslessly parsed JSON, from text here and from bytes in formats/json: numbers keep their text, because the type of
 * the column determines whether `9007199254740993` is a double, a long or a decimal.
 */
export type Json = null | boolean | string | JsonNumber | readonly Json[] | JsonObject;

/** A number that keeps its text. */
export class JsonNumber {
  /** The number as written. */
  readonly text: string;

  constructor(text: string) {
    this.text = text;
  }
}

/** The fields in the order of the text, including duplicate names. */
export class JsonObject {
  readonly keys: string[] = [];
  readonly values: Json[] = [];

  static of(fields: Iterable<readonly [string, Json]>): JsonObject {
    const object = new JsonObject();
    for (const [key, value] of fields) object.add(key, value);
    return object;
  }

  add(key: string, value: Json): void {
    this.keys.push(key);
    this.values.push(value);
  }

  /** The last value with exactly this key. */
  get(key: string): Json | undefined {
    const i = this.keys.lastIndexOf(key);
    return i === -1 ? undefined : this.values[i];
  }

  /** The fields by name; a duplicate name has its last value, at the position of the first. */
  get fields(): ReadonlyMap<string, Json> {
    const fields = new Map<string, Json>();
    for (let i = 0; i < this.keys.length; i++) fields.set(this.keys[i]!, elementAt(this.values, i, 'value'));
    return fields;
  }
}

/** Compact JSON, with numbers as written. */
export function jsonText(json: Json): string {
  if (json === null) return 'null';
  if (typeof json === 'boolean') return String(json);
  if (typeof json === 'string') return JSON.stringify(json);
  if (json instanceof JsonNumber) return json.text;
  if (json instanceof JsonObject)
    return `{${[...json.fields].map(([key, value]) => `${JSON.stringify(key)}:${jsonText(value)}`).join(',')}}`;
  return `[${json.map(jsonText).join(',')}]`;
}

/** The cost of parsing a value, in steps of `Work`. */
const STEPS_A_VALUE = 12;

/** Parses one JSON text, and counts its values if `work` is given. @throws SyntaxError with the offset */
export function parseJson(text: string, work?: Work): Json {
  const reader = new Reader(text, work);
  const value = reader.value(0);
  reader.blanks();
  if (reader.at < text.length) reader.fail();
  return value;
}

/** Parses the JSON value at the start of `text`; anything after it is ignored. @throws SyntaxError with the offset */
export function parseJsonPrefix(text: string, work?: Work): Json {
  return new Reader(text, work).value(0);
}

const DEPTH_MAX = 500;
const NUMBER = /-?(?:0|[1-9][0-9]*)(?:\.[0-9]+)?(?:[eE][+-]?[0-9]+)?/y;
// A string up to its closing quote; JSON.parse handles the escapes.
const STRING_TEXT = /"(?:[^"\\\u0000-\u001f]|\\.)*"/y;

class Reader {
  at = 0;
  readonly #text: string;
  readonly #work: Work | undefined;

  constructor(text: string, work: Work | undefined) {
    this.#text = text;
    this.#work = work;
  }

  fail(): never {
    const found = this.at < this.#text.length ? `'${this.#text[this.at]}'` : 'the end';
    throw new SyntaxError(`Unexpected ${found} in JSON at position ${this.at}`);
  }

  blanks(): void {
    for (;;) {
      const c = this.#text.charCodeAt(this.at);
      if (c !== 32 && c !== 10 && c !== 13 && c !== 9) return;
      this.at++;
    }
  }

  value(depth: number): Json {
    if (depth > DEPTH_MAX) throw new SyntaxError(`JSON is nested deeper than ${DEPTH_MAX}`);
    this.#work?.spend(STEPS_A_VALUE);
    this.blanks();
    switch (this.#text[this.at]) {
      case '{':
        return this.#object(depth);
      case '[':
        return this.#array(depth);
      case '"':
        return this.#string();
      case 't':
        return this.#word('true', true);
      case 'f':
        return this.#word('false', false);
      case 'n':
        return this.#word('null', null);
      default:
        return this.#number();
    }
  }

  #word<T>(word: string, value: T): T {
    if (!this.#text.startsWith(word, this.at)) this.fail();
    this.at += word.length;
    return value;
  }

  #number(): JsonNumber {
    NUMBER.lastIndex = this.at;
    const match = NUMBER.exec(this.#text);
    if (match === null) this.fail();
    this.at += match[0].length;
    return new JsonNumber(match[0]);
  }

  #string(): string {
    STRING_TEXT.lastIndex = this.at;
    const match = STRING_TEXT.exec(this.#text);
    if (match === null) this.fail();
    const start = this.at;
    this.at += match[0].length;
    if (!match[0].includes('\\')) return match[0].slice(1, -1);
    try {
      return JSON.parse(match[0]) as string;
    } catch {
      this.at = start;
      return this.fail();
    }
  }

  #array(depth: number): Json[] {
    const items: Json[] = [];
    this.at++;
    this.blanks();
    if (this.#text[this.at] === ']') {
      this.at++;
      return items;
    }
    for (;;) {
      items.push(this.value(depth + 1));
      this.blanks();
      const char = this.#text[this.at];
      if (char !== ',' && char !== ']') this.fail();
      this.at++;
      if (char === ']') return items;
    }
  }

  #object(depth: number): JsonObject {
    const object = new JsonObject();
    this.at++;
    this.blanks();
    if (this.#text[this.at] === '}') {
      this.at++;
      return object;
    }
    for (;;) {
      this.blanks();
      if (this.#text[this.at] !== '"') this.fail();
      const name = this.#string();
      this.blanks();
      if (this.#text[this.at] !== ':') this.fail();
      this.at++;
      object.add(name, this.value(depth + 1));
      this.blanks();
      const char = this.#text[this.at];
      if (char !== ',' && char !== '}') this.fail();
      this.at++;
      if (char === '}') return object;
    }
  }
}
