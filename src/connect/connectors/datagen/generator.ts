import { must } from '../../../base/assert.ts';
import {
  arrayOf,
  dateSchema,
  mapOf,
  primitive,
  structOf,
  timeSchema,
  timestampSchema,
  type ConnectSchema,
  type PrimitiveType,
} from '../../api/schema.ts';
import { ConnectError } from '../../api/errors.ts';
import { sized } from './value-size.ts';

/**
 * Random data from an Avro schema with `arg.properties`, as the Java datagen connector reads it: `options`, `regex`,
 * `range`, `iteration`, `length`. Record number n of a seed is always the same.
 */
export interface AvroRecord {
  readonly type: 'record';
  readonly name: string;
  readonly fields: readonly { readonly name: string; readonly type: AvroType }[];
  /** With `options`, each record is one of them: objects by field name. */
  readonly 'arg.properties'?: ArgProperties;
}
/** An Avro schema, with rules for the generated values. */
export type AvroType =
  | string
  | readonly AvroType[]
  | AvroRecord
  | {
      readonly type: AvroType;
      readonly name?: string;
      readonly symbols?: readonly string[];
      readonly items?: AvroType;
      readonly values?: AvroType;
      readonly logicalType?: string;
      readonly 'arg.properties'?: ArgProperties;
    };
/** The datagen connector's rules for the values of a type. */
export interface ArgProperties {
  readonly options?: readonly unknown[];
  readonly regex?: string;
  readonly length?: number | { readonly min?: number; readonly max: number };
  readonly range?: { readonly min?: number; readonly max: number };
  readonly iteration?: { readonly start: number; readonly step?: number; readonly restart?: number };
  readonly keys?: ArgProperties;
}

/** A seeded generator of numbers in [0, 1): mulberry32. */
export type Rng = () => number;
export function seededRng(seed: number): Rng {
  let state = seed | 0;
  return () => {
    state = (state + 0x6d2b79f5) | 0;
    let t = Math.imul(state ^ (state >>> 15), 1 | state);
    t = (t + Math.imul(t ^ (t >>> 7), 61 | t)) ^ t;
    return ((t ^ (t >>> 14)) >>> 0) / 4294967296;
  };
}

/** A generator that depends only on the seed and the number of the record. */
export function rngAt(seed: number, iteration: number): Rng {
  return seededRng(Math.imul(seed ^ 0x9e3779b9, 0x85ebca6b) ^ Math.imul(iteration + 1, 0xc2b2ae35));
}

/** Generates the value of record number `iteration`. */
export type Make = (rng: Rng, iteration: number) => unknown;

const PRIMITIVES: Readonly<Record<string, PrimitiveType>> = {
  string: 'STRING',
  int: 'INT32',
  long: 'INT64',
  float: 'FLOAT32',
  double: 'FLOAT64',
  boolean: 'BOOLEAN',
  bytes: 'BYTES',
};

/** Avro's logical types that Connect has too; as in Avro, a logical type on an unsuitable type is ignored. */
const LOGICAL_TYPES: Readonly<Record<string, ConnectSchema>> = {
  date: dateSchema(),
  'time-millis': timeSchema(),
  'timestamp-millis': timestampSchema(),
};

/** The schema of an Avro type, the generator of its values, and how large they may be. */
interface Compiled {
  readonly schema: ConnectSchema;
  readonly make: Make;
  readonly size: number;
}

