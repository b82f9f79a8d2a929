import { DataError } from '../../api/errors.ts';
import type { SinkRecord } from '../../api/record.ts';
import type { ConnectSchema, StructSchema } from '../../api/schema.ts';
import { jsonWriter, type JsonWriter } from '../internal/json-writer.ts';
import { compileTemplate, type Template } from '../internal/template.ts';
import type { Argument, Command } from './server.ts';
import type { RedisType, TopicPlan } from './sink-keys.ts';

/** How records of a topic are written, besides its plan. */
export interface WriteStyle {
  readonly separator: string;
  readonly member: 'key' | 'value';
  readonly pushesLeft: boolean;
  readonly scoreField: string | undefined;
  /** Undefined: keys do not expire. */
  readonly ttlS: number | undefined;
  /** 0: streams are not trimmed. */
  readonly streamMaxLength: number;
}

/** The commands for a record. */
export interface Write {
  readonly key: Argument;
  readonly commands: readonly Command[];
}

/** Types to which a repeated record would be added twice. */
export const appends = (type: RedisType): boolean => type === 'STREAM' || type === 'LIST';

/** The result of TYPE for each type. */
export const TYPE_NAMES: Readonly<Record<RedisType, string>> = {
  HASH: 'hash',
  STRING: 'string',
  JSON: 'ReJSON-RL',
  STREAM: 'stream',
  LIST: 'list',
  SET: 'set',
  ZSET: 'zset',
  TIMESERIES: 'TSDB-TYPE',
};

const PLAIN = (text: string): string => text;
const STYLE = { isoTimes: true, compactMaps: true };
const WRITERS = new WeakMap<ConnectSchema, JsonWriter>();
const writeFree = jsonWriter(null, STYLE);

function jsonOf(schema: ConnectSchema | null, value: unknown): string {
  if (schema === null) return writeFree(value);
  let write = WRITERS.get(schema);
  if (write === undefined) WRITERS.set(schema, (write = jsonWriter(schema, STYLE)));
  return write(value);
}

/** A value as stored in Redis: texts and bytes unchanged, times in ISO form, anything else as JSON. */
function plain(schema: ConnectSchema | null, value: unknown): string | Buffer {
  if (typeof value === 'string') return value;
  if (value instanceof Uint8Array) return Buffer.from(value.buffer, value.byteOffset, value.byteLength);
  const text = jsonOf(schema, value);
  return text.startsWith('"') ? (JSON.parse(text) as string) : text;
}

const isNothing = (value: unknown): value is null | undefined => value === null || value === undefined;
const isStruct = (schema: ConnectSchema | null): schema is StructSchema => schema?.type === 'STRUCT';
const isObject = (value: unknown): value is Record<string, unknown> =>
  typeof value === 'object' && value !== null && !Array.isArray(value) && !(value instanceof Uint8Array);

type Field = readonly [name: string, schema: ConnectSchema | null, value: unknown];

/** Fields of a struct, a map or an object; undefined for other values. */
function fieldsOf(schema: ConnectSchema | null, value: unknown): Field[] | undefined {
  if (isStruct(schema)) return schema.fields.map((f, i) => [f.name, f.schema, (value as unknown[])[i]] as const);
  if (value instanceof Map) {
    const items = schema?.type === 'MAP' ? schema.values : null;
    return [...(value as Map<unknown, unknown>)].map(([name, item]) => [String(name), items, item] as const);
  }
  return isObject(value) ? Object.entries(value).map(([name, item]) => [name, null, item] as const) : undefined;
}

/** Creates the commands for a topic's records. */
export class CommandMaker {
  readonly type: RedisType;
  readonly #style: WriteStyle;
  readonly #template: Template;
  /** Whether the record's own key follows the template; otherwise the template is the whole key. */
  readonly #hasOwnKey: boolean;

  constructor({ type, key }: TopicPlan, style: WriteStyle) {
    this.type = type;
    this.#style = style;
    const template = compileTemplate(key);
    if (typeof template === 'string') throw new DataError(template);
    this.#template = template;
    const isByKey = type === 'HASH' || type === 'STRING' || type === 'JSON';
    this.#hasOwnKey = isByKey && !/\$\{(?!\s*topic\s*\})/.test(key);
  }

