import { randomUUID } from 'node:crypto';
import { readFileSync } from 'node:fs';
import { createAuthenticator, type Authenticator } from '../access/authenticator.ts';
import { readRoles, ROLE_PREFIX, isGranted, isWildcard } from '../access/roles.ts';
import { tokenVerifier, type TokenVerifier } from '../access/tokens.ts';
import { readUsers, type User } from '../access/users-file.ts';
import type { Config } from '../base/config/config.ts';
import type { Env } from '../base/env.ts';
import { messageOf, SluiceError } from '../base/errors.ts';
import { KEYS } from '../config/keys.ts';
import type { Closers } from './closers.ts';
import { watchFiles } from './watch-files.ts';

/**
 * Users and roles by the settings `authentication.*`, one set for all listeners; undefined when none are configured.
 * The file of users is read again when it changes; if it then cannot be read, the users stay as they were.
 * @throws SluiceError CONFIG
 */
export async function openAccess(config: Config, env: Env, closers: Closers): Promise<Authenticator | undefined> {
  const methods = config.get(KEYS.authenticationMethod);
  const basic = methods.includes('BASIC');
  const certificates = methods.includes('CERTIFICATE');
  const tokens = methods.includes('BEARER') ? await openTokens(config) : undefined;
  if (!basic && !certificates && tokens === undefined) {
    refuseIdleRoles(config);
    return undefined;
  }
  const admitted = config.get(KEYS.authenticationRoles);
  const roles = readRoles(config.entries(), admitted);
  const file = basic || certificates ? config.require(KEYS.authenticationRealm) : undefined;
  const read = (): ReadonlyMap<string, User> => {
    const users: ReadonlyMap<string, User> = file === undefined ? new Map() : readUsers(fileText(file), file);
    const powerless = [...users.values()].filter(
      (user) =>
        !isGranted(roles, user.roles, { right: 'see' }) ||
        !(admitted.some(isWildcard) || user.roles.some((role) => admitted.includes(role))),
    );
    if (powerless.length > 0)
      env.logger.warn('Users may do nothing: no role of theirs is known and let in', {
        users: powerless.map(({ name }) => name).join(', '),
        hint: `roles are reader, writer, connectors, admin, and those of ${ROLE_PREFIX}NAME`,
      });
    return users;
  };
  let users = read();
  if (file !== undefined) {
    const every = config.get(KEYS.listenersReloadIntervalMs);
    const stop = watchFiles(
      () => [file],
      every,
      env.timers,
      () => {
        try {
          users = read();
          env.logger.info('Users were read anew', { file });
        } catch (error) {
          env.logger.error('The file of users cannot be read: users stay as they were', { error: messageOf(error) });
        }
      },
    );
    closers.push('users', async () => stop());
  }
  return createAuthenticator({
    users: () => users,
    basic,
    tokens,
    certificates,
    admitted,
    roles,
    onFault: (error) => env.logger.error('Could not look at who asks', { error: messageOf(error) }),
    nowMs: () => env.clock.monotonicMs(),
    secret: randomUUID(),
  });
}

/** Roles have no effect without authentication; users would believe that they are enforced. */
function refuseIdleRoles(config: Config): void {
  const [idle] = [...config.entries().keys()].filter((name) => name.startsWith(ROLE_PREFIX));
  if (idle !== undefined)
    throw new SluiceError('CONFIG', `${idle} has no effect without users: authentication.method is NONE`, {
      hint: 'authentication.method=BASIC, with a file of users in authentication.realm.',
    });
}

function fileText(file: string): string {
  try {
    return readFileSync(file, 'utf8');
  } catch (cause) {
    throw new SluiceError('CONFIG', `authentication.realm: cannot read '${file}': ${messageOf(cause)}`, { cause });
  }
}

async function openTokens(config: Config): Promise<TokenVerifier> {
  const audiences = config.get(KEYS.authenticationBearerAudience);
  if (audiences.length === 0)
    throw new SluiceError('CONFIG', 'authentication.bearer.audience is missing', {
      hint: 'Without it any token of the issuer would do, also those that are for other services.',
    });
  const jwks = config.get(KEYS.authenticationBearerJwks);
  return await tokenVerifier({
    issuer: config.require(KEYS.authenticationBearerIssuer),
    audiences,
    keys: jwks === undefined ? undefined : /^https?:/i.test(jwks) ? { url: jwks } : { text: keysText(jwks) },
    nameClaim: config.get(KEYS.authenticationBearerNameClaim),
    rolesClaim: config.get(KEYS.authenticationBearerRolesClaim),
  });
}

function keysText(file: string): string {
  try {
    return readFileSync(file.replace(/^file:(\/\/)?/, ''), 'utf8');
  } catch (cause) {
    throw new SluiceError('CONFIG', `authentication.bearer.jwks: cannot read '${file}': ${messageOf(cause)}`, {
      cause,
    });
  }
}
