import type { AlterSecret, CreateSecret, DropSecret } from '../ast/secrets.ts';
import type { Token } from '../lexer/token.ts';
import { parseBareName, resolveBareName } from './bare-name.ts';
import { bareNames, connectorProperties } from './connectors.ts';
import type { Cursor } from './cursor.ts';

/** Parses what follows CREATE [OR REPLACE] SECRET. */
export function parseCreateSecret(c: Cursor, start: Token, orReplace: boolean): CreateSecret {
  const ifNotExists = !orReplace && c.isWord('IF') && c.peek().text === 'NOT' && c.acceptWords('IF', 'NOT', 'EXISTS');
  const name = resolveBareName(parseBareName(c));
  c.expectWord('WITH');
  const properties = connectorProperties(c);
  return { kind: 'CreateSecret', span: c.spanFrom(start), orReplace, ifNotExists, name, properties };
}

/** Parses what follows ALTER SECRET. */
export function parseAlterSecret(c: Cursor, start: Token): AlterSecret {
  const name = resolveBareName(parseBareName(c));
  if (c.acceptWord('RESET')) {
    const reset = bareNames(c);
    return { kind: 'AlterSecret', span: c.spanFrom(start), name, properties: [], reset };
  }
  c.expectWord('SET');
  const properties = connectorProperties(c);
  return { kind: 'AlterSecret', span: c.spanFrom(start), name, properties, reset: [] };
}

/** Parses what follows DROP SECRET. */
export function parseDropSecret(c: Cursor, start: Token): DropSecret {
  const ifExists = c.isWord('IF') && c.peek().text === 'EXISTS' && c.acceptWords('IF', 'EXISTS');
  const name = resolveBareName(parseBareName(c));
  return { kind: 'DropSecret', span: c.spanFrom(start), name, ifExists };
}
