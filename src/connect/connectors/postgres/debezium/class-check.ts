import {
  invalidSetting,
  missingSetting,
  writtenText,
  type ConfigProblem,
  type RawConfig,
} from '../../../api/config-spec.ts';
import { checkSignals } from '../cdc/signals/check-signals.ts';
import { columnRuleProblem, isColumnRule } from '../cdc/form/columns-choice.ts';
import { FORM } from './form-keys.ts';

/** Pairs of include and exclude lists of which only one may be set. */
const EITHER = [
  ['table.include.list', 'table.exclude.list'],
  ['schema.include.list', 'schema.exclude.list'],
  ['column.include.list', 'column.exclude.list'],
  ['message.prefix.include.list', 'message.prefix.exclude.list'],
] as const;

/** Checks combinations of the settings for records in Debezium's form. */
export function checkForm(config: RawConfig): readonly ConfigProblem[] {
  const channels = writtenText(config, FORM.noticeChannels)
    .split(',')
    .map((channel) => channel.trim());
  const { name } = FORM.noticeTopic;
  return channels.includes('sink') && writtenText(config, FORM.noticeTopic) === ''
    ? [missingSetting(name, 'channel sink of notifications needs it')]
    : [];
}

/** Checks combinations of settings of Debezium's class, and settings whose names contain a value. */
export function checkClass(config: RawConfig): readonly ConfigProblem[] {
  const problems: ConfigProblem[] = [...checkSignals(config), ...checkForm(config)];
  const valueOf = (key: string): string | undefined => config[key]?.trim() || undefined;
  for (const [include, exclude] of EITHER) {
    const excluded = valueOf(exclude);
    if (valueOf(include) !== undefined && excluded !== undefined)
      problems.push(invalidSetting(exclude, excluded, `"${include}" is already specified`));
  }
  if (
    valueOf('snapshot.mode') === 'configuration_based' &&
    config['snapshot.mode.configuration.based.start.stream'] !== 'true'
  )
    problems.push(
      invalidSetting(
        'snapshot.mode.configuration.based.start.stream',
        'false',
        "A reading without a stream is not had: 'true', and STOP CONNECTOR when it is done",
      ),
    );
  for (const [key, value] of Object.entries(config)) {
    const problem = isColumnRule(key) ? columnRuleProblem(key) : undefined;
    if (problem !== undefined) problems.push(invalidSetting(key, value, problem));
  }
  return problems;
}
