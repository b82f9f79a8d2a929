import {
  RuleCheck,
  type RefusedKey,
  writtenText,
  type ConfigKey,
  type ConfigProblem,
  type RawConfig,
} from '../../api/config-spec.ts';
import type { Place, SqlSource } from '../../api/connector.ts';
import { javaRegex } from '../../../base/regex/java-regex.ts';
import { messageOf } from '../../../base/errors.ts';
import { AUTH } from './auth-keys.ts';
import { parseHeaders } from './headers.ts';
import { targetOf } from './target.ts';
import { compileTemplate } from '../internal/template.ts';
import { SINK } from './sink-keys.ts';

/** Refused settings, with advice. */
const REFUSED: readonly RefusedKey[] = [
  { key: 'http.proxy.host', why: 'requests go to the service directly: no proxy can be given here' },
  {
    key: 'oauth2.jwt.enabled',
    why: 'a client shows a secret here, not a signed token: oauth2.client.secret',
    unless: /^false$/i,
  },
  { key: 'oauth2.client.certificate.path', why: 'a client shows a secret here: oauth2.client.secret' },
  {
    key: 'http.ssl.trust.all.certificates',
    why: 'who is trusted is said: ssl.truststore.location or ssl.truststore.certificates',
    unless: /^false$/i,
  },
];

/** Rules between settings. */
export function checkSink(config: RawConfig): ConfigProblem[] {
  const check = new RuleCheck(config);
  check.refuseAll(REFUSED);
  const separator = config[SINK.headerSeparator.name] ?? SINK.headerSeparator.default ?? '|';
  for (const key of [SINK.headers, AUTH.oauthHeaders]) {
    const headers = parseHeaders(check.text(key), separator);
    if (typeof headers === 'string') check.refuse(key, headers, '[hidden]');
  }
  for (const key of [SINK.url, SINK.batchKeyPattern]) {
    const template = compileTemplate(check.text(key));
    if (typeof template === 'string') check.refuse(key, template);
  }
  const patterns = check.text(SINK.regexPatterns);
  const replacements = config[SINK.regexReplacements.name];
  if (patterns !== '') {
    const apart = check.text(SINK.regexSeparator);
    const all = apart === '' ? [patterns] : patterns.split(apart);
    const counterparts = (apart === '' ? [replacements ?? ''] : (replacements ?? '').split(apart)).length;
    for (const pattern of all) {
      try {
        javaRegex(pattern);
      } catch (error) {
        check.refuse(SINK.regexPatterns, `Not a regular expression: ${messageOf(error)}`);
      }
    }
    if (replacements === undefined) check.missing(SINK.regexReplacements, 'what the patterns are replaced with');
    else if (counterparts !== 1 && counterparts !== all.length)
      check.refuse(
        SINK.regexReplacements,
        `there are ${all.length} patterns and ${counterparts} replacements: one for each, or one for all`,
      );
  }
  checkAuth(check);
  return check.problems;
}

function checkAuth(check: RuleCheck): void {
  const given = (key: ConfigKey): string => check.text(key);
  const type = given(AUTH.type).toUpperCase();
  if (type === 'BASIC' && given(AUTH.user) === '' && !/\/\/[^/@]+@/.test(given(SINK.url)))
    check.missing(AUTH.user, 'auth.type is BASIC');
  if (type === 'BEARER' && given(AUTH.token) === '') check.missing(AUTH.token, 'auth.type is BEARER');
  if (type === 'API_KEY' && given(AUTH.apiKey) === '') check.missing(AUTH.apiKey, 'auth.type is API_KEY');
  if (type === 'OAUTH2')
    for (const key of [AUTH.oauthUrl, AUTH.oauthId, AUTH.oauthSecret])
      if (given(key) === '') check.missing(key, 'auth.type is OAUTH2');
  if (type === '' && given(AUTH.password) !== '' && given(AUTH.user) === '')
    check.missing(AUTH.user, 'user and password go together');
  const url = given(AUTH.oauthUrl);
  if (url !== '' && !url.startsWith('${')) {
    const target = targetOf(url);
    if (typeof target === 'string') check.refuse(AUTH.oauthUrl, target);
  }
}

/** Where the records of these topics are sent. */
export function targetsOf(
  config: RawConfig,
  topics: readonly string[],
): readonly { readonly topic: string; readonly place: Place }[] {
  const url = writtenText(config, SINK.url);
  const target = targetOf(url);
  if (typeof target === 'string') return [];
  return topics.map((topic) => ({
    topic,
    place: { system: target.name, name: target.path.replaceAll('${topic}', topic) },
  }));
}

/** Defaults of a sink with `sources='A'`: JSON with the columns of the key. */
export function sourcesDefaults(sources: readonly SqlSource[], config: RawConfig): RawConfig {
  const byKey = /\$\{key[.}]/.test(writtenText(config, SINK.url));
  return {
    [SINK.bodyFormat.name]: 'json',
    [SINK.recordKeyColumns.name]: 'true',
    [SINK.timeFormat.name]: 'iso',
    ...(byKey && sources.some((s) => s.isTable) && { [SINK.nullValues.name]: 'delete' }),
  };
}