/** Schema and generator of an Avro type. @throws ConnectError for an invalid Avro schema */
export function compileAvro(type: AvroType, args: ArgProperties = {}, optional = false): Compiled {
  if (typeof type === 'string') return compilePrimitive(type, args, optional);
  if (Array.isArray(type)) {
    const branches = (type as readonly AvroType[]).filter((t) => t !== 'null');
    if (branches.length !== 1) throw new ConnectError('A union may only join null and one other type');
    const inner = compileAvro(branches[0]!, args, true);
    if (branches.length === (type as readonly AvroType[]).length) return inner;
    return { ...inner, make: (rng, i) => (rng() < 0.5 ? null : inner.make(rng, i)) };
  }
  const node = type as Exclude<AvroType, string | readonly AvroType[]>;
  const own = ('arg.properties' in node ? node['arg.properties'] : undefined) ?? args;
  if (node.type === 'record') {
    const fields = (node as AvroRecord).fields.map((f) => ({ name: f.name, ...compileAvro(f.type) }));
    return {
      size: sized(
        fields.reduce((sum, field) => sum + field.size, 1),
        `A record ${node.name}`,
      ),
      schema: structOf(
        fields.map((f) => ({ name: f.name, schema: f.schema })),
        optional,
        node.name,
      ),
      make: own.options
        ? (rng) => {
            const chosen = pick(own.options!, rng) as Readonly<Record<string, unknown>>;
            return fields.map((f) => chosen[f.name] ?? null);
          }
        : structMaker(fields.map((f) => f.make)),
    };
  }
  if (node.type === 'array' && 'items' in node) {
    const item = compileAvro(node.items!);
    const length = lengthOf(own, 3);
    const { options } = own;
    return {
      size: sized(mostOf(own, 3) * item.size, 'A list'),
      schema: arrayOf(item.schema, optional),
      make: options
        ? (rng) => pick(options, rng)
        : (rng, i) => Array.from({ length: length(rng) }, () => item.make(rng, i)),
    };
  }
  if (node.type === 'map' && 'values' in node) {
    const value = compileAvro(node.values!);
    const key = compilePrimitive('string', own.keys ?? {}, false);
    const length = lengthOf(own, 3);
    const { options } = own;
    return {
      size: sized(mostOf(own, 3) * (key.size + value.size), 'A map'),
      schema: mapOf(primitive('STRING', false), value.schema, optional),
      make: options
        ? (rng) => new Map(Object.entries(pick(options, rng) as Record<string, unknown>))
        : (rng, i) => new Map(Array.from({ length: length(rng) }, () => [key.make(rng, i), value.make(rng, i)])),
    };
  }
  if (node.type === 'enum' && 'symbols' in node) {
    const symbols = own.options ?? node.symbols ?? [];
    return { schema: primitive('STRING', optional), make: (rng) => pick(symbols, rng), size: 1 };
  }
  const inner = compileAvro(node.type, own, optional);
  const logical = 'logicalType' in node ? LOGICAL_TYPES[node.logicalType ?? ''] : undefined;
  return logical?.type === inner.schema.type ? { ...inner, schema: { ...logical, optional } } : inner;
}

function compilePrimitive(name: string, args: ArgProperties, optional: boolean): Compiled {
  const type = PRIMITIVES[name];
  if (type === undefined) throw new ConnectError(`Unknown type ${JSON.stringify(name)} in the schema`);
  const isLong = (type === 'STRING' || type === 'BYTES') && args.options === undefined && args.iteration === undefined;
  const most = type === 'STRING' && args.regex !== undefined ? regexMaker(args.regex).most : mostOf(args, 8);
  const size = isLong ? sized(most, 'A text') : 1;
  return { schema: primitive(type, optional), make: makerOf(type, args), size };
}

function makerOf(type: PrimitiveType, args: ArgProperties): Make {
  const { options, iteration, regex, range } = args;
  if (options !== undefined) return (rng) => pick(options, rng);
  if (iteration !== undefined) {
    const { start, step = 1, restart } = iteration;
    const steps = restart === undefined ? Infinity : Math.max(1, Math.ceil((restart - start) / step));
    return type === 'STRING'
      ? (_, i) => String(start + step * (i % steps))
      : (_, i) => start + step * (steps === Infinity ? i : i % steps);
  }
  switch (type) {
    case 'STRING': {
      if (regex !== undefined) return regexMaker(regex).make;
      const length = lengthOf(args, 8);
      return (rng) =>
        Array.from({ length: length(rng) }, () => String.fromCharCode(97 + Math.floor(rng() * 26))).join('');
    }
    case 'BYTES': {
      const length = lengthOf(args, 8);
      return (rng) => Buffer.from(Array.from({ length: length(rng) }, () => Math.floor(rng() * 256)));
    }
    case 'BOOLEAN':
      return (rng) => rng() < 0.5;
    case 'FLOAT32':
    case 'FLOAT64': {
      const min = range?.min ?? 0;
      const max = range?.max ?? 1;
      return (rng) => min + (max - min) * rng();
    }
    default: {
      const min = range?.min ?? 0;
      const max = range?.max ?? 2 ** 31 - 1;
      return (rng) => min + Math.floor((max - min) * rng());
    }
  }
}

function structMaker(makers: readonly Make[]): Make {
  return (rng, iteration) => {
    const struct: unknown[] = [];
    for (const make of makers) struct.push(make(rng, iteration));
    return struct;
  };
}

function pick(options: readonly unknown[], rng: Rng): unknown {
  return options[Math.floor(rng() * options.length)] ?? null;
}

/** The most that `lengthOf` gives. */
function mostOf({ length }: ArgProperties, byDefault: number): number {
  return length === undefined ? byDefault : typeof length === 'number' ? length : Math.max(length.max, length.min ?? 0);
}

function lengthOf(args: ArgProperties, byDefault: number): (rng: Rng) => number {
  const { length } = args;
  if (length === undefined) return () => byDefault;
  if (typeof length === 'number') return () => length;
  const min = length.min ?? 0;
  return (rng) => min + Math.floor(rng() * Math.max(1, length.max - min));
}

