import type { SluiceClient } from '../client/sluice-client.ts';
import { quoteName } from '../sql/printer/names.ts';
import type { SchemaInfo } from '../wire/entities.ts';
import { listOf, textOf, type Fields } from './render/fields.ts';

/**
 * TypeScript of what a server has: for every stream and table the row that the client gives, and the row that it takes.
 * Columns of a stream, and values of a table, may be null; the key of a table is not.
 * @param names only these streams and tables, in any case; empty: all
 * @throws ClientError; Error where a name is none of the server's
 */
export async function sourceTypes(client: SluiceClient, names: readonly string[] = []): Promise<string> {
  const entities = await client.execute('DESCRIBE STREAMS; DESCRIBE TABLES;');
  const all = entities.flatMap((e) => listOf(e['sourceDescriptions']));
  const wanted = all
    .filter((d) => names.length === 0 || names.some((n) => n.toUpperCase() === textOf(d['name']).toUpperCase()))
    .toSorted((a, b) => (textOf(a['name']) < textOf(b['name']) ? -1 : 1));
  for (const name of names)
    if (!wanted.some((d) => textOf(d['name']).toUpperCase() === name.toUpperCase()))
      throw new Error(`There is no stream or table ${name}`);
  const taken = new Set<string>();
  const parts: string[] = [];
  const sources: string[] = [];
  for (const d of wanted) {
    const name = textOf(d['name']);
    const title = titleOf(name, taken);
    sources.push(`  readonly ${JSON.stringify(name)}: ${title};`);
    parts.push(rowType(d, name, title), insertType(d, name, title));
  }
  parts.push(
    `/** Rows of all streams and tables, by name. */\nexport interface Sources {${sources.length === 0 ? '' : `\n${sources.join('\n')}\n`}}`,
  );
  const body = parts.join('\n\n');
  const imports = /\bExactNumber\b/.test(body) ? `import type { ExactNumber } from 'sluice/client';\n\n` : '';
  return `// Written by "sluice types": write it anew rather than change it.\n${imports}${body}\n`;
}

function rowType(d: Fields, name: string, title: string): string {
  const isTable = d['type'] === 'TABLE';
  const windowed = d['windowType'] !== null && d['windowType'] !== undefined;
  const fields = listOf(d['fields']);
  const lines = fields.map((f) => {
    const isKey = f['type'] === 'KEY';
    const type = typeOf(f['schema'] as SchemaInfo, true);
    return `  readonly ${JSON.stringify(textOf(f['name']))}: ${isTable && isKey ? type : `${type} | null`};`;
  });
  const keys = fields.filter((f) => f['type'] === 'KEY').length;
  if (windowed) lines.splice(keys, 0, ...['WINDOWSTART', 'WINDOWEND'].map((bound) => `  readonly "${bound}": number;`));
  return `/** A row of ${isTable ? 'table' : 'stream'} ${name}${windowed ? ', by window' : ''}. */\nexport interface ${title} {\n${lines.join('\n')}\n}`;
}

/** What INSERT takes: names as it takes them, with back-quotes where case counts. */
function insertType(d: Fields, name: string, title: string): string {
  const isTable = d['type'] === 'TABLE';
  const lines = listOf(d['fields'])
    .filter((f) => textOf(f['type']) !== 'HEADER')
    .map((f) => {
      const column = textOf(f['name']);
      const written = /^[A-Z_][A-Z0-9_]*$/.test(column) ? column : quoteName(column);
      const isKey = f['type'] === 'KEY';
      const type = typeOf(f['schema'] as SchemaInfo, true);
      return `  readonly ${JSON.stringify(written)}${isTable && isKey ? '' : '?'}: ${isTable && isKey ? type : `${type} | null`};`;
    });
  return `/** What is inserted into ${name}. ROWTIME is in milliseconds since the epoch. */\nexport interface ${title}Insert {\n  readonly "ROWTIME"?: number;\n${lines.join('\n')}\n}`;
}

/**
 * The values of a type, as `RowValue` has them.
 * @param top whether it is a column's: inside of others a DECIMAL may be a plain number
 */
function typeOf(schema: SchemaInfo, top = false): string {
  switch (schema.type) {
    case 'BOOLEAN':
      return 'boolean';
    case 'INTEGER':
      return 'number';
    case 'DOUBLE':
      return top ? 'number' : 'number | ExactNumber';
    case 'BIGINT':
      return 'number | bigint';
    case 'DECIMAL':
      return top ? 'ExactNumber' : 'number | bigint | ExactNumber';
    case 'ARRAY':
      return `readonly (${typeOf(schema.memberSchema!)} | null)[]`;
    case 'MAP':
      return `{ readonly [key: string]: ${typeOf(schema.memberSchema!)} | null }`;
    case 'STRUCT':
      return `{ ${(schema.fields ?? []).map((f) => `readonly ${JSON.stringify(f.name)}: ${typeOf(f.schema)} | null`).join('; ')} }`;
    default:
      return 'string';
  }
}

/** A name as TypeScript has them: `PAGE_VIEWS` is `PageViews`; of two that would be equal the second gets a number. */
function titleOf(name: string, taken: Set<string>): string {
  const words = name.split(/[^A-Za-z0-9]+/).filter((word) => word !== '');
  const title = words.map((w) => w[0]!.toUpperCase() + (/[a-z]/.test(w) ? w.slice(1) : w.slice(1).toLowerCase()));
  const base = title.join('').replace(/^(?=\d|$)/, 'Source');
  let free = base;
  for (let n = 2; taken.has(free) || taken.has(`${free}Insert`) || free === 'Sources'; n++) free = `${base}${n}`;
  taken.add(free);
  taken.add(`${free}Insert`);
  return free;
}
