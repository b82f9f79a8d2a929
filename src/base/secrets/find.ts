import { must } from '../assert.ts';
import { isSecretName } from './names.ts';

/** Shown in the place of a secret: Connect's text for a hidden value. */
export const HIDDEN = '[hidden]';

/** `${file:/etc/x:pw}` refers to a secret, and is none. */
export function isReference(text: string): boolean {
  return /^\$\{[^}]+\}$/.test(text);
}

/** A secret inside a text: from `start` to before `end`. */
export interface SecretRange {
  readonly start: number;
  readonly end: number;
}

/** A form in which secrets stand in texts: the group `secret`, where the group `name` (if there is one) names one. */
const ANYWHERE: readonly RegExp[] = [
  // User information of a URL. Up to the last @ of the authority; a password with a bare `/`, `?` or `#` to the last @,
  // unless a port comes first.
  /:\/\/[^:@/?#\s"]*:(?<secret>[^/?#\s"]*(?=@)|(?!\d+(?:[/?#,;\s"]|$))(?:(?!:\/\/)[^\s"])*(?=@))/dg,
  // The same where the slashes are missing: `postgres:password@host`, `jdbc:mysql:/user:password@host`.
  /\b(?:postgres(?:ql)?|mysql|mariadb|sqlserver|mongodb(?:\+srv)?|rediss?|amqps?|https?|ftps?|kafka):\/?(?!\/)(?<secret>[^\s"',;]{1,500})(?=@)/dgi,
  // Oracle's `jdbc:oracle:thin:user/password@...`.
  /jdbc:oracle:\w+:[^/@\s"]{1,200}\/(?<secret>[^\s"]{1,500}?)@/dgi,
  // Parameters of a URL: `?password=x&token=y`, `;pwd=x`.
  /[?&;#](?<name>[\w.-]+)=(?<secret>\$\{[^}]*\}|[^&;\s"]*)/dg,
  // Parts of a connection string, whose values may have blanks or stand in braces: `;Password={a;b};`.
  /(?:^|;) {0,9}(?<name>[\w.-]{1,99}(?: [\w.-]{1,99}){0,3}) {0,9}= {0,9}(?<secret>\{[^}]*\}|[^;"\n]*(?=;[\w. -]{1,99}=))/dg,
  // JAAS, libpq, maps as Java prints them: `password="x"`, `{password=x, a=b}`.
  /(?:^|[,|\s{([])(?<name>[\w.-]+)\s*=\s*(?<secret>\$\{[^}]*\}|\\*"(?:\\.|[^"\\])*(?:"|$)|'(?:[^']|'')*(?:'|$)|[^\s,;&|]*)/dg,
  // JSON, also inside a string of JSON: the quotes of both ends have the same number of backslashes.
  /(\\{0,7})"(?<name>[^"\\]{1,200})\1"\s*:\s*\1"(?<secret>(?:(?!(?<!\\)\1")[\s\S])*)/dg,
  /(\\{0,7})"(?<name>[^"\\]{1,200})\1"\s*:\s*(?<secret>-?\d[^,\s}\]]*)/dg,
  /(\\{0,7})"(?:name|key|header)\1"\s*:\s*\1"(?<name>[^"\\]{1,200})\1"\s*,\s*\1"value\1"\s*:\s*\1"(?<secret>(?:(?!(?<!\\)\1")[\s\S])*)/dgi,
  // Headers whose name leaves no doubt, and what stands in them.
  /\b(?:authorization|x-api-key|api-key|(?:set-)?cookie)\s*:\s*(?<secret>[^,|\n"]+)/dgi,
  /\b(?:bearer|basic)\s+(?<secret>(?=[^\s,;|"']*[\d=_])[^\s,;|"']{4,})/dgi,
  /-----BEGIN [A-Z ]{0,30}PRIVATE KEY-----(?<secret>[\s\S]*?)(?:-----END|$)/dg,
];

/** `user:password@host`, a URL whose scheme is missing. In a sentence the same may be prose. */
const LOGIN = /^(?![\w+.-]+:\/\/|jdbc:|\$)[^:@\s"{[]{1,200}:(?!\/\/)(?<secret>[^\s"]+)(?=@[\w.[-])/dg;

/**
 * `X-Auth-Token: abc, password: x`: a list of headers. In a sentence the same may be prose: `connection.password: is
 * wrong`.
 */
const HEADERS = /(?:^|[,;|\n'[{])[^\S\n]*(?<name>[\w.-]+)[^\S\n]*:(?!\/\/)[^\S\n]*(?<secret>\$\{[^}]*\}|[^,;|\n"]*)/dg;

/**
 * The secrets that stand in a text, in order, apart from one another. `isValue`: the text is a setting's value, not a
 * sentence.
 */
export function findSecrets(text: string, isValue: boolean): SecretRange[] {
  const found: SecretRange[] = [];
  // What refers to a secret tells none, whatever its parts are called: `${secret:db:password}`.
  const references = [...text.matchAll(/\$\{[^}]+\}/g)].map((m) => ({ start: m.index, end: m.index + m[0].length }));
  const isInReference = (start: number, end: number): boolean =>
    references.some((r) => r.start <= start && end <= r.end);
  for (const pattern of isValue ? [...ANYWHERE, LOGIN, HEADERS] : ANYWHERE) {
    pattern.lastIndex = 0;
    for (let match = pattern.exec(text); match !== null; match = pattern.exec(text)) {
      const name = match.groups!['name'];
      if (name !== undefined && !isSecretName(name)) {
        // What is no secret itself may carry some.
        pattern.lastIndex = must(match.indices!.groups!['name'], 'name')[1];
        continue;
      }
      // Nor is a provider the name of what follows its reference: `${secret:place:folder}/out.txt`.
      const named = match.indices!.groups!['name'];
      const around = named && references.find((r) => r.start <= named[0] && named[1] <= r.end);
      if (around !== undefined) {
        pattern.lastIndex = around.end;
        continue;
      }
      if (match[0] === '') pattern.lastIndex++;
      let [start, end] = must(match.indices!.groups!['secret'], 'secret');
      const value = text.slice(start, end);
      // Quotes and brackets around a value are not part of it.
      start += /^(?:\\*["']|\s+)?/.exec(value)![0].length;
      if (name !== undefined && !/^\$?\{/.test(value))
        while (end > start && /["')\]}\\\s]/.test(must(text[end - 1], 'character'))) end--;
      // Of `Bearer x` the kind stays.
      start += /^(?:(?:bearer|basic|token)\s+)?/i.exec(text.slice(start, end))![0].length;
      const isHidden = text.startsWith(HIDDEN, start) && end <= start + HIDDEN.length;
      if (start < end && !isHidden && !isInReference(start, end)) found.push({ start, end });
    }
  }
  const apart: { start: number; end: number }[] = [];
  for (const range of found.toSorted((a, b) => a.start - b.start)) {
    const last = apart.at(-1);
    if (last && range.start < last.end) last.end = Math.max(last.end, range.end);
    else apart.push({ ...range });
  }
  return apart;
}
