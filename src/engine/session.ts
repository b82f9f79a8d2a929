import { KEYS } from '../config/keys.ts';
import type { Config, Overrides } from '../base/config/config.ts';
import { checkProperty, isOfServer } from '../config/server-config.ts';
import { SluiceError } from '../base/errors.ts';
import { SERVER_ITSELF, type Caller } from '../base/rights.ts';

/**
 * What SET and DEFINE change: properties and variables. In the REST API it lives for one request; a console keeps its
 * own copy and sends it each time.
 */
export class Session {
  readonly properties: Map<string, unknown>;
  /** Names are upper-cased, since variables ignore case. */
  readonly variables: Map<string, string>;
  /** The caller, whose rights decide what the session may do. */
  readonly caller: Caller;

  constructor(
    properties: Overrides = {},
    variables: Readonly<Record<string, string>> = {},
    caller: Caller = SERVER_ITSELF,
  ) {
    this.caller = caller;
    this.properties = new Map(Object.entries(properties));
    this.variables = new Map(Object.entries(variables));
  }

  copy(): Session {
    return new Session(Object.fromEntries(this.properties), Object.fromEntries(this.variables), this.caller);
  }

  /** The server's configuration with those of this session's overrides that are permitted. */
  config(server: Config): Config {
    if (this.properties.size === 0) return server;
    return server.with(Object.fromEntries([...this.properties].filter(([name]) => !isOfServer(name))));
  }

  /** The overrides as text, for the command log. */
  overrides(): Record<string, string> {
    return Object.fromEntries([...this.properties].map(([name, value]) => [name, String(value)]));
  }
}

/**
 * Checks the session of a request.
 * @throws SluiceError BAD_REQUEST for unknown, invalid or prohibited properties, REJECTED for too many
 */
export function checkSession(session: Session, server: Config): void {
  checkCount(session.variables.size, 'variables', server);
  checkCount(session.properties.size, 'properties', server);
  checkOverrides(server, Object.fromEntries(session.properties));
}

/** Checks the number of items in a request. @throws SluiceError REJECTED */
export function checkCount(count: number, what: string, server: Config): void {
  const most = server.get(KEYS.sessionMaxEntries);
  if (count <= most) return;
  const { name } = KEYS.sessionMaxEntries;
  throw new SluiceError('REJECTED', `The session has more than ${most} ${what} (${name})`, {
    hint: `UNDEFINE and UNSET take some away; ${name} in the server's configuration is the limit.`,
  });
}

/** Checks a request's overrides. @throws SluiceError BAD_REQUEST for unknown, invalid or prohibited properties */
export function checkOverrides(server: Config, overrides: Overrides): void {
  const denied = new Set(server.get(KEYS.propertiesOverridesDenylist));
  const prohibited = Object.keys(overrides).filter((name) => denied.has(name));
  if (prohibited.length > 0) {
    throw new SluiceError(
      'BAD_REQUEST',
      `One or more properties overrides set locally are prohibited by the KSQL server (use UNSET to reset their default value): [${prohibited.join(', ')}]`,
    );
  }
  for (const [name, value] of Object.entries(overrides)) checkProperty(name, value);
}
