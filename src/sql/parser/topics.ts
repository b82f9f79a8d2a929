import type { DropTopic } from '../ast/topics.ts';
import type { Token } from '../lexer/token.ts';
import { parseBareName } from './bare-name.ts';
import type { Cursor } from './cursor.ts';

/** Parses what follows DROP TOPIC. */
export function parseDropTopic(cursor: Cursor, start: Token): DropTopic {
  const ifExists = cursor.isWord('IF') && cursor.peek().text === 'EXISTS' && cursor.acceptWords('IF', 'EXISTS');
  const topic = parseBareName(cursor).written;
  return { kind: 'DropTopic', span: cursor.spanFrom(start), ifExists, topic };
}
