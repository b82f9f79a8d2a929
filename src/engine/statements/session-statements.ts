import { assertNever } from '../../base/assert.ts';
import { isSluiceError, SluiceError } from '../../base/errors.ts';
import type { Span } from '../../base/span.ts';
import type { Statement, StatementOf } from '../../sql/ast/statement.ts';
import { sessionDoubts, warnOfInert } from '../../config/server-settings.ts';
import type { Services } from '../services.ts';
import { checkCount, checkOverrides, type Session } from '../session.ts';
import type { OneByOne } from './executor.ts';

type SessionKind = 'SetProperty' | 'UnsetProperty' | 'DefineVariable' | 'UndefineVariable';

const SESSION_KINDS: Readonly<Record<SessionKind, true>> = {
  SetProperty: true,
  UnsetProperty: true,
  DefineVariable: true,
  UndefineVariable: true,
};

/** Statements that affect only the session. */
export function isSessionStatement(statement: Statement): statement is StatementOf<SessionKind> {
  return Object.hasOwn(SESSION_KINDS, statement.kind);
}

/** Their check affects the sandbox's copy of the session. */
export const SESSION_STATEMENT: OneByOne<StatementOf<SessionKind>, void> = {
  check: (statement, { session, services }) => applySessionStatement(statement, session, services),
  execute(statement, { session, services }) {
    applySessionStatement(statement, session, services);
    return { kind: 'none' };
  },
};

/** SET of a key without effect says so in the log. */
export const SET_PROPERTY: OneByOne<StatementOf<'SetProperty'>, void> = {
  ...SESSION_STATEMENT,
  async execute(statement, call) {
    const answer = await SESSION_STATEMENT.execute(statement, call);
    warnOfInert(statement.name, call.services.env.logger);
    const doubts = sessionDoubts(statement.name);
    return doubts.length === 0 ? answer : { kind: 'warning_entity', message: doubts.join('\n'), notes: [] };
  },
};

/** @throws SluiceError BAD_REQUEST for an unknown or prohibited property */
export function applySessionStatement(statement: StatementOf<SessionKind>, session: Session, services: Services): void {
  switch (statement.kind) {
    case 'SetProperty':
      at(statement.span, () => checkOverrides(services.config, { [statement.name]: statement.value }));
      session.properties.set(statement.name, statement.value);
      return;
    case 'UnsetProperty':
      at(statement.span, () => checkOverrides(services.config, { [statement.name]: null }));
      session.properties.delete(statement.name);
      return;
    case 'DefineVariable':
      session.variables.set(statement.name.toUpperCase(), statement.value);
      at(statement.span, () => checkCount(session.variables.size, 'variables', services.config));
      return;
    case 'UndefineVariable':
      if (!session.variables.delete(statement.name.toUpperCase())) {
        throw new SluiceError('REJECTED', `Cannot undefine variable '${statement.name}' which was never defined`, {
          span: statement.span,
        });
      }
      return;
    default:
      assertNever(statement);
  }
}

/** Adds the statement's position to an error. */
function at(span: Span, check: () => void): void {
  try {
    check();
  } catch (error) {
    if (!isSluiceError(error) || error.span !== undefined) throw error;
    const { code, message, hint, cause } = error;
    throw new SluiceError(code, message, { span, hint, cause });
  }
}
