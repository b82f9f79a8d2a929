import { isSluiceError } from '../../base/errors.ts';
import type { Statement } from '../ast/statement.ts';
import { visit } from '../ast/visit.ts';
import { isReserved, KEYWORDS, TYPE_NAMES } from '../keywords.ts';
import { scanProperties } from '../lexer/raw-properties.ts';
import { skipTrivia } from '../lexer/trivia.ts';
import { parseStatement } from '../parse.ts';
import { splitStatements } from '../split.ts';
import type { Variables } from '../variables.ts';
import { type Comment, concat, type Doc, group, indent, LINE, remark, render, SOFT_LINE } from './layout.ts';
import { commentsIn, piecesOf, type IsKeyword } from './pieces.ts';
import { statementDoc, withComments } from './statement.ts';

export interface FormatOptions {
  /** The target length of a line, in characters; default 80. A line that cannot be broken may be longer. */
  readonly width?: number;
  /** The session variables that were defined (DEFINE) before this text. */
  readonly variables?: Variables;
}

const WIDTH = 80;

/**
 * A script in canonical form: keywords in upper case, one clause per line when a statement does not fit on one line.
 * Words, strings, comments, their order and the meaning of each statement do not change; a statement that does not
 * parse is left as it is. Formatting is idempotent. Never throws.
 */
export function formatSql(text: string, { width = WIDTH, variables = new Map() }: FormatOptions = {}): string {
  const { statements, rest, restStart } = splitStatements(text);
  const known = new Map(variables);
  const out: string[] = [];
  let end = 0;
  for (const { text: statement, start, end: next } of statements) {
    out.push(between(text.slice(end, start), out.length === 0));
    out.push(formatStatement(statement, known, width));
    end = next;
  }
  out.push(between(text.slice(restStart, restStart + leading(rest)), out.length === 0));
  out.push(rest.slice(leading(rest)).trimEnd());
  const whole = out.join('').trimEnd();
  return whole === '' || !text.endsWith('\n') ? whole : `${whole}\n`;
}

/** The length of the whitespace and comments at the start of a text, in characters. */
function leading(text: string): number {
  const at = skipTrivia(text, 0);
  return at < 0 ? -1 - at : at;
}

/** The comments between two statements; one or more empty lines become one. */
function between(gap: string, isFirst: boolean): string {
  const { behind, before } = commentsIn(gap, isFirst);
  let written = behind.map((c) => ` ${c.text}`).join('');
  let from = behind.reduce((at, c) => gap.indexOf(c.text, at) + c.text.length, 0);
  for (const { text } of before) {
    const at = gap.indexOf(text, from);
    written += lineEnds(gap.slice(from, at), isFirst && written === '') + text;
    from = at + text.length;
  }
  return written + lineEnds(gap.slice(from), isFirst && written === '');
}

function lineEnds(blanks: string, isFirst: boolean): string {
  return isFirst ? '' : (blanks.match(/\n/g) ?? []).length > 1 ? '\n\n' : '\n';
}

function formatStatement(text: string, variables: Map<string, string>, width: number): string {
  let statement: Statement;
  try {
    statement = parseStatement(text, { variables, testStatements: true });
  } catch (error) {
    if (!isSluiceError(error)) throw error;
    return text;
  }
  if (statement.kind === 'DefineVariable') variables.set(statement.name.toUpperCase(), statement.value);
  const inner = innermost(statement);
  const isKeyword = keywordsOf(statement, text);
  try {
    switch (inner.kind) {
      case 'Query':
      case 'CreateSource':
      case 'CreateSourceAs':
      case 'AlterSource':
      case 'CreateType':
      case 'InsertValues':
      case 'InsertInto':
        return render(statementDoc(piecesOf(text, 0, text.length, variables, isKeyword), statement), width);
      case 'CreateConnector':
      case 'AlterConnector': {
        const doc = connectorDoc(text, inner.name.span.end, isKeyword, variables);
        if (doc !== undefined) return render(doc, width);
      }
    }
  } catch (error) {
    if (!isSluiceError(error)) throw error;
  }
  // Names of objects outside of SQL are written without quotes, and may be keywords.
  return (
    [plain(text, isKeyword), plain(text, (word) => isReserved(word)), plain(text, () => false)].find(
      (written) =>
        written !== undefined && isSame(statement, parseStatement(written, { variables, testStatements: true })),
    ) ?? text
  );
}

/** The statement inside EXPLAIN and IN CLUSTER. */
function innermost(statement: Statement): Statement {
  if (statement.kind === 'Explain' && statement.statement !== null) return innermost(statement.statement);
  return statement.kind === 'InCluster' ? innermost(statement.statement) : statement;
}

