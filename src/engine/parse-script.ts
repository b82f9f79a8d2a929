import type { Config } from '../base/config/config.ts';
import { SluiceError } from '../base/errors.ts';
import type { Stretch } from '../base/stretch.ts';
import { KEYS } from '../config/keys.ts';
import type { Limit, StatementLimits } from '../sql/limits.ts';
import { statementsAndPauses, type ParsedStatement } from '../sql/parse.ts';
import type { Session } from './session.ts';

/**
 * Parses a client's text within the configured limits and without blocking the thread.
 * @throws SluiceError SYNTAX, AST, or REJECTED when it is too large
 */
export async function parseScript(
  source: string,
  session: Session,
  server: Config,
  stretch: Stretch,
): Promise<ParsedStatement[]> {
  const substitutes = session.config(server).get(KEYS.variableSubstitutionEnable);
  const limits = statementLimits(server);
  const options = substitutes ? { variables: session.variables, limits } : { limits };
  const most = server.get(KEYS.requestMaxStatements);
  const statements: ParsedStatement[] = [];
  for (const parsed of statementsAndPauses(source, options)) {
    if (parsed !== undefined) statements.push(parsed);
    if (statements.length > most) {
      const { name } = KEYS.requestMaxStatements;
      throw new SluiceError('REJECTED', `The request has more than ${most} statements (${name})`, {
        hint: `Send it in parts; ${name} in the server's configuration is the limit. Nothing of it was carried out.`,
      });
    }
    await stretch.breathe();
  }
  return statements;
}

function statementLimits(server: Config): StatementLimits {
  const limit = (key: typeof KEYS.statementMaxTokens): Limit => ({ most: server.get(key), setting: key.name });
  return { tokens: limit(KEYS.statementMaxTokens), characters: limit(KEYS.statementMaxCharacters) };
}
