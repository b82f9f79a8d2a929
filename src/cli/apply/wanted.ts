import { isSluiceError, messageOf } from '../../base/errors.ts';
import type { Statement, StatementOf } from '../../sql/ast/statement.ts';
import { formatStatement } from '../../sql/printer/statement.ts';
import { eachStatement } from '../../sql/parse.ts';

/** A file of statements: its displayed name, and its text. */
export interface SqlFile {
  readonly name: string;
  readonly text: string;
}

/** Statements that declare what must exist. */
export type Declaration = StatementOf<
  'CreateSource' | 'CreateSourceAs' | 'InsertInto' | 'CreateType' | 'CreateConnector'
>;
/** Statements that declare what must not exist. */
export type Absence = StatementOf<'DropSource' | 'DropType' | 'DropConnector'>;

/** One statement of the declared state, with the properties that preceding SET statements of its file have set. */
export interface Wanted {
  readonly statement: Declaration | Absence;
  readonly text: string;
  /** `file:line` of its first word. */
  readonly place: string;
  readonly properties: Readonly<Record<string, string>>;
}

/** A file that does not declare a state. The message contains file and line. */
export class WantedError extends Error {}

/** Why a statement cannot be part of a declared state, by its kind. */
const NOT_A_STATE: Partial<Record<Statement['kind'], string>> = {
  AlterSource: 'ALTER says a change: write the columns into the CREATE statement, which then is replaced',
  AlterConnector: 'ALTER says a change: write the settings into the CREATE CONNECTOR statement',
  InsertValues: 'rows are no part of a state: insert them by a script (sluice cli -f) or a migration',
  Query:
    'a query answers with rows, and leaves nothing: run it in sluice cli, or write CREATE … AS SELECT for one whose result stays',
  TerminateQuery: 'TERMINATE says a change: leave the query out, and apply with --prune',
};

/**
 * Reads the declared state. SET and DEFINE apply until the end of their file.
 * @param define variables from outside, by name, not case-sensitive
 * @throws WantedError for the first file that does not parse, contains a statement that does not declare a state, or
 * declares something twice
 */
export function readWanted(files: readonly SqlFile[], define: Readonly<Record<string, string>> = {}): Wanted[] {
  const all: Wanted[] = [];
  const seen = new Map<string, string>();
  for (const file of files) {
    const properties = new Map<string, string>();
    const variables = new Map(Object.entries(define).map(([name, value]) => [name.toUpperCase(), value]));
    try {
      for (const { statement, text, span } of eachStatement(file.text, { variables })) {
        const place = `${file.name}:${span.line}`;
        switch (statement.kind) {
          case 'SetProperty':
            properties.set(statement.name, statement.value);
            break;
          case 'UnsetProperty':
            properties.delete(statement.name);
            break;
          case 'DefineVariable':
            variables.set(statement.name.toUpperCase(), statement.value);
            break;
          case 'UndefineVariable':
            variables.delete(statement.name.toUpperCase());
            break;
          case 'CreateSource':
          case 'CreateSourceAs':
          case 'InsertInto':
          case 'CreateType':
          case 'CreateConnector':
          case 'DropSource':
          case 'DropType':
          case 'DropConnector': {
            const id = identityOf(statement);
            const before = id === undefined ? undefined : seen.get(id);
            if (before !== undefined) throw new WantedError(`${place}: ${id} is in ${before} as well`);
            if (id !== undefined) seen.set(id, place);
            all.push({
              statement,
              // With the values of variables, because the server stores this text, and the next comparison reads it
              // without variables.
              text: text.includes('${') ? `${formatStatement(statement)};` : text,
              place,
              properties: Object.fromEntries(properties),
            });
            break;
          }
          default:
            throw new WantedError(
              `${place}: ${NOT_A_STATE[statement.kind] ?? 'this statement says nothing about what is to be there'}`,
            );
        }
      }
    } catch (error) {
      if (error instanceof WantedError) throw error;
      const at = isSluiceError(error) && error.span !== undefined ? `${file.name}:${error.span.line}` : file.name;
      throw new WantedError(`${at}: ${isSluiceError(error) ? error.render(file.text) : messageOf(error)}`, {
        cause: error,
      });
    }
  }
  return all;
}

/**
 * The object of a statement, such as `STREAM or TABLE A`; undefined for INSERT INTO, which may occur more than once.
 */
function identityOf(statement: Declaration | Absence): string | undefined {
  switch (statement.kind) {
    case 'InsertInto':
      return undefined;
    case 'CreateConnector':
    case 'DropConnector':
      return `connector ${statement.name.name.toUpperCase()}`;
    case 'CreateType':
    case 'DropType':
      return `type ${statement.name.name}`;
    default:
      return `stream or table ${statement.name.name}`;
  }
}

export function isDeclaration(statement: Declaration | Absence): statement is Declaration {
  return statement.kind !== 'DropSource' && statement.kind !== 'DropType' && statement.kind !== 'DropConnector';
}

/** Parses `name=value` pairs. @throws WantedError for an invalid pair */
export function readDefinitions(pairs: readonly string[]): Record<string, string> {
  const result: Record<string, string> = {};
  for (const pair of pairs) {
    const at = pair.indexOf('=');
    if (at <= 0) throw new WantedError(`--define takes NAME=VALUE, got ${pair}`);
    result[pair.slice(0, at)] = pair.slice(at + 1);
  }
  return result;
}
