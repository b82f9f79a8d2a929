import type { Finding } from './finding.ts';

/**
 * Durations have a unit in their names: Ms, Us, Seconds. (Timestamps of records are always in ms since the epoch, as in
 * Kafka, and are called timestamp or time; sizes in bytes are called bytes; an offset is always a record's offset in
 * its partition.)
 */
const LENGTH_OF_TIME =
  /\b(?:[a-z]\w*)?(?:[tT]imeout|[dD]eadline|[dD]elay|[dD]uration|[bB]ackoff|[eE]lapsed|[pP]atience|[iI]nterval|[rR]etention|[gG]race)\??: number\b/;

/** Files that implement interfaces of libraries, which determine the names. */
const NAMED_BY_LIBRARIES = ['src/connect/connectors/sqlite/driver.ts', 'src/main/vault.ts'];

export function unitless(file: string, text: string): Finding[] {
  if (NAMED_BY_LIBRARIES.includes(file)) return [];
  return text.split('\n').flatMap((line, i) => {
    const found = LENGTH_OF_TIME.exec(line);
    return found === null
      ? []
      : [{ file: `${file}:${i + 1}`, rule: 'unit', detail: `${found[0]} does not say its unit` }];
  });
}

/**
 * The measure of parameters with these names. Parameters of different measures need the types in base/quantities.ts.
 */
const MEASURES: readonly (readonly [measure: string, name: RegExp])[] = [
  ['offset', /^(?:offset|\w*Offset)$/],
  ['partition', /^(?:partition|\w*Partition)$/],
  ['point in time', /^(?:time|timestamp|\w+Time|\w*Timestamp|timestampMs|nowMs)$/],
  ['length of time', /^(?:ms|\w+Ms)$/],
  ['bytes', /^(?:bytes|\w+Bytes)$/],
  ['id', /^(?:id|\w+Id|generation)$/],
];

/** Adjacent parameters that are plain numbers of different measures: a caller could swap them without an error. */
export function confusable(file: string, text: string): Finding[] {
  const measureOf = (name: string): string | undefined => MEASURES.find(([, pattern]) => pattern.test(name))?.[0];
  return [...text.matchAll(/\b(\w+)\??: number,\s*(?=(\w+)\??: number\b)/g)].flatMap((found) => {
    const [, first = '', second = ''] = found;
    const [a, b] = [measureOf(first), measureOf(second)];
    if (a === undefined || b === undefined || a === b) return [];
    const line = text.slice(0, found.index).split('\n').length;
    const detail = `${first} and ${second} are numbers that can be exchanged: base/quantities.ts has types for them`;
    return [{ file: `${file}:${line}`, rule: 'quantity', detail }];
  });
}

/** Private members must use #, because the keyword `private` has no effect at run time. */
export function privateMembers(file: string, text: string): Finding[] {
  return text.split('\n').flatMap((line, i) => {
    const found = /^\s+private (?!constructor\b)(?:(?:static|readonly|async|get|set|override) )*([\w$]+)/.exec(line);
    return found === null
      ? []
      : [{ file: `${file}:${i + 1}`, rule: 'private', detail: `${found[1]} is to be #${found[1]}` }];
  });
}
