import type { ConfigValue } from '../../base/config/key.ts';
import { group, guard, server, validated } from '../server-key.ts';

const METHODS = ['NONE', 'BASIC', 'BEARER', 'CERTIFICATE'];

function methodFault(value: ConfigValue): string | undefined {
  const methods = Array.isArray(value) ? (value as readonly string[]) : [];
  if (methods.some((method) => !METHODS.includes(method))) return `List must be of: ${METHODS.join(', ')}`;
  return methods.includes('NONE') && methods.length > 1 ? 'NONE stands alone' : undefined;
}

/** Authentication and authorization. */
export const ACCESS_KEYS = group(
  'Users and rights',
  {
    high: ['authenticationMethod'],
    medium: [
      'authenticationRealm',
      'authenticationRoles',
      'authenticationBearerIssuer',
      'authenticationBearerAudience',
      'authenticationBearerJwks',
      'auditLogFile',
    ],
  },
  {
    authenticationMethod: guard(
      validated(
        server(
          'authentication.method',
          'LIST',
          'NONE',
          'How users of every listener show who they are: BASIC (passwords in authentication.realm), BEARER (tokens of an issuer), CERTIFICATE (of their own, see ssl.client.authentication), or several; NONE: there are no users.',
        ),
        methodFault,
      ),
    ),
    authenticationRealm: guard(
      server(
        'authentication.realm',
        'STRING',
        null,
        'File of users: lines `name: password,role...`; `sluice password` makes a password’s hash.',
      ),
    ),
    authenticationRoles: guard(
      server(
        'authentication.roles',
        'LIST',
        '*',
        'Roles that may use the server, `*` for any. What they may do: reader, writer, connectors, admin, and `authentication.role.NAME=RIGHT,...`; one that is named here and defined nowhere may do everything, as in ksqlDB.',
      ),
    ),
    authenticationSkipPaths: guard(
      server(
        'authentication.skip.paths',
        'LIST',
        '',
        'Paths that need no authentication; `*` at the end for all that begin so.',
      ),
    ),
    authenticationBearerIssuer: guard(
      server('authentication.bearer.issuer', 'STRING', null, 'Who signs tokens: their `iss`, an https address.'),
    ),
    authenticationBearerAudience: guard(
      server(
        'authentication.bearer.audience',
        'LIST',
        null,
        'For whom tokens must be: one of these is among their `aud`.',
      ),
    ),
    authenticationBearerJwks: guard(
      server(
        'authentication.bearer.jwks',
        'STRING',
        null,
        'The issuer’s public keys (JSON Web Key Set): a URL, or a file. Default: where the issuer’s /.well-known/openid-configuration says.',
      ),
    ),
    authenticationBearerNameClaim: guard(
      server('authentication.bearer.name.claim', 'STRING', 'sub', 'Where in a token the user’s name is.'),
    ),
    authenticationBearerRolesClaim: guard(
      server(
        'authentication.bearer.roles.claim',
        'STRING',
        'roles',
        'Where in a token the user’s roles are, a list or words: `scope`, or `realm_access.roles` within an object.',
      ),
    ),
    sslPrincipalMappingRules: guard(
      server(
        'ssl.principal.mapping.rules',
        'STRING',
        'DEFAULT',
        'How the name of a certificate becomes a user’s: `RULE:pattern/replacement/[LU]` and DEFAULT, the first that matches, as in Kafka. `RULE:^CN=([^,]+).*$/$1/` is its CN.',
      ),
    ),
    auditLogFile: guard(
      server(
        'audit.log.file',
        'STRING',
        null,
        'File of the audit log: a line of JSON for whatever changes something or was denied. Default: lines of level info in the server’s own log.',
      ),
    ),
  },
);
