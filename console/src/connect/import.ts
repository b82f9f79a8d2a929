import type { ConnectorOfJson } from '../../../src/sql/parser/connector-json.ts';
import { connectorFromJson } from '../../../src/sql/parser/connector-json.ts';
import { formatName } from '../../../src/sql/printer/names.ts';
import { NO_DRAFT, type Draft, type Plugin } from './drafts.ts';

/** A connector configuration for Connect's REST API, in the form's representation. */
export interface Imported {
  readonly plugin: Plugin;
  readonly draft: Draft;
}

/**
 * Parses `{"name": …, "config": {…}}`, or only the settings.
 * @param known the available plug-ins
 * @throws Error that describes the mistake in the text, in one sentence
 */
export function importConnector(text: string, known: readonly Plugin[]): Imported {
  let found: ConnectorOfJson;
  try {
    found = connectorFromJson(text, { start: 0, end: text.length, line: 1, column: 0 });
  } catch (error) {
    throw new Error((error as Error).message.replace(/^.*The text behind FROM/, 'The text'), { cause: error });
  }
  const settings = new Map(found.properties.map(({ key, value }) => [key, value]));
  const short = settings.get('connector');
  const named = settings.get('connector.class')?.trim();
  if (short === undefined && (named === undefined || named === ''))
    throw new Error('The text names no class: "connector.class" is missing.');
  const type = found.type === 'SINK' ? 'sink' : 'source';
  const plugin =
    named === undefined
      ? known.find((p) => p.shortName === short && p.type === type)
      : (known.find((p) => p.shortName === undefined && p.className === named) ??
        known.find((p) => p.shortName === undefined && simpleNames(p.className).includes(named)));
  if (plugin === undefined && named === undefined) throw new Error(`There is no ${type} connector ${short}.`);
  for (const key of ['connector', 'connector.class', 'name']) settings.delete(key);
  return {
    // The form reports an unknown class.
    plugin: plugin ?? { className: named!, type },
    draft: {
      ...NO_DRAFT,
      // The exact name, because Connect's names are case-sensitive.
      name: found.name === null ? '' : formatName(found.name.name),
      values: Object.fromEntries(settings),
      initialState: found.initialState,
    },
  };
}

/** Short names that Connect accepts: `PostgresConnector`, `Postgres`. */
function simpleNames(className: string): readonly string[] {
  const simple = className.slice(className.lastIndexOf('.') + 1);
  return [simple, simple.replace(/Connector$/, '')];
}
