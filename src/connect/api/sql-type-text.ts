import {
  array,
  BIGINT,
  BOOLEAN,
  BYTES,
  DATE,
  decimal,
  DOUBLE,
  INTEGER,
  map,
  STRING,
  struct,
  TIME,
  TIMESTAMP,
  type SqlType,
  type StructField,
} from '../../types/sql-type.ts';
import { ConnectError } from './errors.ts';

const SIMPLE: Readonly<Record<string, SqlType>> = {
  BOOLEAN,
  INTEGER,
  INT: INTEGER,
  BIGINT,
  DOUBLE,
  STRING,
  VARCHAR: STRING,
  BYTES,
  DATE,
  TIME,
  TIMESTAMP,
};

/**
 * Parses the output of formatType in types/sql-type.ts: ``STRUCT<`A` INTEGER, `B` ARRAY<STRING>>``.
 * @throws ConnectError naming the position
 */
export function parseTypeText(text: string): SqlType {
  let at = 0;
  const blanks = (): void => {
    while (text[at] === ' ') at++;
  };
  const fail = (expected: string): never => {
    throw new ConnectError(`Cannot read the SQL type '${text}': expected ${expected} at position ${at + 1}`);
  };
  const take = (symbol: string): void => {
    blanks();
    if (text[at] !== symbol) fail(`'${symbol}'`);
    at++;
  };
  const peek = (symbol: string): boolean => {
    blanks();
    return text[at] === symbol;
  };
  const match = (pattern: RegExp, what: string): string => {
    blanks();
    pattern.lastIndex = at;
    const found = pattern.exec(text);
    if (!found) return fail(what);
    at += found[0].length;
    return found[0];
  };
  const name = (): string => {
    blanks();
    if (text[at] !== '`') return match(/[A-Za-z_@][\w@]*/y, 'a name');
    const quoted = match(/`(?:[^`]|``)*`/y, 'a closing back-quote');
    return quoted.slice(1, -1).replaceAll('``', '`');
  };
  const type = (): SqlType => {
    const word = match(/[A-Za-z]+/y, 'a type').toUpperCase();
    switch (word) {
      case 'ARRAY': {
        take('<');
        const element = type();
        take('>');
        return array(element);
      }
      case 'MAP': {
        take('<');
        const key = type();
        take(',');
        const value = type();
        take('>');
        return map(key, value);
      }
      case 'STRUCT': {
        take('<');
        const fields: StructField[] = [];
        while (!peek('>')) {
          if (fields.length > 0) take(',');
          const field = name();
          fields.push({ name: field, type: type() });
        }
        take('>');
        return struct(fields);
      }
      case 'DECIMAL': {
        take('(');
        const precision = Number(match(/\d+/y, 'a precision'));
        take(',');
        const scale = Number(match(/\d+/y, 'a scale'));
        take(')');
        return decimal(precision, scale);
      }
      default: {
        const simple = SIMPLE[word] ?? fail('a type');
        // The length in VARCHAR(n) has no effect.
        if (word === 'VARCHAR' && peek('(')) match(/\(\s*\w+\s*\)/y, 'a length');
        return simple;
      }
    }
  };
  const parsed = type();
  blanks();
  if (at < text.length) fail('the end');
  return parsed;
}
