/** JSON as it was written: numbers keep their text, objects the order of their keys (and duplicates). */
export type JsonNode = null | boolean | string | JsonNumber | readonly JsonNode[] | JsonObject;

export class JsonNumber {
  readonly text: string;
  constructor(text: string) {
    this.text = text;
  }
}

export class JsonObject {
  readonly keys: string[] = [];
  readonly values: JsonNode[] = [];

  /** The last value under exactly this key. */
  get(key: string): JsonNode | undefined {
    const i = this.keys.lastIndexOf(key);
    return i === -1 ? undefined : this.values[i];
  }
}

/** Compact JSON, numbers as they were written. Of duplicate keys the last value stands at the first one's place. */
export function jsonText(node: JsonNode): string {
  if (node === null) return 'null';
  if (typeof node === 'boolean') return String(node);
  if (typeof node === 'string') return JSON.stringify(node);
  if (node instanceof JsonNumber) return node.text;
  if (node instanceof JsonObject) {
    const fields = new Map<string, JsonNode>();
    for (let i = 0; i < node.keys.length; i++) fields.set(node.keys[i]!, node.values[i]!);
    return `{${[...fields].map(([key, value]) => `${JSON.stringify(key)}:${jsonText(value)}`).join(',')}}`;
  }
  return `[${node.map(jsonText).join(',')}]`;
}

/** Jackson's class name of a node, for messages. */
export function nodeName(node: JsonNode): string {
  if (node === null) return 'NullNode';
  if (typeof node === 'boolean') return 'BooleanNode';
  if (typeof node === 'string') return 'TextNode';
  if (node instanceof JsonObject) return 'ObjectNode';
  if (node instanceof JsonNumber) {
    if (/[.eE]/.test(node.text)) return 'DecimalNode';
    const value = BigInt(node.text);
    if (value === BigInt.asIntN(32, value)) return 'IntNode';
    return value === BigInt.asIntN(64, value) ? 'LongNode' : 'BigIntegerNode';
  }
  return 'ArrayNode';
}
