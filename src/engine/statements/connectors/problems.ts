import { SluiceError } from '../../../base/errors.ts';
import type { ConfigInfos } from '../../../connect/client/api.ts';
import type { ConnectorProperty } from '../../../sql/ast/connectors.ts';
import { KNOWN_CAUSES } from '../../connectors/known-causes.ts';
import type { SettingProblem } from '../../connectors/unknown-settings.ts';

/**
 * All problems in one error, whose position is the first setting with a problem. `advice`: a hint for a setting that is
 * missing or wrong; `more`: hints that do not concern a single setting.
 */
export function validationError(
  problems: readonly SettingProblem[],
  statement: { readonly span: SluiceError['span']; readonly properties?: readonly ConnectorProperty[] },
  advice: (key: string, isMissing: boolean) => string | undefined = () => undefined,
  more: readonly string[] = [],
): SluiceError {
  const at = problems
    .map(
      ({ key }) => placesOf(key).flatMap((k) => statement.properties?.find((property) => property.key === k) ?? [])[0],
    )
    .find((property) => property !== undefined);
  const texts = problems.map(({ text }) => text).join('\n');
  const missing = problems.flatMap(({ text }) => /Missing required configuration "([\w.]+)"/.exec(text)?.[1] ?? []);
  const hints = [
    ...more,
    ...(missing.length === 0 ? [] : [`Add ${missing.map((name) => `${name}='…'`).join(', ')} to WITH (…).`]),
    ...missing.flatMap((key) => advice(key, true) ?? []),
    ...problems.flatMap(({ key }) => advice(key, false) ?? []),
    ...(REACHING[KNOWN_CAUSES.find(({ when }) => when.test(texts))?.kind ?? ''] ?? []),
    ...(problems.some(({ text }) => text.endsWith('Must configure one of topics or topics.regex'))
      ? ["Say what it writes: sources='a,b' names streams and tables, topics='a,b' topics."]
      : []),
    ...(/Invalid value (?:cdc|log|binlog|replication|streaming) for configuration mode: String must be one of: bulk/i.test(
      texts,
    )
      ? [
          "Changes are read from the log of Postgres alone: mode='timestamp+incrementing' or mode='incrementing' polls the tables here.",
        ]
      : []),
    ...(missing.includes('topics') &&
    problems.some(({ key, text }) => key === 'topic' && text.includes('Invalid value'))
      ? ['topics are those that are read, topic is the one that is written.']
      : []),
    ...(problems.some(({ text }) => text.endsWith('Deletes are only supported for pk.mode record_key'))
      ? ["pk.mode='record_key' deletes rows by their key, delete.enabled='false' leaves them."]
      : []),
  ];
  return new SluiceError('STATEMENT', `Validation error: ${problems.map((p) => p.text).join('\n')}`, {
    span: at?.span ?? statement.span,
    hint: hints.length === 0 ? undefined : [...new Set(hints)].join(' '),
  });
}

/** Where the cause of a problem may be when the setting itself is not given: a login is part of the URL. */
const PLACES: ReadonlyMap<string, readonly string[]> = new Map([
  ['connection.user', ['user', 'url', 'connection.url']],
  ['connection.password', ['password', 'url', 'connection.url']],
  ['redis.uri', ['redis.host', 'redis.hosts', 'redis.port', 'url']],
  ['mqtt.server.uri', ['mqtt.broker', 'connect.mqtt.hosts', 'url']],
  ['pk.mode', ['insert.mode', 'delete.enabled']],
  ['delete.enabled', ['pk.mode']],
  ['pk.fields', ['pk.mode', 'insert.mode']],
  ['incrementing.column.name', ['mode']],
  ['timestamp.column.name', ['mode']],
]);
const placesOf = (key: string): readonly string[] => [key, ...(PLACES.get(key) ?? [])];

/** What to check when the other side is unreachable or refuses access, by the kind of cause. */
const REACHING: Readonly<Record<string, readonly string[]>> = {
  auth: [
    "User and password stand in the URL, or beside it, where user and password (connection.user, connection.password) go before those of the URL: is there such a user, and is the password that one's?",
  ],
  'nobody answers': ['Nothing listens there: does it run, and are host and port right, seen from this server?'],
  'unknown host': ['No host has that name, seen from this server: is it spelt right?'],
  'unknown database': ['The database is the part of the URL behind the last /: is it spelt right, and on that server?'],
  TLS: ['One side speaks TLS and the other does not: see sslmode of the URL.'],
  'TLS authority': ['Nobody vouches for the certificate: sslrootcert=/path/of/its/authority.pem in the URL does.'],
  'TLS name': ['The certificate is for another name: is the host right? sslmode=verify-ca in the URL does not look.'],
};

