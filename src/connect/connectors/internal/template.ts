import { DataError } from '../../api/errors.ts';
import type { SinkRecord } from '../../api/record.ts';
import type { ConnectSchema } from '../../api/schema.ts';
import { plainText } from './plain-value.ts';

/** A text with parts of a record. @throws DataError for a record without such a part */
export type Template = (record: SinkRecord, encode: (text: string) => string) => string;

type Part = string | ((record: SinkRecord) => string);

/** Compiles `/orders/${key}/${customer.id}`; a text describes the problem. */
export function compileTemplate(text: string): Template | string {
  const parts: Part[] = [];
  let at = 0;
  for (const match of text.matchAll(/\$\{([^}]*)\}/g)) {
    if (match.index > at) parts.push(text.slice(at, match.index));
    at = match.index + match[0].length;
    const name = (match[1] ?? '').trim();
    if (name === '') return '${} names nothing';
    parts.push(partOf(name));
  }
  const rest = text.slice(at);
  if (rest.includes('${')) return '${ without its }';
  if (rest !== '') parts.push(rest);
  if (parts.every((part) => typeof part === 'string')) {
    const fixed = parts.join('');
    return () => fixed;
  }
  return (record, encode) => {
    let result = '';
    for (const part of parts) result += typeof part === 'string' ? part : encode(part(record));
    return result;
  };
}

function partOf(name: string): (record: SinkRecord) => string {
  switch (name) {
    case 'topic':
      return (record) => record.topic;
    case 'partition':
      return (record) => String(record.partition);
    case 'offset':
      return (record) => String(record.offset);
    case 'key':
      return ({ key, keySchema }) => {
        if (key === null || key === undefined) throw new DataError('it has no key to stand for ${key}');
        return keyText(keySchema, key);
      };
    default: {
      const [side, ...path] = name.split('.');
      if (side === 'key' && path.length > 0)
        return (record) => fieldText(record.keySchema, record.key, path, `\${${name}}`);
      return (record) => fieldText(record.valueSchema, record.value, name.split('.'), `\${${name}}`);
    }
  }
}

/** A key of one column is written as that column. */
function keyText(schema: ConnectSchema | null, key: unknown): string {
  if (schema?.type === 'STRUCT' && schema.fields.length === 1)
    return plainText(schema.fields[0]?.schema ?? null, (key as unknown[])[0]);
  return plainText(schema, key);
}

function fieldText(schema: ConnectSchema | null, value: unknown, path: readonly string[], what: string): string {
  let at = value;
  let type = schema;
  for (const name of path) {
    [at, type] = memberOf(at, type, name);
    if (at === null || at === undefined) throw new DataError(`it has nothing to stand for ${what}`);
  }
  return plainText(type, at);
}

function memberOf(value: unknown, schema: ConnectSchema | null, name: string): [unknown, ConnectSchema | null] {
  if (schema?.type === 'STRUCT' && Array.isArray(value)) {
    const i = schema.fields.findIndex((f) => f.name === name);
    return [i < 0 ? undefined : value[i], schema.fields[i]?.schema ?? null];
  }
  if (value instanceof Map) return [value.get(name), schema?.type === 'MAP' ? schema.values : null];
  if (typeof value !== 'object' || value === null || Array.isArray(value) || value instanceof Uint8Array)
    return [undefined, null];
  return [Object.hasOwn(value, name) ? (value as Record<string, unknown>)[name] : undefined, null];
}
