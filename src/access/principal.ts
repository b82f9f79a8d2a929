import { SluiceError } from '../base/errors.ts';

/** Maps the distinguished name of a certificate to a user name; undefined when no rule matches. */
export type PrincipalMapper = (distinguishedName: string) => string | undefined;

const RULES = /\s*(?:(DEFAULT)|RULE:((?:\\.|[^\\/])*)\/((?:\\.|[^\\/])*)\/([LU]?))\s*(,|$)/y;

/**
 * Kafka's `ssl.principal.mapping.rules` (KIP-371): `RULE:pattern/replacement/[LU]` and `DEFAULT`, which is the whole
 * name; the first match counts.
 * @throws SluiceError CONFIG
 */
export function principalMapper(rules: string, setting: string): PrincipalMapper {
  const mappers: PrincipalMapper[] = [];
  const scan = new RegExp(RULES);
  for (let at = 0; at < rules.length; at = scan.lastIndex) {
    scan.lastIndex = at;
    const match = scan.exec(rules);
    if (match === null)
      throw new SluiceError('CONFIG', `Invalid value for ${setting}: no rule at '${rules.slice(at)}'`, {
        hint: 'Rules are DEFAULT and RULE:pattern/replacement/, as in RULE:^CN=([^,]+).*$/$1/L.',
      });
    const [, isDefault, pattern, replacement, letter] = match;
    mappers.push(isDefault ? (name) => name : rule(pattern!, replacement!, letter!, setting));
  }
  return (name) => {
    for (const mapper of mappers) {
      const mapped = mapper(name);
      if (mapped !== undefined) return mapped;
    }
    return undefined;
  };
}

function rule(pattern: string, replacement: string, letter: string, setting: string): PrincipalMapper {
  let expression: RegExp;
  // As in Kafka, a rule has to match the whole name.
  let whole: RegExp;
  try {
    expression = new RegExp(pattern.replaceAll(String.raw`\/`, '/'));
    whole = new RegExp(`^(?:${expression.source})$`);
  } catch (cause) {
    throw new SluiceError('CONFIG', `Invalid value for ${setting}: '${pattern}' is no regular expression`, { cause });
  }
  return (name) => {
    if (!whole.test(name)) return undefined;
    const mapped = name.replaceAll(new RegExp(expression, 'g'), replacement);
    return letter === 'L' ? mapped.toLowerCase() : letter === 'U' ? mapped.toUpperCase() : mapped;
  };
}

/**
 * The distinguished name in the form of Java's clients and rules (RFC 2253): the most specific part first.
 * @param subject of Node's X509Certificate: a line for each part, in the order of the certificate
 */
export function distinguishedName(subject: string): string {
  return subject.split('\n').toReversed().join(',');
}
