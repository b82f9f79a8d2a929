import { SluiceError } from '../base/errors.ts';
import { suggestions } from '../base/suggest.ts';
import type { Catalog } from '../catalog/catalog.ts';
import { dropOrder } from '../catalog/drop-check.ts';
import type { Source } from '../catalog/source.ts';
import { formatName } from '../sql/printer/names.ts';
import type { Services } from './services.ts';
import { insertTarget } from './statements/insert-target.ts';

/** Statements of other dialects that change rows, up to the name of what they change. */
const CHANGE =
  /^(UPDATE|DELETE|TRUNCATE|MERGE|UPSERT|REPLACE)\s+(?:(?:FROM|INTO|TABLE|ONLY)\s+)*(?:`([^`]+)`|"([^"]+)"|([\w.]+))/i;

/**
 * The error of a statement that changes rows as other dialects do, with a hint for the stream or table that it names:
 * the parser knows no catalog, and would propose an INSERT that is refused. Other errors as they are.
 */
export function withChangeAdvice(error: SluiceError, text: string, services: Services): SluiceError {
  if (error.code !== 'SYNTAX' || error.span === undefined) return error;
  const hint = /Unknown statement '[A-Z]+'/.test(error.message)
    ? changeAdvice(text.slice(error.span.start), error.span, services)
    : ofItsKind(error.hint, services.catalog.current);
  if (hint === undefined) return error;
  return new SluiceError(error.code, error.message, {
    span: error.span,
    hint,
    cause: error.cause,
    statement: error.statement,
  });
}

function changeAdvice(text: string, span: SluiceError['span'], services: Services): string | undefined {
  const found = CHANGE.exec(text);
  if (found === null) return undefined;
  const [, verb = '', backQuoted, quoted, bare] = found;
  return adviceFor(verb.toUpperCase(), backQuoted ?? quoted ?? bare ?? '', span, services);
}

/** A hint that proposes a stream of a table, with the table in its place; undefined where nothing changes. */
function ofItsKind(hint: string | undefined, catalog: Catalog): string | undefined {
  const changed = hint?.replaceAll(
    /CREATE STREAM (\S+ (?:WITH \([^()]*\) )?AS SELECT \* FROM ([\w`]+))/g,
    (whole, rest: string, name: string) =>
      catalog.source(name.toUpperCase())?.kind === 'TABLE' ? `CREATE TABLE ${rest}` : whole,
  );
  return changed === hint ? undefined : changed;
}

function adviceFor(verb: string, written: string, span: SluiceError['span'], services: Services): string | undefined {
  const catalog = services.catalog.current;
  const source = catalog.source(written) ?? catalog.source(written.toUpperCase());
  if (source === undefined) return unknown(verb, written, catalog);
  const writers = catalog.writersOf(source.name).map(({ id }) => id);
  if (source.isCasTarget && writers.length > 0)
    return `There is no ${verb}: ${source.name} holds what ${writers.join(', ')} makes of what it reads, and follows that: it is a ${source.kind.toLowerCase()} that a query keeps. To leave rows out: CREATE ${source.kind} … AS SELECT * FROM ${written} WHERE …;`;
  try {
    insertTarget(catalog, source.name, span, services);
  } catch (error) {
    if (!(error instanceof SluiceError)) throw error;
    const why = error.message
      .replace(/^Cannot insert values into (?:(?:table|stream) [^:]+: )?/, '')
      .replace(/[.!]$/, '');
    return `There is no ${verb}, and ${source.name} is not written by INSERT either: ${why}. ${error.hint ?? 'Write to its topic where that is written.'}`;
  }
  const names = [...source.schema.key, ...source.schema.value.filter((c) => c.role === 'VALUE')].map((c) =>
    formatName(c.name),
  );
  const insert = `INSERT INTO ${formatName(source.name)} (${names.join(', ')}) VALUES (…);`;
  // What reads it goes first.
  if (verb === 'TRUNCATE')
    return `There is no TRUNCATE: ${dropOrder(catalog, source.name).join(' ').replace(/;$/, ' DELETE TOPIC;')} and create it anew.`;
  return source.kind === 'TABLE' ? ofTable(verb, source, insert) : ofStream(verb, source, insert);
}

function ofTable(verb: string, { name, schema }: Source, insert: string): string | undefined {
  const key = schema.key.map((c) => formatName(c.name)).join(', ');
  switch (verb) {
    case 'DELETE':
      return `There is no DELETE: a table loses a row when a record with its key and no value is written to its topic, which SQL does not do. To leave rows out: CREATE TABLE … AS SELECT * FROM ${formatName(name)} WHERE …; ${insert} takes the place of the row with the same ${key}.`;
    default:
      return `There is no ${verb}: a later row of the same ${key} takes the place of the row, with all columns (one that is left out is NULL): ${insert}`;
  }
}

function ofStream(verb: string, { name }: Source, insert: string): string | undefined {
  switch (verb) {
    case 'DELETE':
      return `There is no DELETE: rows of a stream are events, which stay until the topic's retention is over. To leave some out: CREATE STREAM … AS SELECT * FROM ${formatName(name)} WHERE …;`;
    default:
      return `There is no ${verb}: rows of a stream are events, which stay. ${insert} adds one; a table keeps the last row of a key: CREATE TABLE … AS SELECT key, LATEST_BY_OFFSET(column) FROM ${formatName(name)} GROUP BY key;`;
  }
}

function unknown(verb: string, written: string, catalog: Catalog): string | undefined {
  const [near] = suggestions(written.toUpperCase(), catalog.sources.keys(), 1);
  return near === undefined
    ? undefined
    : `There is no ${verb}, and no ${written}: did you mean ${near}? INSERT INTO ${formatName(near)} adds a row, in a table in the place of the one with the same key, unless a connector or a query writes it.`;
}
