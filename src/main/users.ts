import { KEYS } from '../config/keys.ts';
import { readFileSync } from 'node:fs';
import type { Config } from '../base/config/config.ts';
import type { App } from '../server/app.ts';

/** BASIC authentication against a file of Jetty's form: `name: password,role`. Undefined: there are no users. */
export function basicAuth(config: Config): App['auth'] {
  if (config.get(KEYS.authenticationMethod) !== 'BASIC') return undefined;
  const roles = config.get(KEYS.authenticationRoles);
  const users = new Map<string, string>();
  for (const line of readFileSync(config.require(KEYS.authenticationRealm), 'utf8').split('\n')) {
    const match = /^\s*([^#:\s][^:]*):\s*([^,\s]+)\s*(?:,\s*(.*))?$/.exec(line);
    if (!match) continue;
    const own = (match[3] ?? '').split(',').map((r) => r.trim());
    if (roles.includes('*') || roles.includes('**') || own.some((r) => roles.includes(r)))
      users.set(match[1]!.trim(), match[2]!);
  }
  return {
    skipPaths: config.get(KEYS.authenticationSkipPaths),
    allows(authorization) {
      const match = /^Basic\s+(.+)$/i.exec(authorization ?? '');
      if (!match) return false;
      const [name, ...rest] = Buffer.from(match[1]!, 'base64').toString('utf8').split(':');
      return users.has(name!) && users.get(name!) === rest.join(':');
    },
  };
}
