import { DATABASE_WORDS } from '../../base/databases.ts';
import { matchesAny } from '../../base/regex/name-pattern.ts';
import { KEYS } from '../../config/keys.ts';
import { must } from '../../base/assert.ts';
import { SluiceError } from '../../base/errors.ts';
import { caseAdvice } from '../../plan/query/from/bind-sources.ts';
import { didYouMean } from '../../base/suggest.ts';
import type { Catalog } from '../../catalog/catalog.ts';
import type { Source } from '../../catalog/source.ts';
import { quoteIdentifier } from '../../types/sql-type.ts';
import type { Services } from '../services.ts';

/** Columns for the position of a record or a window, which cannot be inserted. */
export const SYSTEM_COLUMNS = new Set(['ROWPARTITION', 'ROWOFFSET', 'WINDOWSTART', 'WINDOWEND']);

/** A source into which rows may be inserted. @throws SluiceError with the reasons why not */
export function insertTarget(catalog: Catalog, name: string, span: SluiceError['span'], services: Services): Source {
  const source = catalog.source(name);
  if (!source) {
    const sentence = `Cannot insert values into an unknown stream/table: ${quoteIdentifier(name)}`;
    const other = [...catalog.sources.keys()].find((n) => n.toUpperCase() === name.toUpperCase());
    if (other === undefined)
      throw new SluiceError('REJECTED', sentence, {
        span,
        hint: didYouMean(name, [...catalog.sources.keys()]) ?? 'SHOW STREAMS; and SHOW TABLES; list what there is.',
      });
    const advice =
      other === other.toUpperCase()
        ? `Did you mean ${other}? Hint: try removing double quotes from the source name.`
        : `Did you mean "${other}"? Hint: wrap the source name in double quotes to make it case-sensitive.`;
    const { schema } = must(catalog.source(other), 'source');
    throw new SluiceError('REJECTED', `${sentence}\n${advice}`, {
      span,
      hint: caseAdvice(
        name,
        other,
        [...schema.key, ...schema.value].map((c) => c.name),
      ),
    });
  }
  if (source.topic.window)
    throw new SluiceError('REJECTED', 'Cannot insert values into windowed stream/table!', {
      span,
      hint: 'The windows and their keys are made by the query that writes it: insert into what the query reads.',
    });
  if (source.isSource)
    throw new SluiceError(
      'REJECTED',
      `Cannot insert values into read-only ${source.kind.toLowerCase()}: ${source.name}`,
      { span },
    );
  if (source.kind === 'TABLE') {
    const writer = mirrorOf(source, services);
    if (writer !== undefined)
      throw new SluiceError(
        'REJECTED',
        `Cannot insert values into table ${source.name}: connector ${writer} writes topic ${source.topic.name}, which mirrors a table of its source`,
        {
          span,
          hint: `${whereToWrite(writer, services)} DROP CONNECTOR ${writer}; makes ${source.name} yours.`,
        },
      );
  }
  if (matchesAny(services.config.get(KEYS.readonlyTopics), source.topic.name))
    throw new SluiceError('REJECTED', `Cannot insert values into read-only topic: ${source.topic.name}`, { span });
  return source;
}

/** The connector that writes the table: the system from which it reads would never see an inserted row. */
function mirrorOf(source: Source, { connect }: Services): string | undefined {
  return connect?.embedded ? connect.embedded.writerOf(source.topic.name) : connect && source.createdBy;
}

/** Classes of sources that read tables. */
const READS_TABLES = new RegExp(`jdbc|debezium|${DATABASE_WORDS.join('|')}`, 'i');

/** How to change a row that a connector writes, by the connector's kind. */
function whereToWrite(writer: string, { connect }: Services): string {
  const ofConnector = connect?.embedded?.classOf(writer) ?? '';
  if (/datagen/i.test(ofConnector)) return `${writer} makes its rows itself.`;
  return READS_TABLES.test(ofConnector)
    ? 'Write to the table in the database: the row comes here from there.'
    : `Write where ${writer} reads: the row comes here from there.`;
}
