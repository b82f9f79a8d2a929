import { commaList } from '../base/comma-list.ts';
import { SluiceError } from '../base/errors.ts';
import { RIGHTS, type Need, type Right } from '../base/rights.ts';

/**
 * A right that a role grants; `connectors`, `read` and `write` may be restricted to names that match a pattern, in
 * which `*` matches any text.
 */
interface Grant {
  readonly right: Right;
  readonly names?: RegExp | undefined;
}

/** Rights that may be restricted to some names. */
const NAMED: readonly string[] = ['connectors', 'read', 'write'] satisfies readonly Right[];

/** The grants of each role, by role name. */
export type Roles = ReadonlyMap<string, readonly Grant[]>;

/** Predefined roles; a definition of the same name has precedence. */
const BUILT_IN: Readonly<Record<string, string>> = {
  reader: 'read',
  writer: 'read,write',
  connectors: 'connectors',
  admin: 'administer',
};

/** Prefix of settings that define a role. */
export const ROLE_PREFIX = 'authentication.role.';

/**
 * The roles of a server.
 * @param settings all settings; only those that define roles are used:
 *   `authentication.role.etl=read:ETL_*,connectors:etl-*`
 * @param admitted the names in `authentication.roles`: an undefined role may do everything, because ksqlDB has no
 *   rights
 * @throws SluiceError CONFIG for an unknown right
 */
export function readRoles(settings: Iterable<readonly [string, string]>, admitted: readonly string[]): Roles {
  const roles = new Map(Object.entries(BUILT_IN).map(([name, text]) => [name, grantsOf(name, text)]));
  const defined = [...settings].filter(([name]) => name.startsWith(ROLE_PREFIX));
  for (const [name, text] of defined) roles.set(name.slice(ROLE_PREFIX.length), grantsOf(name, text));
  for (const name of admitted) if (!isWildcard(name) && !roles.has(name)) roles.set(name, grantsOf(name, 'administer'));
  return roles;
}

/** `*` and `**` in `authentication.roles`: any role. */
export function isWildcard(role: string): boolean {
  return role === '*' || role === '**';
}

function grantsOf(setting: string, text: string): readonly Grant[] {
  return commaList(text).map((word) => {
    const [right, pattern] = word.split(/:(.*)/s) as [string, string | undefined];
    const isRight = (RIGHTS as readonly string[]).includes(right);
    if (!isRight || (pattern !== undefined && (!NAMED.includes(right) || pattern === '')))
      throw new SluiceError('CONFIG', `Invalid value for ${setting}: '${word}' is no right`, {
        hint: `Rights are ${RIGHTS.join(', ')}, and for names of a pattern connectors:orders-*, read:ORDERS*, write:ORDERS*.`,
      });
    return { right: right as Right, names: pattern === undefined ? undefined : glob(pattern) };
  });
}

/** Names of connectors and identifiers are matched ignoring case, so patterns must ignore it too. */
function glob(pattern: string): RegExp {
  const escaped = pattern.split('*').map((part) => part.replaceAll(/[\\^$.*+?()[\]{}|/]/g, String.raw`\$&`));
  return new RegExp(`^${escaped.join('.*')}$`, 'is');
}

/**
 * Whether any of the roles grants what is needed. `administer` includes every right, and any right includes `see`. A
 * user with only unknown roles has no rights.
 */
export function isGranted(roles: Roles, names: readonly string[], need: Need): boolean {
  return names.some((name) =>
    (roles.get(name) ?? []).some((grant) => {
      if (grant.right === 'administer' || need.right === 'see') return true;
      if (grant.right !== need.right) return false;
      if (grant.names === undefined) return true;
      if (need.some === true) return true;
      // A caller with rights for some names passes this check; the operation itself then checks a name.
      if (need.right === 'connectors') return need.connector === undefined || grant.names.test(need.connector);
      return need.source !== undefined && grant.names.test(need.source);
    }),
  );
}
