import { DATABASES } from '../../src/base/databases.ts';
import { ERRORS, EXACT_CODES } from '../../src/base/errors.ts';
import type { Finding } from './finding.ts';
import { ARROWS } from './rooms.ts';

/** Files outside of the connectors that may list databases, with the reason. */
const LISTS_DATABASES: Readonly<Record<string, string>> = {
  'base/databases.ts': 'the table',
  'engine/connectors/cluster-declarations.ts': "the databases of Debezium's connectors on a Connect cluster",
};

/** Lines that name two databases: a new connector would have to be added there, where nobody looks. */
export function listedDatabases(file: string, inSource: string, code: string): Finding[] {
  if (inSource.startsWith('connect/connectors/') || LISTS_DATABASES[inSource] !== undefined) return [];
  return code.split('\n').flatMap((line, i) => {
    const named = DATABASES.filter(({ name }) => line.toLowerCase().includes(name)).map(({ name }) => name);
    return named.length < 2
      ? []
      : [
          {
            file,
            rule: 'database',
            detail: `line ${i + 1} lists ${named.join(', ')}: base/databases.ts has the names`,
          },
        ];
  });
}

/** The tables of `error_code`s: ours, and Confluent's for the schema registry. */
const TABLES_OF_CODES = ['base/errors.ts', 'formats/schema-registry/registry-errors.ts'];

/** `error_code`s that are written outside of their tables: five digits that begin with an HTTP status of an error. */
export function writtenCodes(file: string, inSource: string, code: string): Finding[] {
  if (TABLES_OF_CODES.includes(inSource)) return [];
  const known = new Set([...Object.values(ERRORS), ...Object.values(EXACT_CODES)].map((e) => String(e.restCode)));
  const written =
    /(?<key>\b(?:restCode|error_code|errorCode)"?\s*(?::|===|!==)\s*)?(?<!['\w.])(?<number>[45]\d{4})\b(?!['.|])/g;
  return [...code.matchAll(written)].flatMap(({ groups }) => {
    const number = groups?.['number'] ?? '';
    return groups?.['key'] === undefined && !known.has(number)
      ? []
      : [{ file, rule: 'code', detail: `${number} is written outside of base/errors.ts` }];
  });
}

/** SQL string literals that are quoted by hand, in rooms that may use the printer, which also escapes variables. */
export function quotedByHand(file: string, inSource: string, room: string, code: string): Finding[] {
  const allowed = ARROWS[room];
  const mayPrint = room === 'sql' || allowed === '*' || allowed?.includes('sql') === true;
  if (!mayPrint || inSource === 'sql/printer/names.ts') return [];
  return code.split('\n').flatMap((line, i) =>
    /replace(?:All)?\((?:"'"|\/'\/g), "''"\)/.test(line)
      ? [
          {
            file,
            rule: 'quoting',
            detail: `line ${i + 1} quotes a text of SQL: formatString does, and escapes variables`,
          },
        ]
      : [],
  );
}
