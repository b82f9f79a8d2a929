import { assertNever } from '../../base/assert.ts';
import type { SqlType } from '../../types/sql-type.ts';
import { decimalJson, doubleJson } from './write.ts';

/** Renders a value of one SQL type as compact JSON text. */
export type Renderer = (value: any) => string;

/** The renderer of a type, for nested values; top-level ones are written directly to bytes by the generated encoder. */
export function rendererFor(type: SqlType): Renderer {
  const render = nonNullRenderer(type);
  return (value) => (value === null ? 'null' : render(value));
}

function nonNullRenderer(type: SqlType): Renderer {
  switch (type.kind) {
    case 'BOOLEAN':
    case 'INTEGER':
    case 'BIGINT':
    case 'DATE':
    case 'TIME':
    case 'TIMESTAMP':
      return String;
    case 'DOUBLE':
      return doubleJson;
    case 'DECIMAL':
      return (value: bigint) => decimalJson(value, type.scale);
    case 'STRING':
      return renderString;
    case 'BYTES':
      return (value: Uint8Array) => `"${base64(value)}"`;
    case 'ARRAY': {
      const element = rendererFor(type.element);
      return (value: readonly unknown[]) => {
        let text = '[';
        for (let i = 0; i < value.length; i++) text += i === 0 ? element(value[i]) : `,${element(value[i])}`;
        return `${text}]`;
      };
    }
    case 'MAP': {
      const element = rendererFor(type.value);
      return (value: ReadonlyMap<unknown, unknown>) => {
        let text = '{';
        for (const [k, v] of value)
          text += `${text.length > 1 ? ',' : ''}${renderString(k === null ? 'null' : String(k))}:${element(v)}`;
        return `${text}}`;
      };
    }
    case 'STRUCT': {
      const prefixes = type.fields.map((f, i) => `${i === 0 ? '' : ','}${renderString(f.name)}:`);
      const fields = type.fields.map((f) => rendererFor(f.type));
      return (value: readonly unknown[]) => {
        let text = '{';
        for (let i = 0; i < fields.length; i++) text += prefixes[i]! + fields[i]!(value[i]);
        return `${text}}`;
      };
    }
    default:
      return assertNever(type);
  }
}

const CONTROL = /[\u0000-\u001f]/g;
const SHORT: Readonly<Record<string, string>> = { '\b': '\\b', '\t': '\\t', '\n': '\\n', '\f': '\\f', '\r': '\\r' };

/** A JSON string as Jackson writes it: upper-case hex digits in escapes, and nothing beyond ASCII escaped. */
export function renderString(value: string): string {
  let text = value;
  if (text.includes('\\')) text = text.replaceAll('\\', '\\\\');
  if (text.includes('"')) text = text.replaceAll('"', '\\"');
  CONTROL.lastIndex = 0;
  if (CONTROL.test(text)) {
    text = text.replace(
      CONTROL,
      (c) => SHORT[c] ?? `\\u00${c.charCodeAt(0).toString(16).toUpperCase().padStart(2, '0')}`,
    );
  }
  return `"${text}"`;
}

export function base64(value: Uint8Array): string {
  return Buffer.from(value.buffer, value.byteOffset, value.byteLength).toString('base64');
}
