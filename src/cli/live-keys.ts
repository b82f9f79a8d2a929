import { parseStatement } from '../sql/parse.ts';
import { fieldsOf, listOf, textOf } from './render/fields.ts';
import type { ConsoleSession } from './session.ts';

/** The columns that tell the rows of a live table apart, by name; undefined where the result of a push query is a stream. */
export async function liveKeys(
  text: string,
  session: ConsoleSession,
  signal: AbortSignal,
): Promise<readonly string[] | undefined> {
  const options = session.requestOptions(signal);
  const query = parseStatement(text, { variables: new Map(Object.entries(options.variables ?? {})) });
  if (query.kind !== 'Query' || query.from.joins.length > 0) return undefined;
  const windowed = (isWindowed: boolean): readonly string[] => (isWindowed ? ['WINDOWSTART'] : []);
  const shownAs = (name: string): string => {
    for (const item of query.select)
      if (item.kind === 'SingleColumn' && item.expression.kind === 'ColumnReference' && item.expression.name === name)
        return item.alias?.name ?? name;
    return name;
  };
  if (query.groupBy.length > 0) {
    const columns = query.groupBy.map((e) => (e.kind === 'ColumnReference' ? shownAs(e.name) : ''));
    return [...columns, ...windowed(query.window !== null).map(shownAs)];
  }
  const { span } = query.from.source.name;
  const [entity] = await session.client.execute(`DESCRIBE ${text.slice(span.start, span.end)};`, options);
  const source = fieldsOf(entity?.['sourceDescription']);
  if (source['type'] !== 'TABLE') return undefined;
  const keys = listOf(source['fields'])
    .filter((f) => f['type'] === 'KEY')
    .map((f) => textOf(f['name']));
  return [...keys, ...windowed(textOf(source['windowType']) !== '')].map(shownAs);
}
