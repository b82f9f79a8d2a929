import { resolveType } from '../../sql/ast/types.ts';
import type { Source } from '../../catalog/source.ts';
import { SluiceError } from '../../base/errors.ts';
import { parseType } from '../../sql/parse.ts';
import { formatName } from '../../sql/printer/names.ts';
import { formatType, quoteIdentifier, type SqlType } from '../../types/sql-type.ts';
import type { Services } from '../services.ts';

/**
 * How the sources that a connector declared differ from what it writes by now: columns that the database got, lost or changed since. Known
 * of the embedded worker's topics alone.
 */
export function driftNotes(connector: string, services: Services): readonly string[] {
  const sources = [...services.catalog.current.sources.values()];
  return sources.filter((s) => s.createdBy === connector).flatMap((source) => driftOf(source, services));
}

function driftOf(source: Source, services: Services): string[] {
  const topic = source.topic.name;
  const known = services.connect?.embedded?.topicSchema(topic);
  if (known === undefined) return [];
  const declared = new Map(source.schema.value.map((c) => [c.name.toUpperCase(), c]));
  const written = new Map(known.value.map((c) => [c.name.toUpperCase(), c]));
  const list = (names: readonly string[]): string => names.map(quoteIdentifier).join(', ');
  const keys = new Set(source.schema.key.map((c) => c.name.toUpperCase()));
  const added = [...written.keys()].filter((name) => !declared.has(name) && !keys.has(name));
  const gone = [...declared.values()].filter((c) => c.role === 'VALUE' && !written.has(c.name.toUpperCase()));
  const changed = [...declared.values()].flatMap((c) => {
    const now = written.get(c.name.toUpperCase());
    const type = now && typeOf(now.type);
    return type === undefined || formatType(type) === formatType(c.type)
      ? []
      : [`${quoteIdentifier(c.name)} from ${formatType(c.type)} to ${formatType(type)}`];
  });
  const parts = [
    ...(added.length > 0 ? [`has ${list(added)} besides`] : []),
    ...(gone.length > 0 ? [`no longer has ${list(gone.map((c) => c.name))}, NULL in new rows`] : []),
    ...(changed.length > 0 ? [`has changed ${changed.join(', ')}`] : []),
  ];
  if (parts.length === 0) return [];
  return [
    `Topic ${topic} ${parts.join('; it ')}: ${source.name} stands as it was declared. ` +
      `CREATE OR REPLACE ${source.kind} ${formatName(source.name)} WITH (KAFKA_TOPIC='${topic.replaceAll("'", "''")}'); takes new columns in`,
  ];
}

/** The type that a text spells; undefined where SQL has none. */
function typeOf(text: string): SqlType | undefined {
  try {
    return resolveType(parseType(text), () => {
      throw new SluiceError('STATEMENT', text);
    });
  } catch {
    return undefined;
  }
}
