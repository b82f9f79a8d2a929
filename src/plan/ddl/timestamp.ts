import { messageOf, SluiceError } from '../../base/errors.ts';
import { compilePattern } from '../../types/datetime-pattern.ts';
import type { SourceTimestamp } from '../../catalog/source.ts';
import type { LogicalSchema } from '../../types/schema.ts';
import { quoteIdentifier } from '../../types/sql-type.ts';
import { didYouMean } from '../../base/suggest.ts';
import { reject } from '../errors.ts';
import { identifierText } from '../names.ts';
import type { WithClause } from '../properties/with-clause.ts';

/**
 * The timestamp column that a WITH clause names, checked against the schema.
 * @throws SluiceError STATEMENT
 */
export function bindTimestamp(clause: WithClause, schema: LogicalSchema): SourceTimestamp | undefined {
  const text = clause.string('TIMESTAMP');
  if (text === undefined) return undefined;
  const name = identifierText(text);
  const format = clause.string('TIMESTAMP_FORMAT');
  const column = [...schema.key, ...schema.value].find((c) => c.name === name);
  if (column === undefined) {
    throw reject(
      `The TIMESTAMP column set in the WITH clause does not exist in the schema: '${name}'`,
      clause.spanOf('TIMESTAMP'),
      didYouMean(
        name,
        [...schema.key, ...schema.value].map((c) => c.name),
      ) ?? `It names a column. The columns are ${[...schema.key, ...schema.value].map((c) => c.name).join(', ')}.`,
    );
  }
  const { kind } = column.type;
  const fits = kind === 'STRING' ? format !== undefined : kind === 'BIGINT' || kind === 'TIMESTAMP';
  if (!fits) {
    throw reject(
      `Timestamp column, ${quoteIdentifier(name)}, should be LONG(INT64), TIMESTAMP, or a String with a timestamp_format specified`,
      clause.spanOf('TIMESTAMP'),
      kind === 'STRING'
        ? "TIMESTAMP_FORMAT='yyyy-MM-dd HH:mm:ss' (or what fits) says how the text is read."
        : 'A column of BIGINT holds ms since 1970, one of TIMESTAMP a time.',
    );
  }
  if (format !== undefined && kind === 'STRING') checkPattern(format, clause);
  return { column: name, format: kind === 'STRING' ? format : undefined };
}

/** A pattern that no text can be read by is refused here, not at each record. */
function checkPattern(format: string, clause: WithClause): void {
  try {
    compilePattern(format);
  } catch (cause) {
    throw new SluiceError('STATEMENT', `Invalid TIMESTAMP_FORMAT '${format}': ${messageOf(cause)}`, {
      span: clause.spanOf('TIMESTAMP_FORMAT'),
      hint: "Letters stand for parts of a time, as in yyyy-MM-dd HH:mm:ss.SSS; other letters stand in quotes, as in yyyy-MM-dd''T''HH:mm.",
      cause,
    });
  }
}

/**
 * What to tell of a TIMESTAMP_FORMAT that can be read, yet hardly means what its letters say: of a week's year, of the
 * day in the year, or hours up to 12 without AM and PM.
 */
export function timestampWarnings(format: string | undefined): string[] {
  if (format === undefined) return [];
  const letters = format.replaceAll(/'[^']*'/g, '');
  const doubtful: string[] = [];
  let meant = format;
  const replace = (from: RegExp, to: (found: string) => string, why: string): void => {
    doubtful.push(why);
    meant = meant
      .split(/('[^']*')/)
      .map((part, i) => (i % 2 === 0 ? part.replace(from, to) : part))
      .join('');
  };
  if (/Y/.test(letters) && !/[we]/.test(letters))
    replace(/Y+/g, (found) => found.toLowerCase(), "Y is the year that a week belongs to, y a date's");
  if (/D/.test(letters) && /M/.test(letters))
    replace(/D+/g, (found) => found.toLowerCase(), 'D is the day in the year, d in the month');
  if (/h/.test(letters) && !/[aB]/.test(letters))
    replace(/h+/g, (found) => found.toUpperCase(), 'h is an hour from 1 to 12, H from 0 to 23');
  return doubtful.length === 0
    ? []
    : [`TIMESTAMP_FORMAT='${format}': ${doubtful.join('; ')}. Is '${meant}' what is meant?`];
}