/** Settings that together stand for one. */
const PARTS: Readonly<Record<string, readonly string[]>> = { 'redis.uri': ['redis.host', 'redis.hosts', 'redis.port'] };

/**
 * Problems under the names that the user wrote: `tables` of a short form or `sources` of a sink, instead of the
 * settings that they set. A missing setting has its name in the short form, too.
 */
export function asWritten(
  problems: readonly SettingProblem[],
  written: Readonly<Record<string, string>>,
  shortForm: readonly { readonly name: string; readonly sets: readonly string[] }[],
): SettingProblem[] {
  const short = [...shortForm, { name: 'sources', sets: ['topics'] }];
  return problems.map((problem) => {
    if (written[problem.key] !== undefined) return problem;
    const others = (PARTS[problem.key] ?? []).filter((name) => written[name] !== undefined).join(', ');
    if (others !== '') return { ...problem, text: problem.text.replace(`${problem.key} - `, `${others} - `) };
    // A missing setting is requested under its short name, if it has one of its own.
    const missing = `Missing required configuration "${problem.key}"`;
    const key =
      short.find(({ name, sets }) => written[name] !== undefined && sets.includes(problem.key))?.name ??
      (problem.text.includes(missing)
        ? shortForm.find(({ sets }) => sets.length === 1 && sets[0] === problem.key)?.name
        : undefined);
    if (key === undefined) return problem;
    const text = problem.text
      .replace(`${problem.key} - `, `${key} - `)
      .replace(missing, `Missing required configuration "${key}"`)
      .replace(`for configuration ${problem.key}:`, `for configuration ${key}:`);
    return { key, text };
  });
}

/**
 * A setting that is missing only because its name is misspelled is no problem of its own: only the first mistake is
 * reported.
 */
export function withoutEcho(problems: readonly SettingProblem[], unknown: readonly SettingProblem[]): SettingProblem[] {
  const meant = unknown.flatMap(
    ({ text }) =>
      /Did you mean (.*)\?$/.exec(text)?.[1]?.split(' or ') ??
      /: (\w+)='.*' says where/.exec(text)?.[1] ??
      / by (\w+)='/.exec(text)?.[1] ??
      [],
  );
  // transforms.unwarp.type, where transforms names unwrap.
  for (const { key, text } of unknown) {
    const alias = /^(?:transforms|predicates)\./.test(key) ? /Did you mean ([\w-]+)\?$/.exec(text)?.[1] : undefined;
    if (alias !== undefined) meant.push(key.replace(/\.[^.]+/, () => `.${alias}`));
  }
  return problems.filter(
    ({ text }) =>
      !meant.some((name) => text.includes(`Missing required configuration "${name}"`)) &&
      !(meant.some((name) => /^(sources|topics)$/.test(name)) && text.includes('Must configure one of topics')) &&
      // Without a choice of tables all are included, and the topics of some may be taken.
      !(meant.some((name) => /^tables?(?:$|\.)/.test(name)) && text.includes('The rows of table ')),
  );
}

/** A problem as a short form and a sink's sources report it: `key - sentence`, or a sentence that names the key. */
export function ofText(text: string): SettingProblem {
  const key = /^([\w.]+) - /.exec(text)?.[1] ?? /configuration "?([\w.]+)"?/.exec(text)?.[1] ?? '';
  return { key, text };
}

/**
 * What Connect's validation refused: each sentence once, and without complaints about the null that resulted from an
 * invalid value.
 */
export function invalidSettings(infos: ConfigInfos): SettingProblem[] {
  const seen = new Set<string>();
  return infos.configs.flatMap(({ value: { name, errors } }) => {
    const kept = errors.filter(
      (e) => !seen.has(e) && !(errors.length > 1 && e.startsWith(`Invalid value null for configuration ${name}:`)),
    );
    for (const e of kept) seen.add(e);
    return kept.length === 0 ? [] : [{ key: name, text: `${name} - ${kept.join('. ')}` }];
  });
}

/** The accepted values of a setting that is missing or has the wrong type. */
export function adviceOf(
  infos: ConfigInfos,
  shortForm: readonly { readonly name: string; readonly sets: readonly string[]; readonly doc: string }[],
): (key: string, isMissing: boolean) => string | undefined {
  return (key, isMissing) => {
    const short = shortForm.find(({ name }) => name === key);
    const info = infos.configs.find(({ value: { name } }) => name === key || short?.sets.includes(name));
    const values = info?.value.recommended_values ?? [];
    if (isMissing && short !== undefined) return `${key}: ${short.doc}`;
    if (isMissing) return values.length === 0 ? undefined : `${key} is one of ${values.join(', ')}.`;
    const isNoNumber = info?.value.errors.some((e) => /Not a number of type/.test(e)) === true;
    return isNoNumber ? `${key} is a number: ${short?.doc ?? info.definition?.documentation ?? ''}` : undefined;
  };
}
