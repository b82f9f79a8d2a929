import { SluiceError } from '../base/errors.ts';
import { RIGHTS, type Need, type Right } from '../base/rights.ts';

/** A right that a role grants; `connectors` maybe for names of a pattern alone, in which `*` stands for any text. */
interface Grant {
  readonly right: Right;
  readonly connectors?: RegExp | undefined;
}

/** What each role grants, by its name. */
export type Roles = ReadonlyMap<string, readonly Grant[]>;

/** Roles that are there without being defined; a definition of the same name goes before. */
const BUILT_IN: Readonly<Record<string, string>> = {
  reader: 'read',
  writer: 'read,write',
  connectors: 'connectors',
  admin: 'administer',
};

/** How settings that define a role begin. */
export const ROLE_PREFIX = 'authentication.role.';

/**
 * The roles of a server.
 * @param settings every setting; those that define roles are looked at: `authentication.role.etl=read,connectors:etl-*`
 * @param admitted the names that `authentication.roles` lists: one that nothing defines may do everything, as there are
 *   no rights in ksqlDB
 * @throws SluiceError CONFIG for a word that is no right
 */
export function readRoles(settings: Iterable<readonly [string, string]>, admitted: readonly string[]): Roles {
  const roles = new Map(Object.entries(BUILT_IN).map(([name, text]) => [name, grantsOf(name, text)]));
  const defined = [...settings].filter(([name]) => name.startsWith(ROLE_PREFIX));
  for (const [name, text] of defined) roles.set(name.slice(ROLE_PREFIX.length), grantsOf(name, text));
  for (const name of admitted) if (!isWildcard(name) && !roles.has(name)) roles.set(name, grantsOf(name, 'administer'));
  return roles;
}

/** `*` and `**` of `authentication.roles`: any role. */
export function isWildcard(role: string): boolean {
  return role === '*' || role === '**';
}

function grantsOf(setting: string, text: string): readonly Grant[] {
  return text
    .split(',')
    .map((word) => word.trim())
    .filter((word) => word !== '')
    .map((word) => {
      const [right, pattern] = word.split(/:(.*)/s) as [string, string | undefined];
      const isRight = (RIGHTS as readonly string[]).includes(right);
      if (!isRight || (pattern !== undefined && (right !== 'connectors' || pattern === '')))
        throw new SluiceError('CONFIG', `Invalid value for ${setting}: '${word}' is no right`, {
          hint: `Rights are ${RIGHTS.join(', ')} and connectors:PATTERN, as in connectors:orders-*.`,
        });
      return { right: right as Right, connectors: pattern === undefined ? undefined : glob(pattern) };
    });
}

/** Names of connectors are found whatever their case, so that patterns must not look at it either. */
function glob(pattern: string): RegExp {
  const escaped = pattern.split('*').map((part) => part.replaceAll(/[\\^$.*+?()[\]{}|/]/g, String.raw`\$&`));
  return new RegExp(`^${escaped.join('.*')}$`, 'is');
}

/**
 * Whether any of the roles grants what is needed. `administer` is every right, and any right lets see. A user of roles
 * that are not known may do nothing.
 */
export function isGranted(roles: Roles, names: readonly string[], need: Need): boolean {
  return names.some((name) =>
    (roles.get(name) ?? []).some((grant) => {
      if (grant.right === 'administer' || need.right === 'see') return true;
      if (grant.right !== need.right) return false;
      return grant.connectors === undefined || need.connector === undefined || grant.connectors.test(need.connector);
    }),
  );
}
