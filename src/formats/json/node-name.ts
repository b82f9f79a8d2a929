import { JsonNumber, JsonObject, type Json } from '../../types/json-text.ts';

/** Jackson's class name for a node, for error messages. */
export function nodeName(node: Json): string {
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
