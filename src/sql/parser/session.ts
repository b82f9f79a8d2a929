import type { AlterSystem, SessionStatement, TerminateCluster, TerminateQuery } from '../ast/session.ts';
import type { Identifier } from '../ast/node.ts';
import type { Token } from '../lexer/token.ts';
import { isVariableName } from '../variables.ts';
import { parseBareName, resolveBareName } from './bare-name.ts';
import type { Cursor } from './cursor.ts';
import { buildError } from './syntax-error.ts';

/** Parses what follows SET: `'name' = 'value'`. */
export function parseSet(cursor: Cursor, start: Token): SessionStatement {
  const name = cursor.expectClass('string', 'STRING').text;
  cursor.expect('=');
  const value = cursor.expectClass('string', 'STRING').text;
  return { kind: 'SetProperty', span: cursor.spanFrom(start), name, value };
}

/** Parses what follows UNSET. */
export function parseUnset(cursor: Cursor, start: Token): SessionStatement {
  const name = cursor.expectClass('string', 'STRING').text;
  return { kind: 'UnsetProperty', span: cursor.spanFrom(start), name };
}

/** Parses what follows ALTER SYSTEM. */
export function parseAlterSystem(cursor: Cursor, start: Token): AlterSystem {
  const name = cursor.expectClass('string', 'STRING').text;
  cursor.expect('=');
  const value = cursor.expectClass('string', 'STRING').text;
  return { kind: 'AlterSystem', span: cursor.spanFrom(start), name, value };
}

/** Parses what follows DEFINE: `name = 'value'`. */
export function parseDefine(cursor: Cursor, start: Token): SessionStatement {
  const name = variableName(cursor);
  cursor.expect('=');
  const value = cursor.expectClass('string', 'STRING').text;
  return { kind: 'DefineVariable', span: cursor.spanFrom(start), name, value };
}

/** Parses what follows UNDEFINE. */
export function parseUndefine(cursor: Cursor, start: Token): SessionStatement {
  const name = variableName(cursor);
  return { kind: 'UndefineVariable', span: cursor.spanFrom(start), name };
}

function variableName(cursor: Cursor): string {
  const token = cursor.token;
  const raw = cursor.rawText();
  const identifier = cursor.identifier();
  const name = token.kind === 'word' ? raw : identifier.name;
  if (!isVariableName(name)) {
    throw buildError(
      `Illegal variable name: '${name}'. It starts with a letter or _, and holds letters, digits and _.`,
      identifier.span,
    );
  }
  return name;
}

/** Parses what follows TERMINATE. */
export function parseTerminate(cursor: Cursor, start: Token): TerminateQuery | TerminateCluster {
  if (cursor.isWord('CLUSTER')) {
    cursor.advance();
    return { kind: 'TerminateCluster', span: cursor.spanFrom(start) };
  }
  const query = queryOrAll(cursor);
  return { kind: 'TerminateQuery', span: cursor.spanFrom(start), query };
}

/** Parses what follows PAUSE. */
export function parsePauseQuery(cursor: Cursor, start: Token): SessionStatement {
  const query = queryOrAll(cursor);
  return { kind: 'PauseQuery', span: cursor.spanFrom(start), query };
}

/** Parses what follows RESUME. */
export function parseResumeQuery(cursor: Cursor, start: Token): SessionStatement {
  const query = queryOrAll(cursor);
  return { kind: 'ResumeQuery', span: cursor.spanFrom(start), query };
}

function queryOrAll(cursor: Cursor): Identifier | null {
  if (cursor.acceptWord('ALL')) return null;
  return parseQueryId(cursor);
}

/** A query's id: in upper case when it is a plain word, as written when it is quoted or contains a hyphen or a dot. */
export function parseQueryId(cursor: Cursor): Identifier {
  if (cursor.is('string')) return cursor.identifier();
  const bare = parseBareName(cursor);
  const name = resolveBareName(bare);
  return {
    kind: 'Identifier',
    span: bare.span,
    name,
    quoted: bare.quoting !== 'none' || !/^[A-Za-z_]/.test(bare.written),
  };
}
