import protobuf from 'protobufjs';
import type { RegistrySchema } from '../api.ts';
import { WELL_KNOWN_FILES } from './well-known.ts';

/**
 * The declarations in a .proto text, as plain resolved trees. The text is parsed by protobufjs; the bytes are decoded
 * by our own decoder (decoder.ts).
 */
export interface ProtoFile {
  /** Top-level messages, in the order of the text. */
  readonly messages: readonly ProtoMessage[];
  readonly package: string;
}

export interface ProtoMessage {
  readonly name: string;
  /** With the package and the enclosing messages. */
  readonly fullName: string;
  readonly fields: readonly ProtoField[];
  readonly nested: readonly ProtoMessage[];
}

export interface ProtoField {
  readonly name: string;
  readonly number: number;
  readonly type: ProtoType;
  readonly shape: 'single' | 'repeated' | 'map';
  /** Only for maps. */
  readonly keyType: ScalarName | undefined;
  /**
   * True if an absent field can be distinguished from one with the default value: `optional`, members of a oneof,
   * messages.
   */
  readonly presence: boolean;
  readonly oneof: string | undefined;
  /** proto2 `required`. */
  readonly required: boolean;
  readonly packed: boolean;
  /** Confluent's field_meta parameters: precision, scale. */
  readonly params: Readonly<Record<string, string>>;
}

export type ScalarName =
  | 'double'
  | 'float'
  | 'int32'
  | 'int64'
  | 'uint32'
  | 'uint64'
  | 'sint32'
  | 'sint64'
  | 'fixed32'
  | 'fixed64'
  | 'sfixed32'
  | 'sfixed64'
  | 'bool'
  | 'string'
  | 'bytes';

export type ProtoType =
  | { readonly kind: 'scalar'; readonly name: ScalarName }
  | {
      readonly kind: 'enum';
      readonly name: string;
      readonly names: ReadonlyMap<number, string>;
      readonly numbers: ReadonlyMap<string, number>;
    }
  | { readonly kind: 'message'; readonly message: ProtoMessage };

const SCALARS = new Set<string>(
  'double float int32 int64 uint32 uint64 sint32 sint64 fixed32 fixed64 sfixed32 sfixed64 bool string bytes'.split(' '),
);

/** Parses a registered schema together with its imports. @throws Error with a reason */
export function parseProtoSchema(schema: RegistrySchema): ProtoFile {
  const root = new protobuf.Root();
  const parsed = protobuf.parse(schema.schema, root, { keepCase: true });
  const pkg = parsed.package ?? '';
  const space = pkg === '' ? root : root.lookup(pkg.split('.'));
  // Only what the text itself declares: imports are added to the same root below.
  const own = (space as protobuf.Namespace).nestedArray.filter((o): o is protobuf.Type => o instanceof protobuf.Type);
  const loaded = new Set<string>();
  const load = (name: string): void => {
    if (loaded.has(name)) return;
    loaded.add(name);
    const text = schema.resolved?.find((r) => r.name === name)?.schema ?? WELL_KNOWN_FILES[name];
    if (text === undefined) throw new Error(`Could not resolve import "${name}"`);
    const file = protobuf.parse(text, root, { keepCase: true });
    [...(file.imports ?? []), ...(file.weakImports ?? [])].forEach(load);
  };
  [...(parsed.imports ?? []), ...(parsed.weakImports ?? [])].forEach(load);
  root.resolveAll();
  const converter = new Converter();
  return { package: pkg, messages: own.map((type) => converter.message(type)) };
}

class Converter {
  readonly #done = new Map<protobuf.Type, ProtoMessage>();

