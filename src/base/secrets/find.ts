import { must } from '../assert.ts';
import { DATABASES } from '../databases.ts';
import { isSecretName, isSecretParameter } from './names.ts';

/** The text shown in place of a secret; Kafka Connect uses the same. */
export const HIDDEN = '[hidden]';

/** `${file:/etc/x:pw}` refers to a secret and is not one itself. */
export function isReference(text: string): boolean {
  return /^\$\{[^}]+\}$/.test(text);
}

/** The position of a secret in a text: from `start` up to, not including, `end`. */
export interface SecretRange {
  readonly start: number;
  readonly end: number;
}

/** Schemes of URLs, as patterns, after which a login is recognized even without `//`. */
const SCHEMES = [
  ...DATABASES.flatMap(({ schemes }) => schemes),
  'sqlserver',
  String.raw`mongodb(?:\+srv)?`,
  'rediss?',
  'amqps?',
  'https?',
  'ftps?',
  'kafka',
];

/** Parameters of a URL: `?password=x&token=y`, `;pwd=x`. */
const PARAMETERS = /[?&;#](?<name>[\w.-]+)=(?<secret>\$\{[^}]*\}|[^&;\s"]*)/dg;

/**
 * The forms in which secrets occur in texts. The group `secret` is the secret; the group `name`, if present, its name.
 */
const ANYWHERE: readonly RegExp[] = [
  // User information of a URL, up to the last @ of the authority. A password that contains `/`, `?` or `#` unencoded
  // extends to the last @, unless a port comes first.
  /:\/\/[^:@/?#\s"]*:(?<secret>[^/?#\s"]*(?=@)|(?!\d+(?:[/?#,;\s"]|$))(?:(?!:\/\/)[^\s"])*(?=@))/dg,
  // The same without the slashes: `postgres:password@host`, `jdbc:mysql:/user:password@host`.
  new RegExp(String.raw`\b(?:${SCHEMES.join('|')}):\/?(?!\/)(?<secret>[^\s"',;]{1,500})(?=@)`, 'dgi'),
  // Oracle's `jdbc:oracle:thin:user/password@...`.
  /jdbc:oracle:\w+:[^/@\s"]{1,200}\/(?<secret>[^\s"]{1,500}?)@/dgi,
  PARAMETERS,
  // Parts of a connection string, whose values may contain blanks or be in braces: `;Password={a;b};`.
  /(?:^|;) {0,9}(?<name>[\w.-]{1,99}(?: [\w.-]{1,99}){0,3}) {0,9}= {0,9}(?<secret>\{[^}]*\}|[^;"\n]*(?=;[\w. -]{1,99}=))/dg,
  // JAAS, libpq, and maps as Java prints them: `password="x"`, `{password=x, a=b}`.
  /(?:^|[,|\s{([])(?<name>[\w.-]+)\s*=\s*(?<secret>\$\{[^}]*\}|\\*"(?:\\.|[^"\\])*(?:"|$)|'(?:[^']|'')*(?:'|$)|[^\s,;&|]*)/dg,
  // JSON, also inside a JSON string: the quotes at both ends have the same number of backslashes.
  /(\\{0,7})"(?<name>[^"\\]{1,200})\1"\s*:\s*\1"(?<secret>(?:(?!(?<!\\)\1")[\s\S])*)/dg,
  /(\\{0,7})"(?<name>[^"\\]{1,200})\1"\s*:\s*(?<secret>-?\d[^,\s}\]]*)/dg,
  /(\\{0,7})"(?:name|key|header)\1"\s*:\s*\1"(?<name>[^"\\]{1,200})\1"\s*,\s*\1"value\1"\s*:\s*\1"(?<secret>(?:(?!(?<!\\)\1")[\s\S])*)/dgi,
  // Headers that always hold a secret, and their values.
  /\b(?:authorization|x-api-key|api-key|(?:set-)?cookie)\s*:\s*(?<secret>[^,|\n"]+)/dgi,
  /\b(?:bearer|basic)\s+(?<secret>(?=[^\s,;|"']*[\d=_])[^\s,;|"']{4,})/dgi,
  /-----BEGIN [A-Z ]{0,30}PRIVATE KEY-----(?<secret>[\s\S]*?)(?:-----END|$)/dg,
];

/** `user:password@host`, a URL without its scheme. In a sentence the same pattern may be prose. */
const LOGIN = /^(?![\w+.-]+:\/\/|jdbc:|\$)[^:@\s"{[]{1,200}:(?!\/\/)(?<secret>[^\s"]+)(?=@[\w.[-])/dg;

/**
 * `X-Auth-Token: abc, password: x`, a list of headers. In a sentence the same pattern may be prose:
 * `connection.password: is wrong`.
 */
const HEADERS = /(?:^|[,;|\n'[{])[^\S\n]*(?<name>[\w.-]+)[^\S\n]*:(?!\/\/)[^\S\n]*(?<secret>\$\{[^}]*\}|[^,;|\n"]*)/dg;

/**
 * The secrets in a text, in order and without overlaps. `isValue`: the text is the value of a setting, not a sentence.
 */
export function findSecrets(text: string, isValue: boolean): SecretRange[] {
  const found: SecretRange[] = [];
  // A reference to a secret is not secret, whatever its parts are called: `${secret:db:password}`.
  const references = [...text.matchAll(/\$\{[^}]+\}/g)].map((m) => ({ start: m.index, end: m.index + m[0].length }));
  const isInReference = (start: number, end: number): boolean =>
    references.some((r) => r.start <= start && end <= r.end);
  for (const pattern of isValue ? [...ANYWHERE, LOGIN, HEADERS] : ANYWHERE) {
    pattern.lastIndex = 0;
    for (let match = pattern.exec(text); match !== null; match = pattern.exec(text)) {
      const name = match.groups!['name'];
      const isParameter = pattern === PARAMETERS && /[?&]/.test(match[0].charAt(0));
      if (name !== undefined && !(isParameter ? isSecretParameter : isSecretName)(name)) {
        // A value that is not a secret itself may contain one.
        pattern.lastIndex = must(match.indices!.groups!['name'], 'name')[1];
        continue;
      }
      // Nor is the provider of a reference the name of what follows it: `${secret:place:folder}/out.txt`.
      const named = match.indices!.groups!['name'];
      const around = named && references.find((r) => r.start <= named[0] && named[1] <= r.end);
      if (around !== undefined) {
        pattern.lastIndex = around.end;
        continue;
      }
      if (match[0] === '') pattern.lastIndex++;
      let [start, end] = must(match.indices!.groups!['secret'], 'secret');
      const value = text.slice(start, end);
      // Quotes and brackets around a value are not part of the secret.
      start += /^(?:\\*["']|\s+)?/.exec(value)![0].length;
      if (name !== undefined && !/^\$?\{/.test(value))
        while (end > start && /["')\]}\\\s]/.test(must(text[end - 1], 'character'))) end--;
      // The scheme in front of a token, as in `Bearer x`, remains visible.
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
