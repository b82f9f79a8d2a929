import { SluiceError } from '../base/errors.ts';
import { readPassword, type StoredPassword } from './passwords.ts';

/** A user of the users file. */
export interface User {
  readonly name: string;
  readonly password: StoredPassword;
  readonly roles: readonly string[];
}

/**
 * Parses the users in a file of Jetty's PropertyFileLoginModule, to which ksqlDB's `authentication.realm` refers: one
 * per line, `name: password,role,...`; `#` begins a comment.
 * @param file its name, for messages
 * @throws SluiceError CONFIG naming file and line
 */
export function readUsers(text: string, file: string): ReadonlyMap<string, User> {
  const users = new Map<string, User>();
  for (const [index, line] of text.split(/\r?\n/).entries()) {
    if (/^\s*(?:[#!].*)?$/.test(line)) continue;
    const where = `${file}:${index + 1}`;
    const match = /^\s*([^:]*[^:\s])\s*:\s*([^,\s]+)\s*(?:,(.*))?$/.exec(line);
    if (match === null)
      throw new SluiceError('CONFIG', `${where} is not of the form name: password,role,...`, {
        hint: 'A comma in a password: keep its hash, which sluice password makes.',
      });
    const [, name, password, roles = ''] = match as unknown as [string, string, string, string?];
    if (users.has(name)) throw new SluiceError('CONFIG', `${where}: there is another user ${name} above`);
    const own = roles.split(',').map((role) => role.trim());
    users.set(name, { name, password: readPassword(password, where), roles: own.filter((role) => role !== '') });
  }
  return users;
}
