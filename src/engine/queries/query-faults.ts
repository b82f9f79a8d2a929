import { must } from '../../base/assert.ts';
import type { Work } from '../../base/budget/work.ts';
import type { ProcessingLog, ProcessingLogEntry } from '../../base/env.ts';

/** How often handling a query's rows failed. */
export interface FaultCounts {
  /** Records that could not be read. */
  readonly unreadable: number;
  /** Expressions that failed on a row. */
  readonly failed: number;
}

const NONE: FaultCounts = { unreadable: 0, failed: 0 };

/**
 * Counts what a query could not read or compute, in addition to the processing log. Its client is told, since it would
 * otherwise see too few rows, or NULL without a reason.
 */
export class QueryFaults implements ProcessingLog {
  readonly #log: ProcessingLog;
  readonly #work: Work | undefined;
  #counts = NONE;
  #last: ProcessingLogEntry | undefined;
  #lastFailure = '';

  /** `work`: the limit for the query's rows, beyond which the query ends. */
  constructor(log: ProcessingLog, work?: Work) {
    this.#log = log;
    this.#work = work;
  }

  /** @throws SluiceError EVALUATION when a row took too many steps */
  write(entry: ProcessingLogEntry): void {
    if (entry.type === 'RECORD_PROCESSING_ERROR') this.#work?.check();
    if (entry.computing === true) this.failed((entry.quoted ?? entry).message);
    if (entry.type === 'DESERIALIZATION_ERROR') {
      this.#counts = { ...this.#counts, unreadable: this.#counts.unreadable + 1 };
      // Who asks may see what of the own rows it is.
      this.#last = { ...entry, ...entry.quoted };
    }
    this.#log.write(entry);
  }

  /** An expression failed, which no log tells. @throws SluiceError EVALUATION when the row took too many steps */
  failed(message: string): void {
    this.#work?.check();
    this.#counts = { ...this.#counts, failed: this.#counts.failed + 1 };
    this.#lastFailure = message;
  }

  /** A new object whenever there are more failures. */
  get counts(): FaultCounts {
    return this.#counts;
  }

  get last(): ProcessingLogEntry | undefined {
    return this.#last;
  }

  get lastFailure(): string {
    return this.#lastFailure;
  }
}

/** The failures of a reader, and how many of them do not concern this query. */
export interface Reading {
  readonly faults: QueryFaults;
  readonly before?: FaultCounts;
}

/** What failed with the rows, as texts for the reader: see `unreadableText` and `failedText`. */
export function faultTexts(readings: readonly Reading[]): readonly (string | undefined)[] {
  return [unreadableText(readings), failedText(readings)];
}

/** `3 records of topic orders could not be read: ...`; undefined when all could. */
function unreadableText(readings: readonly Reading[]): string | undefined {
  const count = sum(readings, 'unreadable');
  const last = readings.map((r) => r.faults.last).findLast((entry) => entry !== undefined);
  if (count === 0 || last === undefined) return undefined;
  const reason =
    last.cause === undefined || last.message.includes(last.cause) ? last.message : `${last.message}: ${last.cause}`;
  const what = count === 1 ? '1 record' : `${count} records`;
  return (
    `${what} of topic ${last.topic ?? ''} could not be read: ${must(reason.split('\n')[0], 'part of the text').replace(/\.?$/, '.')} ` +
    `${cureOf(reason)} PRINT '${last.topic ?? ''}' FROM BEGINNING LIMIT 3; shows what is there.`
  );
}

/** The usual fix, by the format reader's message. */
const CURES: readonly (readonly [when: RegExp, cure: string])[] = [
  [
    /Unknown magic byte|Data too short/i,
    "They were written without a schema registry: VALUE_FORMAT='JSON' (or KEY_FORMAT), or what they are, reads them.",
  ],
  [
    /convert string to (?:DATE|TIME\b)/,
    "In JSON a DATE is a number of days since 1970 or a text as 2024-12-31, a TIME a number of ms or a text as 23:59:59: a column of STRING takes any text, PARSE_DATE(column, 'dd.MM.yyyy') or PARSE_TIME(column, 'h:mm a') reads it by a pattern.",
  ],
  [
    /convert string to TIMESTAMP/,
    "In JSON a TIMESTAMP is a number of ms or a text as 2024-12-31T23:59:59.999Z: a column of STRING takes any text, PARSE_TIMESTAMP(column, pattern) reads it by a pattern that fits it, as 'yyyy-MM-dd HH:mm'.",
  ],
  [
    /(?:Integer|Long|Double)Deserializer is not/,
    "The KAFKA format holds numbers as bytes: KEY_FORMAT='JSON' (or VALUE_FORMAT) reads digits, a column of STRING any text.",
  ],
  [/Column count mismatch/, 'Are there as many columns, and is VALUE_DELIMITER the sign between them?'],
  [/Cannot fit decimal|out of the range/, 'Declare the column with a wider type.'],
  [
    /sourceType: TextNode, requiredType: STRUCT, path: \$(?![.\w[])/,
    "Each record is one text in quotes where an object is expected. Where a connector writes lines that are JSON, 'value.converter'='org.apache.kafka.connect.storage.StringConverter' on it has them stand as they are.",
  ],
  [
    /Can't convert type|Failed to convert string/,
    'Declare the column as what the records hold; a STRING takes anything, as JSON.',
  ],
];

/** What mends just that reason; undefined where there is only the general advice on columns and their types. */
export function specificCure(reason: string): string | undefined {
  const cure = CURES.find(([when]) => when.test(reason))?.[1];
  return cure === CURES.at(-1)?.[1] ? undefined : cure;
}

function cureOf(reason: string): string {
  return CURES.find(([when]) => when.test(reason))?.[1] ?? 'Does the format fit?';
}

/** `2 expressions failed ...: / by zero`; undefined when none did. */
function failedText(readings: readonly Reading[]): string | undefined {
  const count = sum(readings, 'failed');
  const last = readings.map((r) => r.faults.lastFailure).findLast((message) => message !== '');
  if (count === 0 || last === undefined) return undefined;
  const what = count === 1 ? '1 expression' : `${count} expressions`;
  const cure = / by zero/i.test(last) ? ' CASE WHEN divisor <> 0 THEN … ELSE … END gives another value.' : '';
  return (
    `${what} failed: ${must(last.split('\n')[0], 'part of the text').replace(/\.?$/, '.')} ` +
    `A column whose expression fails is NULL, and a condition that fails leaves its row out.${cure}`
  );
}

function sum(readings: readonly Reading[], kind: keyof FaultCounts): number {
  return readings.reduce((all, { faults, before = NONE }) => all + faults.counts[kind] - before[kind], 0);
}
