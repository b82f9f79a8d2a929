import type { AlterSystem, SessionStatement, TerminateCluster, TerminateQuery } from '../ast/session.ts';
import type { Identifier } from '../ast/node.ts';
import type { Token } from '../lexer/token.ts';
import { isVariableName } from '../variables.ts';
import { parseBareName, resolveBareName } from './bare-name.ts';
import type { Cursor } from './cursor.ts';
import { buildError } from './syntax-error.ts';

/** Parses what follows SET: `'name' = 'value'`. */
export function parseSet(c: Cursor, start: Token): SessionStatement {
  const name = c.expectClass('string', 'STRING').text;
  c.expect('=');
  const value = c.expectClass('string', 'STRING').text;
  return { kind: 'SetProperty', span: c.spanFrom(start), name, value };
}

/** Parses what follows UNSET. */
export function parseUnset(c: Cursor, start: Token): SessionStatement {
  const name = c.expectClass('string', 'STRING').text;
  return { kind: 'UnsetProperty', span: c.spanFrom(start), name };
}

/** Parses what follows ALTER SYSTEM. */
export function parseAlterSystem(c: Cursor, start: Token): AlterSystem {
  const name = c.expectClass('string', 'STRING').text;
  c.expect('=');
  const value = c.expectClass('string', 'STRING').text;
  return { kind: 'AlterSystem', span: c.spanFrom(start), name, value };
}

/** Parses what follows DEFINE: `name = 'value'`. */
export function parseDefine(c: Cursor, start: Token): SessionStatement {
  const name = variableName(c);
  c.expect('=');
  const value = c.expectClass('string', 'STRING').text;
  return { kind: 'DefineVariable', span: c.spanFrom(start), name, value };
}

/** Parses what follows UNDEFINE. */
export function parseUndefine(c: Cursor, start: Token): SessionStatement {
  const name = variableName(c);
  return { kind: 'UndefineVariable', span: c.spanFrom(start), name };
}

function variableName(c: Cursor): string {
  const token = c.token;
  const raw = c.rawText();
  const identifier = c.identifier();
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
export function parseTerminate(c: Cursor, start: Token): TerminateQuery | TerminateCluster {
  if (c.isWord('CLUSTER')) {
    c.advance();
    return { kind: 'TerminateCluster', span: c.spanFrom(start) };
  }
  const query = queryOrAll(c);
  return { kind: 'TerminateQuery', span: c.spanFrom(start), query };
}

/** Parses what follows PAUSE. */
export function parsePauseQuery(c: Cursor, start: Token): SessionStatement {
  const query = queryOrAll(c);
  return { kind: 'PauseQuery', span: c.spanFrom(start), query };
}

/** Parses what follows RESUME. */
export function parseResumeQuery(c: Cursor, start: Token): SessionStatement {
  const query = queryOrAll(c);
  return { kind: 'ResumeQuery', span: c.spanFrom(start), query };
}

function queryOrAll(c: Cursor): Identifier | null {
  if (c.acceptWord('ALL')) return null;
  return parseQueryId(c);
}

/** A query's id: in upper case when it is a plain word, as written when it is quoted or contains a hyphen or a dot. */
export function parseQueryId(c: Cursor): Identifier {
  if (c.is('string')) return c.identifier();
  const bare = parseBareName(c);
  const name = resolveBareName(bare);
  return {
    kind: 'Identifier',
    span: bare.span,
    name,
    quoted: bare.quoting !== 'none' || !/^[A-Za-z_]/.test(bare.written),
  };
}
