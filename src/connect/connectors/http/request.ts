import { Work } from '../../../base/budget/work.ts';
import { isSluiceError, messageOf } from '../../../base/errors.ts';
import { replacer } from '../../../base/regex/java-replacement.ts';
import { javaRegex } from '../../../base/regex/java-regex.ts';
import type { Config } from '../../api/config-spec.ts';
import { ConnectError, DataError } from '../../api/errors.ts';
import type { SinkRecord } from '../../api/record.ts';
import type { ConnectSchema } from '../../api/schema.ts';
import { jsonWriter, membersWriter, type JsonStyle } from '../internal/json-writer.ts';
import { jsonTextOf } from '../internal/plain-value.ts';
import { AUTH } from './auth-keys.ts';
import { parseHeaders } from './headers.ts';
import { SINK } from './sink-keys.ts';
import { targetOf, type UrlTarget } from './target.ts';
import { compileTemplate, type Template } from '../internal/template.ts';

/** The most writers that are kept, since transforms that create a schema for each record would need one each. */
const WRITERS_MAX = 100;
/** The most steps of regular expressions for the text of one record. */
const REGEX_STEPS = 10_000_000;

/** A record in the form in which it is sent. */
export interface Letter {
  readonly record: SinkRecord;
  readonly method: string;
  readonly path: string;
  readonly headers: readonly (readonly [name: string, value: string])[];
  /** Empty for a DELETE. */
  readonly text: string;
  readonly bytes: number;
  /** Letters with the same value may share a request. */
  readonly together: string;
}

/** Converts records to requests. */
export class RequestMaker {
  readonly target: UrlTarget;
  /** Whether requests are lists of JSON. */
  readonly #isArray: boolean;
  readonly #asJson: boolean;
  readonly #style: JsonStyle;
  readonly #keyColumns: boolean;
  readonly #method: string;
  readonly #path: Template;
  readonly #headers: readonly (readonly [name: string, value: Template])[];
  /** Whether the headers contain the content type. */
  readonly #saysType: boolean;
  readonly #contentType: string | undefined;
  readonly #batchKey: Template | undefined;
  readonly #replace: readonly ((text: string, record: SinkRecord) => string)[];
  readonly #around: readonly [prefix: string, separator: string, suffix: string];
  #writers: { readonly key: ConnectSchema | null; readonly value: ConnectSchema | null; readonly write: Writer }[] = [];

  constructor(config: Config) {
    const target = targetOf(config.get(SINK.url));
    if (typeof target === 'string') throw new ConnectError(target);
    this.target = target;
    this.#path = required(compileTemplate(target.path));
    this.#asJson = config.get(SINK.bodyFormat).toLowerCase() === 'json';
    this.#isArray = this.#asJson && (config.get(SINK.batchMaxSize) > 1 || config.get(SINK.batchJsonAsArray));
    this.#style = { isoTimes: config.get(SINK.timeFormat).toLowerCase() === 'iso', compactMaps: true };
    this.#keyColumns = config.get(SINK.recordKeyColumns);
    this.#method = config.get(SINK.method).toUpperCase();
    const separator = config.passed(SINK.headerSeparator.name) ?? '|';
    const plain = required(parseHeaders(config.get(SINK.headers), separator));
    const sensitive = required(parseHeaders(config.get(AUTH.sensitiveHeaders) ?? '', separator));
    this.#headers = [...plain, ...sensitive].map(([name, value]) => [name, required(compileTemplate(value))]);
    const hasContentType = this.#headers.some(([name]) => name.toLowerCase() === 'content-type');
    this.#contentType = hasContentType ? undefined : config.get(SINK.contentType);
    if (!hasContentType && this.#contentType === undefined && this.#asJson) this.#contentType = 'application/json';
    this.#saysType = hasContentType;
    const batchKey = config.get(SINK.batchKeyPattern);
    this.#batchKey = batchKey === undefined ? undefined : required(compileTemplate(batchKey));
    this.#replace = replacements(config);
    const unescaped = (text: string): string =>
      text.replaceAll(/\\([ntr\\])/g, (_, c: string) => ({ n: '\n', t: '\t', r: '\r' })[c] ?? c);
    // Blanks are significant here.
    const given = (name: string, otherwise: string): string => unescaped(config.passed(name) ?? otherwise);
    this.#around = this.#isArray
      ? ['[', ',', ']']
      : [given(SINK.batchPrefix.name, ''), given(SINK.batchSeparator.name, ','), given(SINK.batchSuffix.name, '')];
  }

  /** The letter of a record with a value. @throws DataError */
  letter(record: SinkRecord): Letter {
    let text = this.#text(record);
    for (const replace of this.#replace) text = replace(text, record);
    return this.#addressed(record, this.#method, text);
  }

  /** A request that deletes what is at a record's URL. @throws DataError */
  removal(record: SinkRecord): Letter {
    return this.#addressed(record, 'DELETE', '');
  }

  /** The body of a request with these letters. */
  body(letters: readonly Letter[]): Buffer | undefined {
    if (letters[0]?.method === 'DELETE') return undefined;
    const [prefix, separator, suffix] = this.#around;
    return Buffer.from(prefix + letters.map((l) => l.text).join(separator) + suffix);
  }

  #addressed(record: SinkRecord, method: string, text: string): Letter {
    const path = this.#path(record, encodeURIComponent);
    const headers = this.#headers.map(([name, value]) => [name, value(record, headerText)] as const);
    if (!this.#saysType && method !== 'DELETE') {
      const isText = this.#contentType === undefined && isPlainText(record);
      const type = this.#contentType ?? (isText ? 'text/plain; charset=utf-8' : 'application/json');
      headers.push(['Content-Type', type]);
    }
    const group = this.#batchKey === undefined ? '' : this.#batchKey(record, (part) => part);
    const together = [method, path, group, ...headers.flat()].join('\n');
    return { record, method, path, headers, text, bytes: Buffer.byteLength(text), together };
  }

  #text(record: SinkRecord): string {
    const { value } = record;
    if (!this.#asJson) {
      if (typeof value === 'string') return value;
      if (value instanceof Uint8Array && record.valueSchema?.name === undefined) return Buffer.from(value).toString();
    }
    return this.#writerFor(record)(record);
  }