  /** Undefined: the record has no value, and deletes nothing. @throws DataError */
  write(record: SinkRecord): Write | undefined {
    const key = this.#keyOf(record);
    const commands = isNothing(record.value) ? this.#removal(key, record) : this.#writing(key, record);
    return commands === undefined ? undefined : { key, commands };
  }

  #keyOf(record: SinkRecord): Argument {
    const made = this.#template(record, PLAIN);
    if (!this.#hasOwnKey) {
      if (made === '') throw new DataError('its key in Redis is empty');
      return made;
    }
    const own = this.#ownKey(record);
    if (made === '') return own;
    const before = made + this.#style.separator;
    return typeof own === 'string' ? before + own : Buffer.concat([Buffer.from(before), own]);
  }

  /** The record's key; several columns are joined by the separator, which is escaped by a backslash within one. */
  #ownKey({ key, keySchema }: SinkRecord): string | Buffer {
    if (isNothing(key)) throw new DataError('it has no key');
    const columns = fieldsOf(keySchema, key);
    if (columns === undefined) return plain(keySchema, key);
    const [only] = columns;
    if (columns.length === 1 && only !== undefined) {
      if (isNothing(only[2])) throw new DataError(`the column ${only[0]} of its key is NULL`);
      return plain(only[1], only[2]);
    }
    const { separator } = this.#style;
    return columns
      .map(([, schema, value]) => {
        const text = isNothing(value) ? '' : String(plain(schema, value));
        const escaped = text.replaceAll('\\', '\\\\');
        return separator === '' ? escaped : escaped.replaceAll(separator, `\\${separator}`);
      })
      .join(separator);
  }

  #removal(key: Argument, record: SinkRecord): readonly Command[] | undefined {
    switch (this.type) {
      case 'HASH':
      case 'STRING':
      case 'JSON':
        return [['DEL', key]];
      case 'ZSET':
        return [['ZREM', key, this.#ownKey(record)]];
      case 'SET':
        return this.#style.member === 'key' ? [['SREM', key, this.#ownKey(record)]] : undefined;
      case 'LIST':
        return this.#style.member === 'key' ? [['LREM', key, 0, this.#ownKey(record)]] : undefined;
      case 'STREAM':
      case 'TIMESERIES':
        return undefined;
    }
  }

  #writing(key: Argument, record: SinkRecord): readonly Command[] {
    const { ttlS, pushesLeft } = this.#style;
    const expiry: readonly Command[] = ttlS === undefined ? [] : [['EXPIRE', key, ttlS]];
    switch (this.type) {
      case 'STRING':
        return [['SET', key, this.#text(record), ...(ttlS === undefined ? [] : ['EX', ttlS])]];
      case 'JSON':
        return [['JSON.SET', key, '$', this.#document(record)], ...expiry];
      case 'HASH':
        return [...this.#hash(key, record), ...expiry];
      case 'STREAM':
        return [this.#entry(key, record), ...expiry];
      case 'LIST':
        return [[pushesLeft ? 'LPUSH' : 'RPUSH', key, this.#member(record)], ...expiry];
      case 'SET':
        return [['SADD', key, this.#member(record)], ...expiry];
      case 'ZSET': {
        const score = this.#number(record);
        const member = this.#ownKey(record);
        return score === undefined ? [['ZREM', key, member]] : [['ZADD', key, score, member], ...expiry];
      }
      case 'TIMESERIES': {
        const sample = this.#number(record);
        if (sample === undefined) throw new DataError('it has no sample');
        return [['TS.ADD', key, this.#sampleTime(record), sample, 'ON_DUPLICATE', 'LAST'], ...expiry];
      }
    }
  }

  /** Columns of the key, and fields of the value. Undefined: the value has no fields. */
  #fields({ key, keySchema, value, valueSchema }: SinkRecord): Field[] | undefined {
    const fields = fieldsOf(valueSchema, value);
    if (fields === undefined || !isStruct(keySchema) || isNothing(key)) return fields;
    const names = new Set(fields.map(([name]) => name));
    return [...(fieldsOf(keySchema, key) ?? []).filter(([name]) => !names.has(name)), ...fields];
  }

  /** Fields that are NULL are not in a hash: their earlier values are deleted. */
  #hash(key: Argument, record: SinkRecord): readonly Command[] {
    const fields = this.#fields(record);
    if (fields === undefined)
      throw new DataError(
        `its value is ${wordOf(record)}, and a hash is made of a struct, a map or a JSON object: use a converter that makes one, or redis.type=STRING`,
      );
    const values: Argument[] = [];
    const gone: string[] = [];
    for (const [name, schema, value] of fields) {
      if (isNothing(value)) gone.push(name);
      else values.push(name, plain(schema, value));
    }
    if (values.length === 0) return [['DEL', key]];
    return gone.length === 0
      ? [['HSET', key, ...values]]
      : [
          ['HSET', key, ...values],
          ['HDEL', key, ...gone],
        ];
  }

  #entry(key: Argument, record: SinkRecord): Command {
    const fields = this.#fields(record) ?? ([['value', record.valueSchema, record.value]] satisfies Field[]);
    const values = fields.flatMap(([name, schema, value]) => (isNothing(value) ? [] : [name, plain(schema, value)]));
    if (values.length === 0)
      throw new DataError('an entry of a stream has at least one field, and all of its are NULL');
    const { streamMaxLength } = this.#style;
    return streamMaxLength === 0
      ? ['XADD', key, '*', ...values]
      : ['XADD', key, 'MAXLEN', '~', streamMaxLength, '*', ...values];
  }

  #member(record: SinkRecord): string | Buffer {
    return this.#style.member === 'key' ? this.#ownKey(record) : this.#text(record);
  }

  /** A text or bytes unchanged; anything with fields as JSON. */
  #text(record: SinkRecord): string | Buffer {
    const { value, valueSchema } = record;
    return isStruct(valueSchema) || isObject(value) ? this.#document(record) : plain(valueSchema, value);
  }

  #document(record: SinkRecord): string | Buffer {
    const { value, valueSchema } = record;
    // Texts and bytes are documents already.
    if (typeof value === 'string') return value;
    if (value instanceof Uint8Array && valueSchema?.name === undefined) return plain(valueSchema, value);
    const fields = isStruct(record.keySchema) ? this.#fields(record) : undefined;
    if (fields === undefined) return jsonOf(valueSchema, value);
    return `{${fields.map(([name, schema, item]) => `${JSON.stringify(name)}:${jsonOf(schema, item)}`).join(',')}}`;
  }

  /** The score or sample. Undefined: it is NULL. */
  #number(record: SinkRecord): string | undefined {
    const { value, valueSchema } = record;
    const { scoreField } = this.#style;
    const fields = fieldsOf(valueSchema, value);
    let schema = valueSchema;
    let found = value;
    if (fields !== undefined) {
      const field = scoreField === undefined ? fields[0] : fields.find(([name]) => name === scoreField);
      if (field === undefined || (scoreField === undefined && fields.length !== 1))
        throw new DataError(
          scoreField === undefined
            ? `its value has ${fields.length} fields: redis.score.field says which is the number`
            : `its value has no field ${scoreField}`,
        );
      [, schema, found] = field;
    }
    if (isNothing(found)) return undefined;
    const text = typeof found === 'number' || typeof found === 'bigint' ? jsonOf(schema, found) : String(found);
    if (text.trim() === '' || Number.isNaN(Number(text)) || typeof found === 'boolean')
      throw new DataError(`${jsonOf(schema, found)} is no number`);
    return text;
  }

  /** The key, in ms since 1970, or the time of a record without one. */
  #sampleTime({ key, keySchema, timestamp }: SinkRecord): string {
    const fields = isNothing(key) ? undefined : fieldsOf(keySchema, key);
    const time = isNothing(key)
      ? timestamp
      : fields === undefined
        ? key
        : fields.length === 1
          ? fields[0]?.[2]
          : undefined;
    const text = typeof time === 'number' || typeof time === 'bigint' || typeof time === 'string' ? String(time) : '';
    if (!/^\d+$/.test(text)) throw new DataError('its key is no time of a sample: a whole number of ms since 1970');
    return text;
  }
}

function wordOf({ value, valueSchema }: SinkRecord): string {
  if (valueSchema !== null) return `a ${valueSchema.type.toLowerCase()}`;
  return Array.isArray(value) ? 'a list' : value instanceof Uint8Array ? 'bytes' : `a ${typeof value}`;
}
