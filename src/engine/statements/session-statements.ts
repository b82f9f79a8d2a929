import { isSluiceError, SluiceError } from '../../base/errors.ts';
import type { Span } from '../../base/span.ts';
import type { Statement, StatementOf } from '../../sql/ast/statement.ts';
import { checkOverrides } from '../session.ts';
import type { Services } from '../services.ts';
import type { Session } from '../session.ts';

type SessionKind = 'SetProperty' | 'UnsetProperty' | 'DefineVariable' | 'UndefineVariable';

/** Statements that act on the session alone. */
export function isSessionStatement(statement: Statement): statement is StatementOf<SessionKind> {
  return ['SetProperty', 'UnsetProperty', 'DefineVariable', 'UndefineVariable'].includes(statement.kind);
}

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
      return;
    default:
      if (!session.variables.delete(statement.name.toUpperCase())) {
        throw new SluiceError('REJECTED', `Cannot undefine variable '${statement.name}' which was never defined`, {
          span: statement.span,
        });
      }
  }
}

/** A refusal with the place of the statement. */
function at(span: Span, check: () => void): void {
  try {
    check();
  } catch (error) {
    if (!isSluiceError(error) || error.span !== undefined) throw error;
    const { code, message, hint, cause } = error;
    throw new SluiceError(code, message, { span, hint, cause });
  }
}