  message(type: protobuf.Type): ProtoMessage {
    const known = this.#done.get(type);
    if (known !== undefined) return known;
    const fields: ProtoField[] = [];
    const nested: ProtoMessage[] = [];
    const message: ProtoMessage = { name: type.name, fullName: type.fullName.replace(/^\./, ''), fields, nested };
    this.#done.set(type, message);
    for (const nestedType of type.nestedArray)
      if (nestedType instanceof protobuf.Type) nested.push(this.message(nestedType));
    for (const field of type.fieldsArray) fields.push(this.#field(field));
    return message;
  }

  #field(field: protobuf.Field): ProtoField {
    const type = this.#type(field);
    const isMap = field instanceof protobuf.MapField;
    const oneof = field.partOf ?? undefined;
    const optional = field.getOption('proto3_optional') === true;
    const single = !isMap && !field.repeated;
    return {
      name: field.name,
      number: field.id,
      type,
      shape: isMap ? 'map' : field.repeated ? 'repeated' : 'single',
      keyType: isMap ? (field.keyType as ScalarName) : undefined,
      presence: single && (type.kind === 'message' || oneof !== undefined || optional || field.hasPresence),
      oneof: oneof === undefined || optional ? undefined : oneof.name,
      required: field.required,
      packed: field.packed,
      params: paramsOf(field),
    };
  }

  #type(field: protobuf.Field): ProtoType {
    const { resolvedType } = field;
    if (resolvedType instanceof protobuf.Type) return { kind: 'message', message: this.message(resolvedType) };
    if (resolvedType instanceof protobuf.Enum) {
      const names = new Map<number, string>();
      const numbers = new Map<string, number>();
      for (const [name, number] of Object.entries(resolvedType.values)) {
        numbers.set(name, number);
        // Of several aliases the first is used.
        if (!names.has(number)) names.set(number, name);
      }
      return { kind: 'enum', name: resolvedType.name, names, numbers };
    }
    if (!SCALARS.has(field.type)) throw new Error(`"${field.type}" is not defined`);
    return { kind: 'scalar', name: field.type as ScalarName };
  }
}

/** `[(confluent.field_meta) = { params: [{ key: "precision", value: "4" }] }]`. */
function paramsOf(field: protobuf.Field): Record<string, string> {
  const params: Record<string, string> = {};
  for (const option of (field.parsedOptions ?? []) as readonly Record<string, unknown>[]) {
    const meta = (option['(confluent.field_meta)'] ?? option['(.confluent.field_meta)']) as
      | { params?: unknown }
      | undefined;
    const list = meta?.params;
    for (const entry of Array.isArray(list) ? list : list === undefined ? [] : [list]) {
      const { key, value } = entry as { key?: unknown; value?: unknown };
      if (key !== undefined && value !== undefined) params[String(key)] = String(value);
    }
  }
  return params;
}

/** Finds a message by name (with or without package; nested ones by their path); without a name, the first one. */
export function findMessage(file: ProtoFile, name: string | undefined): ProtoMessage | undefined {
  if (name === undefined || name === '') return file.messages[0];
  const search = (messages: readonly ProtoMessage[]): ProtoMessage | undefined => {
    for (const message of messages) {
      if (message.fullName === name || (file.package !== '' && message.fullName === `${file.package}.${name}`))
        return message;
      const inner = search(message.nested);
      if (inner !== undefined) return inner;
    }
    return undefined;
  };
  return search(file.messages) ?? file.messages.find((message) => message.name === name);
}

/**
 * The path of a message in its file, as in Confluent's wire format: the index among the top-level messages, then among
 * the nested ones.
 */
export function indexesOf(file: ProtoFile, wanted: ProtoMessage): readonly number[] {
  const search = (messages: readonly ProtoMessage[]): number[] | undefined => {
    for (let i = 0; i < messages.length; i++) {
      if (messages[i] === wanted) return [i];
      const inner = search(messages[i]!.nested);
      if (inner !== undefined) return [i, ...inner];
    }
    return undefined;
  };
  return search(file.messages) ?? [0];
}

/** The inverse of `indexesOf`: the message at a path of indexes; undefined if there is none. */
export function messageAt(file: ProtoFile, indexes: readonly number[]): ProtoMessage | undefined {
  let messages = file.messages;
  let message: ProtoMessage | undefined;
  for (const index of indexes) {
    message = messages[index];
    if (message === undefined) return undefined;
    messages = message.nested;
  }
  return message;
}