/** Kinds of nodes that begin with a name of the user's choice. */
const NAMES: ReadonlySet<string> = new Set([
  'Identifier',
  'ColumnReference',
  'LambdaVariable',
  'FunctionCall',
  'Lambda',
  'TypeReference',
  'StructField',
  'StructEntry',
  'ColumnDefinition',
  'ConnectorName',
  'Property',
  'ConnectorProperty',
  'AllColumns',
]);
const TYPES: ReadonlySet<string> = new Set(TYPE_NAMES);

/** A word that is used as a name is not a keyword, unless it is reserved. */
function keywordsOf(statement: Statement, text: string): IsKeyword {
  const names = new Set<number>();
  visit(statement, (node) => {
    if (NAMES.has(node.kind)) names.add(node.span.start);
  });
  return (word, start) => {
    if (!Object.hasOwn(KEYWORDS, word) && !TYPES.has(word)) return false;
    if (isReserved(word)) return true;
    return !names.has(start) && !/(?:\.|->)\s*$/.test(text.slice(Math.max(0, start - 8), start));
  };
}

/**
 * CREATE and ALTER CONNECTOR: the properties have their own grammar, and are written one per line. Undefined when the
 * statement has no properties.
 */
function connectorDoc(text: string, nameEnd: number, isKeyword: IsKeyword, variables: Variables): Doc | undefined {
  const open = parenthesisOf(text, nameEnd, variables);
  if (open === undefined) return undefined;
  const properties = scanProperties(text, open + 1);
  const head = plain(text.slice(0, open), isKeyword);
  const tail = plain(text.slice(properties.ok ? properties.end : open), (word) => isReserved(word));
  if (!properties.ok || properties.entries.length === 0 || head === undefined || tail === undefined) return undefined;
  const lines: Doc[] = [];
  let from = open + 1;
  let behind: readonly Comment[] = [];
  for (const [i, { start, end }] of properties.entries.entries()) {
    const gap = commentsIn(text.slice(from, start));
    if (i > 0) lines.push(',');
    lines.push(...(i === 0 ? [...behind, ...gap.behind] : gap.behind).map(remark), i === 0 ? SOFT_LINE : LINE);
    lines.push(withComments(property(text.slice(start, end)), gap.before, []));
    from = end;
    behind = [];
  }
  const last = commentsIn(text.slice(from, properties.end - 1));
  lines.push(...last.behind.map(remark), ...last.before.map(remark));
  return concat(
    `${head} (`,
    group(concat(indent(concat(...lines)), SOFT_LINE, ')')),
    tail === ';' || tail === '' ? tail : ` ${tail}`,
  );
}

/** The start of the property list. Only the text before it is read, because what follows is not SQL. */
function parenthesisOf(text: string, from: number, variables: Variables): number | undefined {
  const at = text.indexOf('(', from);
  if (at === -1) return undefined;
  const pieces = piecesOf(text, from, at, variables, () => true);
  return /^(?:WITH|SET)$/.test(pieces.at(-1)?.word ?? '') ? at : undefined;
}

/** `key=value`: without whitespace around the sign, unless there is a comment. */
function property(written: string): string {
  const parts = /^('(?:[^']|'')*'|"(?:[^"]|"")*"|`(?:[^`]|``)*`|[^\s=,()'"`]+)\s*=\s*(?!--|\/\*)/.exec(written);
  return parts === null ? written : `${parts[1]}=${written.slice(parts[0].length)}`;
}

/** Whether two trees are equal apart from their positions in the text. */
function isSame(a: unknown, b: unknown): boolean {
  if (typeof a !== 'object' || a === null || typeof b !== 'object' || b === null) return Object.is(a, b);
  const [left, right] = [Object.entries(a), Object.entries(b)];
  return (
    left.length === right.length &&
    left.every(([key, value]) => key === 'span' || isSame(value, (b as Readonly<Record<string, unknown>>)[key]))
  );
}

/** The text with one space between words and with keywords in upper case; undefined when it contains a comment. */
function plain(text: string, isKeyword: IsKeyword): string | undefined {
  let out = '';
  let pos = 0;
  for (const match of text.matchAll(/'(?:[^']|'')*'|"(?:[^"]|"")*"|`(?:[^`]|``)*`|(\s+)|(--|\/\*|\\)|([\w$.@-]+)/g)) {
    const [piece, blanks, comment, word] = match;
    if (comment !== undefined) return undefined;
    out += text.slice(pos, match.index);
    pos = match.index + piece.length;
    if (blanks !== undefined) out += ' ';
    else if (word !== undefined) out += isKeyword(word.toUpperCase(), match.index) ? word.toUpperCase() : word;
    else out += piece;
  }
  return (out + text.slice(pos)).trim().replace(/ ;$/, ';');
}
