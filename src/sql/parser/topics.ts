import type { DropTopic } from '../ast/topics.ts';
import type { Token } from '../lexer/token.ts';
import { parseBareName } from './bare-name.ts';
import type { Cursor } from './cursor.ts';

/** Parses what follows DROP TOPIC. */
export function parseDropTopic(c: Cursor, start: Token): DropTopic {
  const ifExists = c.isWord('IF') && c.peek().text === 'EXISTS' && c.acceptWords('IF', 'EXISTS');
  const topic = parseBareName(c).written;
  return { kind: 'DropTopic', span: c.spanFrom(start), ifExists, topic };
}
