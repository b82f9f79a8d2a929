import { messageOf, SluiceError } from '../../base/errors.ts';
import { doubtsOf, doubtsText } from '../../types/datetime-doubts.ts';
import { compilePattern } from '../../types/datetime-pattern.ts';
import type { SourceTimestamp } from '../../catalog/source.ts';
import type { LogicalSchema } from '../../types/schema.ts';
import { quoteIdentifier } from '../../types/sql-type.ts';
import { didYouMean } from '../../base/suggest.ts';
import { reject } from '../errors.ts';
import { identifierText } from '../names.ts';
import type { WithClause } from '../properties/with-clause.ts';
import { formatString } from '../../sql/printer/names.ts';

/**
 * Resolves the timestamp column named in a WITH clause and checks it against the schema.
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

/** Refuses here a pattern that could not read any text, rather than at each record. */
function checkPattern(format: string, clause: WithClause): void {
  try {
    compilePattern(format);
  } catch (cause) {
    const meant = doubtsOf(format)?.meant;
    throw new SluiceError('STATEMENT', `Invalid TIMESTAMP_FORMAT '${format}': ${messageOf(cause)}`, {
      span: clause.spanOf('TIMESTAMP_FORMAT'),
      hint:
        meant !== undefined
          ? `TIMESTAMP_FORMAT=${formatString(meant)} is the same in Java's letters.`
          : "Letters stand for parts of a time, as in yyyy-MM-dd HH:mm:ss.SSS; other letters stand in quotes, as in yyyy-MM-dd''T''HH:mm.",
      cause,
    });
  }
}

/** Warnings for a TIMESTAMP_FORMAT that is valid, but probably does not mean what its author intended. */
export function timestampWarnings(format: string | undefined, clause?: WithClause): string[] {
  if (format === undefined)
    return clause?.has('TIMESTAMP_FORMAT') === true
      ? [
          clause.has('TIMESTAMP')
            ? 'TIMESTAMP_FORMAT is not read: it is for a column of type STRING, and the TIMESTAMP column is of another.'
            : "TIMESTAMP_FORMAT is not read without TIMESTAMP='column', which names the column that it is for.",
        ]
      : [];
  const text = doubtsText(`TIMESTAMP_FORMAT=${formatString(format)}`, format);
  return text === undefined ? [] : [text];
}