  #writerFor({ keySchema, valueSchema }: SinkRecord): Writer {
    const last = this.#writers.at(-1);
    if (last !== undefined && last.value === valueSchema && last.key === keySchema) return last.write;
    const found = this.#writers.find((w) => w.value === valueSchema && w.key === keySchema);
    if (found !== undefined) return found.write;
    const write = writerOf(keySchema, valueSchema, this.#style, this.#keyColumns);
    if (this.#writers.length >= WRITERS_MAX) this.#writers.shift();
    this.#writers.push({ key: keySchema, value: valueSchema, write });
    return write;
  }
}

type Writer = (record: SinkRecord) => string;

function writerOf(
  keySchema: ConnectSchema | null,
  valueSchema: ConnectSchema | null,
  style: JsonStyle,
  keyColumns: boolean,
): Writer {
  if (keyColumns && keySchema?.type === 'STRUCT' && valueSchema?.type === 'STRUCT') {
    const own = new Set(valueSchema.fields.map((f) => f.name));
    const ofKey = membersWriter(keySchema, style, own);
    const ofValue = membersWriter(valueSchema, style, new Set());
    return ({ key, value }) => {
      const parts = [key === null || key === undefined ? '' : ofKey(key), ofValue(value)];
      return `{${parts.filter((part) => part !== '').join(',')}}`;
    };
  }
  if (valueSchema !== null) {
    const write = jsonWriter(valueSchema, style);
    return ({ value }) => write(value);
  }
  return ({ key, keySchema: ofKey, value }) => {
    const isKeyed = keyColumns && ofKey === null && isObject(key) && isObject(value);
    return jsonTextOf(null, isKeyed ? { ...key, ...value } : value);
  };
}

const isObject = (value: unknown): value is Record<string, unknown> =>
  typeof value === 'object' && value !== null && !Array.isArray(value) && !(value instanceof Uint8Array);

const isPlainText = ({ value }: SinkRecord): boolean => typeof value === 'string' || value instanceof Uint8Array;

function replacements(config: Config): readonly ((text: string, record: SinkRecord) => string)[] {
  const patterns = config.get(SINK.regexPatterns) ?? '';
  if (patterns === '') return [];
  const apart = config.get(SINK.regexSeparator);
  const texts = config.passed(SINK.regexReplacements.name) ?? '';
  const split = (text: string): string[] => (apart === '' ? [text] : text.split(apart));
  const all = split(texts);
  return split(patterns).map((pattern, i) => {
    const regex = javaRegex(pattern);
    const text = all.length === 1 ? (all[0] ?? '') : (all[i] ?? '');
    if (!/\$\{(?:key|topic)\}/.test(text)) {
      const replace = replacer(regex, text);
      return (input) => counted(replace, input);
    }
    const template = required(compileTemplate(text));
    // A record's text must not be interpreted as a reference to a group.
    const literal = (part: string): string => part.replaceAll(/[\\$]/g, '\\$&');
    return (input, record) => counted(replacer(regex, template(record, literal)), input);
  });
}

/** Replaces with a limited number of steps. @throws DataError */
function counted(replace: (input: string, work: Work) => string, input: string): string {
  try {
    return replace(input, new Work(REGEX_STEPS, SINK.regexPatterns.name));
  } catch (error) {
    if (isSluiceError(error, 'EVALUATION')) throw new DataError(messageOf(error), { cause: error });
    throw error;
  }
}

/** A header may contain only Latin-1 characters and no line breaks (RFC 9110 section 5.5). */
function headerText(text: string): string {
  if (/^[\t\u0020-\u007e\u00a0-\u00ff]*$/.test(text)) return text;
  return encodeURIComponent(text);
}

function required<T>(made: T | string): T {
  if (typeof made === 'string') throw new ConnectError(made);
  return made;
}