/**
 * Generates texts that match a simple expression: literals, `[a-z]`, `(a|b)`, `\d`, `\w`, `.`, and `? * + {n} {m,n}`.
 * @returns the generator, and the length of its longest text
 * @throws ConnectError for unsupported syntax, and for texts that may be too long
 */
export function regexMaker(pattern: string): { readonly make: (rng: Rng) => string; readonly most: number } {
  let at = 0;
  type Maker = (rng: Rng) => string;
  /** A generator, and the length of its longest text. */
  interface Piece {
    readonly make: Maker;
    readonly most: number;
  }
  const fail = (why: string): never => {
    throw new ConnectError(`Cannot make texts of the expression ${pattern}: ${why} at position ${at + 1}`);
  };
  const oneOf = (chars: string): Piece =>
    chars === '' ? fail('an empty class') : { make: (rng) => chars[Math.floor(rng() * chars.length)]!, most: 1 };
  const DIGITS = '0123456789';
  const WORD = `${DIGITS}ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz_`;
  const escaped = (): string => {
    const c = pattern[at++] ?? fail('a lone backslash');
    return c === 'd' ? DIGITS : c === 'w' ? WORD : c === 's' ? ' ' : c;
  };
  const characterClass = (): Piece => {
    let chars = '';
    if (pattern[at] === '^') fail('a negated class');
    while (pattern[at] !== ']') {
      if (at >= pattern.length) fail('a class without its end');
      const char = pattern[at++]!;
      if (char === '\\') chars += escaped();
      else if (pattern[at] === '-' && pattern[at + 1] !== ']' && at + 1 < pattern.length) {
        const last = pattern[at + 1]!;
        at += 2;
        for (let code = char.charCodeAt(0); code <= last.charCodeAt(0); code++) chars += String.fromCharCode(code);
      } else chars += char;
    }
    at++;
    return oneOf(chars);
  };
  /** A string result is literal text. */
  const atom = (): Piece | string => {
    const char = must(pattern[at++], 'character of the pattern');
    if (char === '[') return characterClass();
    if (char === '(') {
      if (pattern.startsWith('?:', at)) at += 2;
      const inner = alternatives();
      if (pattern[at++] !== ')') fail('a group without its end');
      return inner;
    }
    if (char === '.') return oneOf(WORD);
    if (char === '\\') return oneOf(escaped());
    return char;
  };
  const repeated = (once: Piece | string): Piece | string => {
    const rest = /^(?:\?|\*|\+|\{(\d+)(?:(,)(\d*))?\})/.exec(pattern.slice(at));
    if (!rest) return once;
    const piece: Piece = typeof once === 'string' ? { make: () => once, most: once.length } : once;
    at += rest[0].length;
    const [whole, low, comma, high] = rest;
    const min = whole === '?' || whole === '*' ? 0 : whole === '+' ? 1 : Number(low);
    const max =
      whole === '?'
        ? 1
        : whole === '*'
          ? 8
          : whole === '+'
            ? 8
            : comma === undefined
              ? min
              : high === ''
                ? min + 8
                : Number(high);
    const make: Maker = (rng) => {
      let text = '';
      for (let n = min + Math.floor(rng() * (max - min + 1)); n > 0; n--) text += piece.make(rng);
      return text;
    };
    // A text of nothing, a million times, takes as long as one of letters.
    return { make, most: sized(max * Math.max(1, piece.most), `A text of ${pattern}`) };
  };
  const sequence = (): Piece => {
    const pieces: (Piece | string)[] = [];
    while (at < pattern.length && pattern[at] !== '|' && pattern[at] !== ')') {
      // Anchors have no effect, since the text is generated to match.
      if (pattern[at] === '^' || pattern[at] === '$') at++;
      else {
        const piece = repeated(atom());
        const last = pieces.at(-1);
        if (typeof piece === 'string' && typeof last === 'string') pieces[pieces.length - 1] = last + piece;
        else pieces.push(piece);
      }
    }
    const make: Maker = (rng) => {
      let text = '';
      for (const piece of pieces) text += typeof piece === 'string' ? piece : piece.make(rng);
      return text;
    };
    const most = pieces.reduce((sum, piece) => sum + (typeof piece === 'string' ? piece.length : piece.most), 0);
    return { make, most: sized(most, `A text of ${pattern}`) };
  };
  function alternatives(): Piece {
    const all = [sequence()];
    while (pattern[at] === '|') {
      at++;
      all.push(sequence());
    }
    if (all.length === 1) return all[0]!;
    const make: Maker = (rng) => all[Math.floor(rng() * all.length)]!.make(rng);
    return { make, most: Math.max(...all.map((piece) => piece.most)) };
  }
  const made = alternatives();
  if (at < pattern.length) fail('an unexpected character');
  return made;
}
