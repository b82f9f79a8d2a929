import { retold } from '../../base/quoting.ts';
import type { ByteWriter } from '../../base/byte-writer.ts';
import type { SqlType } from '../../types/sql-type.ts';
import type { CodecSite, RowEncoder } from '../api.ts';
import { serializationError } from '../internal/record-errors.ts';
import { base64, rendererFor, renderString } from './render.ts';
import { decimalJson, doubleJson, writeAscii, writeInteger, writeString } from './write.ts';

type EncodeRow = (row: readonly unknown[], offset: number, out: ByteWriter) => void;

/** Compiles the encoder of an object of columns, or of one unwrapped value. */
export function createJsonEncoder(site: CodecSite, unwrapped: boolean): RowEncoder {
  const { columns } = site.schema;
  const encodeRow = compileEncoder(columns, unwrapped);
  const guarded: EncodeRow = (row, offset, out) => {
    const start = out.length;
    try {
      encodeRow(row, offset, out);
    } catch (error) {
      out.length = start;
      throw serializationError(site.topic, retold(error), error);
    }
  };
  if (unwrapped) {
    return {
      encode(row, offset, out) {
        if (row[offset] === null) return false;
        guarded(row, offset, out);
        return true;
      },
    };
  }
  if (site.schema.isKey && columns.length === 0) return { encode: () => false };
  return {
    encode(row, offset, out) {
      guarded(row, offset, out);
      return true;
    },
  };
}

/**
 * Generates source from the types and positions of the columns; names appear as numbers (their bytes), never as text.
 * First the exact worst-case size is reserved, then every column is written into the buffer without further checks.
 */
function compileEncoder(
  columns: readonly { readonly name: string; readonly type: SqlType }[],
  unwrapped: boolean,
): EncodeRow {
  const load: string[] = [];
  const write: string[] = [];
  const renderers = columns.map((column) => rendererFor(column.type));
  let fixed = 2;
  columns.forEach((column, i) => {
    const prefix = unwrapped ? '' : `${i === 0 ? '{' : ','}${renderString(column.name)}:`;
    const bytes = Buffer.from(prefix, 'utf8');
    fixed += bytes.length + 4;
    load.push(`const v${i} = row[o + ${i}];`);
    if (bytes.length > 0) write.push(literal(bytes));
    const { bound, slow, text } = shapeOf(column.type, i);
    fixed += bound;
    if (slow !== '') load.push(slow);
    write.push(
      `if (v${i} === null) { b[p] = 110; b[p + 1] = 117; b[p + 2] = 108; b[p + 3] = 108; p += 4; } else { ${text} }`,
    );
  });
  if (!unwrapped) {
    write.push(columns.length === 0 ? 'b[p] = 123; b[p + 1] = 125; p += 2;' : 'b[p] = 125; p += 1;');
  }
  const source = `
    return function encodeRow(row, o, out) {
      let cap = ${fixed};
      ${load.join('\n      ')}
      if (out.length + cap > out.bytes.length) out.reserve(cap);
      const b = out.bytes;
      let p = out.length;
      ${write.join('\n      ')}
      out.length = p;
    };`;
  const compile = new Function(
    'renderers',
    'writeString',
    'writeInteger',
    'writeAscii',
    'doubleJson',
    'decimalJson',
    'base64',
    source,
  );
  return compile(renderers, writeString, writeInteger, writeAscii, doubleJson, decimalJson, base64) as EncodeRow;
}

/**
 * How column `i` is written: its part of the fixed bound, statements that run before the reservation, and the code that
 * writes it.
 */
function shapeOf(type: SqlType, i: number): { readonly bound: number; readonly slow: string; readonly text: string } {
  const variable = `v${i}`;
  switch (type.kind) {
    case 'BOOLEAN':
      return { bound: 5, slow: '', text: `p = writeAscii(b, p, ${variable} ? 'true' : 'false');` };
    case 'INTEGER':
    case 'BIGINT':
    case 'DATE':
    case 'TIME':
    case 'TIMESTAMP':
      return { bound: 21, slow: '', text: `p = writeInteger(b, p, ${variable});` };
    case 'DOUBLE':
      return { bound: 28, slow: '', text: `p = writeAscii(b, p, doubleJson(${variable}));` };
    case 'DECIMAL':
      return {
        bound: type.precision + type.scale + 8,
        slow: '',
        text: `p = writeAscii(b, p, decimalJson(${variable}, ${type.scale}));`,
      };
    case 'STRING':
      return {
        bound: 2,
        slow: `if (${variable} !== null) cap += ${variable}.length * 6;`,
        text: `p = writeString(b, p, ${variable});`,
      };
    case 'BYTES':
      return {
        bound: 2,
        slow: `const t${i} = ${variable} === null ? '' : base64(${variable}); cap += t${i}.length;`,
        text: `b[p++] = 34; p += b.latin1Write(t${i}, p); b[p++] = 34;`,
      };
    default:
      return {
        bound: 0,
        slow: `const t${i} = ${variable} === null ? '' : renderers[${i}](${variable}); cap += t${i}.length * 3;`,
        text: `p += b.utf8Write(t${i}, p);`,
      };
  }
}

/** Statements that write constant bytes. */
function literal(bytes: Buffer): string {
  let text = '';
  bytes.forEach((byte, i) => (text += `b[p + ${i}] = ${byte}; `));
  return `${text}p += ${bytes.length};`;
}
