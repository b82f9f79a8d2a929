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
  return new SluiceError('STATEMENT', `Validation error: ${problems.map((p) => p.text).join('\n')}`, {
    span: at?.span ?? statement.span,
  });
}

/** Of a sink that is made with `sources`, nobody wrote `topics`. */
export function asWritten(
  problems: readonly SettingProblem[],
  written: Readonly<Record<string, string>>,
): SettingProblem[] {
  return problems.map((p) =>
    p.key === 'topics' && written['topics'] === undefined && written['sources'] !== undefined
      ? { key: 'sources', text: p.text.replace(/^topics - /, 'sources - ') }
      : p,
  );
}

/** What is missing only because its name is misspelt is no problem of its own: the first mistake is told, not what follows from it. */
export function withoutEcho(problems: readonly SettingProblem[], unknown: readonly SettingProblem[]): SettingProblem[] {
  const meant = unknown.flatMap(({ text }) => /Did you mean (.*)\?$/.exec(text)?.[1]?.split(' or ') ?? []);
  return problems.filter(
    ({ text }) => !meant.some((name) => text.includes(`Missing required configuration "${name}"`)),
  );
}

/** A problem as the short form and the sources of a sink tell it: `key - sentence`, or a sentence that names the key. */
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
