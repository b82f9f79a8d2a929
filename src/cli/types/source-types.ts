import type { SluiceClient } from '../../client/sluice-client.ts';
import { didYouMean } from '../../base/suggest.ts';
import { quoteName } from '../../sql/printer/names.ts';
import type { SchemaInfo } from '../../wire/entities.ts';
import { listOf, textOf, type Fields } from '../render/fields.ts';
import { interfaceOf, typeOf, type Titles } from './typescript.ts';

/**
 * TypeScript types of a server's streams and tables: for each, the row that the client returns and the row that it
 * accepts. Columns of a stream and values of a table can be null, but not the key of a table.
 * @param names only these streams and tables, not case-sensitive; empty: all
 * @throws ClientError; Error for a name that the server does not know
 */
export async function sourceTypes(client: SluiceClient, names: readonly string[], titles: Titles): Promise<string[]> {
  const entities = await client.execute('DESCRIBE STREAMS; DESCRIBE TABLES;');
  const all = entities.flatMap((e) => listOf(e['sourceDescriptions']));
  const wanted = all
    .filter((d) => names.length === 0 || names.some((n) => n.toUpperCase() === textOf(d['name']).toUpperCase()))
    .toSorted((a, b) => (textOf(a['name']) < textOf(b['name']) ? -1 : 1));
  for (const name of names)
    if (!wanted.some((d) => textOf(d['name']).toUpperCase() === name.toUpperCase()))
      throw new Error(
        `There is no stream or table ${name}. ${
          didYouMean(
            name,
            all.map((d) => textOf(d['name'])),
          ) ?? 'SHOW STREAMS; and SHOW TABLES; list what there is.'
        }`,
      );
  const parts: string[] = [];
  const sources: string[] = [];
  for (const d of wanted) {
    const name = textOf(d['name']);
    const title = titles.of(name, ['', 'Insert'], 'Source');
    sources.push(`readonly ${JSON.stringify(name)}: ${title};`);
    parts.push(rowType(d, name, title), insertType(d, name, title));
  }
  return [...parts, interfaceOf('Sources', 'Rows of all streams and tables, by name.', sources)];
}

function rowType(description: Fields, name: string, title: string): string {
  const isTable = description['type'] === 'TABLE';
  const windowed = description['windowType'] !== null && description['windowType'] !== undefined;
  const fields = listOf(description['fields']);
  const lines = fields.map((f) => {
    const isKey = f['type'] === 'KEY';
    const type = typeOf(f['schema'] as SchemaInfo, true);
    return `readonly ${JSON.stringify(textOf(f['name']))}: ${isTable && isKey ? type : `${type} | null`};`;
  });
  const keys = fields.filter((f) => f['type'] === 'KEY').length;
  if (windowed) lines.splice(keys, 0, ...['WINDOWSTART', 'WINDOWEND'].map((bound) => `readonly "${bound}": number;`));
  return interfaceOf(title, `A row of ${isTable ? 'table' : 'stream'} ${name}${windowed ? ', by window' : ''}.`, lines);
}

/** The row that INSERT accepts: names as it accepts them, in back-quotes where case matters. */
function insertType(description: Fields, name: string, title: string): string {
  const isTable = description['type'] === 'TABLE';
  const lines = listOf(description['fields'])
    .filter((f) => textOf(f['type']) !== 'HEADER')
    .map((f) => {
      const column = textOf(f['name']);
      const written = /^[A-Z_][A-Z0-9_]*$/.test(column) ? column : quoteName(column);
      const isKey = f['type'] === 'KEY';
      const type = typeOf(f['schema'] as SchemaInfo, true);
      return `readonly ${JSON.stringify(written)}${isTable && isKey ? '' : '?'}: ${isTable && isKey ? type : `${type} | null`};`;
    });
  const rowtime = 'readonly "ROWTIME"?: number;';
  return interfaceOf(`${title}Insert`, `What is inserted into ${name}. ROWTIME is in milliseconds since the epoch.`, [
    rowtime,
    ...lines,
  ]);
}
