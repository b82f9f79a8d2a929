import { SluiceError } from '../../../base/errors.ts';
import type { ConfigInfos } from '../../../connect/client/api.ts';
import type { ConnectorProperty } from '../../../sql/ast/connectors.ts';
import type { SettingProblem } from '../../connectors/unknown-settings.ts';

/** All problems in one answer; its position is the first setting that has one. */
export function validationError(
  problems: readonly SettingProblem[],
  statement: { readonly span: SluiceError['span']; readonly properties?: readonly ConnectorProperty[] },
): SluiceError {
  const at = problems
    .map((p) => statement.properties?.find((property) => property.key === p.key))
    .find((property) => property !== undefined);
  const missing = problems.flatMap(({ text }) => /Missing required configuration "([\w.]+)"/.exec(text)?.[1] ?? []);
  return new SluiceError('STATEMENT', `Validation error: ${problems.map((p) => p.text).join('\n')}`, {
    span: at?.span ?? statement.span,
    hint: missing.length === 0 ? undefined : `Add ${missing.map((name) => `${name}='…'`).join(', ')} to WITH (…).`,
  });
}

/**
 * Problems under the names that were written: `tables` of a short form, `sources` of a sink, in place of the settings
 * that they stand for.
 */
export function asWritten(
  problems: readonly SettingProblem[],
  written: Readonly<Record<string, string>>,
  shortForm: readonly { readonly name: string; readonly sets: readonly string[] }[],
): SettingProblem[] {
  const short = [...shortForm, { name: 'sources', sets: ['topics'] }];
  return problems.map((problem) => {
    if (written[problem.key] !== undefined) return problem;
    const key = short.find(({ name, sets }) => written[name] !== undefined && sets.includes(problem.key))?.name;
    if (key === undefined) return problem;
    const text = problem.text
      .replace(`${problem.key} - `, `${key} - `)
      .replace(`for configuration ${problem.key}:`, `for configuration ${key}:`);
    return { key, text };
  });
}

/**
 * What is missing only because its name is misspelt is no problem of its own: the first mistake is told, not what
 * follows from it.
 */
export function withoutEcho(problems: readonly SettingProblem[], unknown: readonly SettingProblem[]): SettingProblem[] {
  const meant = unknown.flatMap(({ text }) => /Did you mean (.*)\?$/.exec(text)?.[1]?.split(' or ') ?? []);
  return problems.filter(
    ({ text }) =>
      !meant.some((name) => text.includes(`Missing required configuration "${name}"`)) &&
      !(meant.some((name) => /^(sources|topics)$/.test(name)) && text.includes('Must configure one of topics')),
  );
}

/**
 * A problem as the short form and the sources of a sink tell it: `key - sentence`, or a sentence that names the key.
 */
export function ofText(text: string): SettingProblem {
  const key = /^([\w.]+) - /.exec(text)?.[1] ?? /configuration "?([\w.]+)"?/.exec(text)?.[1] ?? '';
  return { key, text };
}

/** What Connect's validation refused: each sentence once, and no complaint about the null that a value became. */
export function invalidSettings(infos: ConfigInfos): SettingProblem[] {
  const seen = new Set<string>();
  return infos.configs.flatMap(({ value: { name, errors } }) => {
    const told = errors.filter(
      (e) => !seen.has(e) && !(errors.length > 1 && e.startsWith(`Invalid value null for configuration ${name}:`)),
    );
    for (const e of told) seen.add(e);
    return told.length === 0 ? [] : [{ key: name, text: `${name} - ${told.join('. ')}` }];
  });
}
