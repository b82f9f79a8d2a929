import type { AlterSecret, CreateSecret, DropSecret } from '../ast/secrets.ts';
import type { Token } from '../lexer/token.ts';
import { parseBareName, resolveBareName } from './bare-name.ts';
import { bareNames, connectorProperties } from './connectors.ts';
import type { Cursor } from './cursor.ts';

/** Parses what follows CREATE [OR REPLACE] SECRET. */
export function parseCreateSecret(cursor: Cursor, start: Token, orReplace: boolean): CreateSecret {
  const ifNotExists =
    !orReplace && cursor.isWord('IF') && cursor.peek().text === 'NOT' && cursor.acceptWords('IF', 'NOT', 'EXISTS');
  const name = resolveBareName(parseBareName(cursor));
  cursor.expectWord('WITH');
  const properties = connectorProperties(cursor);
  return { kind: 'CreateSecret', span: cursor.spanFrom(start), orReplace, ifNotExists, name, properties };
}

/** Parses what follows ALTER SECRET. */
export function parseAlterSecret(cursor: Cursor, start: Token): AlterSecret {
  const name = resolveBareName(parseBareName(cursor));
  if (cursor.acceptWord('RESET')) {
    const reset = bareNames(cursor);
    return { kind: 'AlterSecret', span: cursor.spanFrom(start), name, properties: [], reset };
  }
  cursor.expectWord('SET');
  const properties = connectorProperties(cursor);
  return { kind: 'AlterSecret', span: cursor.spanFrom(start), name, properties, reset: [] };
}

/** Parses what follows DROP SECRET. */
export function parseDropSecret(cursor: Cursor, start: Token): DropSecret {
  const ifExists = cursor.isWord('IF') && cursor.peek().text === 'EXISTS' && cursor.acceptWords('IF', 'EXISTS');
  const name = resolveBareName(parseBareName(cursor));
  return { kind: 'DropSecret', span: cursor.spanFrom(start), name, ifExists };
}
