import { commaList } from '../../../base/comma-list.ts';
import { didYouMean } from '../../../base/suggest.ts';
import { topicNameProblem } from '../../../base/topic-name.ts';
import { missingKey, parseKeys, type ConfigProblem, type RawConfig } from '../../api/config-spec.ts';
import { FRAMEWORK } from './framework-config.ts';

/** Settings whose value is the name of a topic, or its prefix. */
const DEAD_LETTERS = 'errors.deadletterqueue.topic.name';
const NAMES = ['topic', 'kafka.topic', DEAD_LETTERS];
const NAME_RULE = "Names of topics have letters, digits, '.', '_' and '-' only";
const PREFIX = 'topic.prefix';
/** Settings of a group of topics, besides the topics' own configs. */
const OF_GROUPS = ['partitions', 'replication.factor', 'include', 'exclude'];

/** Problems with the names of topics that a connector will write or read, and with the settings for creating them. */
export function topicSettingProblems(type: 'source' | 'sink', config: RawConfig): ConfigProblem[] {
  return type === 'source' ? [...nameProblems(config), ...creationProblems(config)] : sinkProblems(config);
}

function sinkProblems(config: RawConfig): ConfigProblem[] {
  const [reset] = parseKeys([FRAMEWORK.consumerOverrideAutoOffsetReset], config);
  const listed = (config['topics'] ?? '')
    .split(',')
    .map((name) => name.trim())
    .filter((name) => name !== '' && !name.includes('${') && topicNameProblem(name) !== undefined)
    .map((name): ConfigProblem => {
      const parts = name.split(/[\s;|]+/).filter((part) => part !== '');
      const way = parts.length > 1 ? `Topics are separated by commas: ${parts.join(',')}` : NAME_RULE;
      return { key: 'topics', message: `Invalid value ${name} for configuration topics: ${way}` };
    });
  return [
    ...listed,
    ...nameProblems({ [DEAD_LETTERS]: config[DEAD_LETTERS] ?? '' }),
    ...(reset?.errors ?? []).map((message) => ({ key: FRAMEWORK.consumerOverrideAutoOffsetReset.name, message })),
  ];
}

function nameProblems(config: RawConfig): ConfigProblem[] {
  // A transform may rename the topic before a record is written.
  const isFinal = (config['transforms'] ?? '').trim() === '';
  const asked = [
    ...NAMES.map((key) => [key, config[key]] as const),
    ...(isFinal ? [[PREFIX, config[PREFIX]] as const] : []),
  ];
  return asked.flatMap(([key, value]) => {
    const name = value?.trim() ?? '';
    if (name === '' || name.includes('${')) return [];
    const problem = topicNameProblem(key === PREFIX ? `${name}a` : name);
    if (problem === undefined) return [];
    const fitting = name.replaceAll(/[^a-zA-Z0-9._-]+/g, '-');
    // The name is too long, or '.'. For a prefix the connector itself reports this, since it knows what follows.
    if (fitting === name)
      return key === PREFIX ? [] : [{ key, message: `Invalid value ${name} for configuration ${key}: ${problem}` }];
    const way = `${NAME_RULE}. ${fitting} would be one`;
    return [{ key, message: `Invalid value ${name} for configuration ${key}: ${way}` }];
  });
}

function creationProblems(config: RawConfig): ConfigProblem[] {
  const groups = commaList(config['topic.creation.groups']);
  const missing = groups
    .filter((group) => (config[`topic.creation.${group}.include`] ?? '').trim() === '')
    .map((group) => `topic.creation.${group}.include`)
    .map((key): ConfigProblem => ({ key, message: missingKey(key) }));
  const wrong = Object.entries(config).flatMap(([key, value]): ConfigProblem[] => {
    const [, group, name] = /^topic\.creation\.([^.]+)\.(.+)$/.exec(key) ?? [];
    if (group === undefined || name === undefined) return [];
    if (group !== 'default' && !groups.includes(group)) {
      const near = didYouMean(group, ['default', ...groups]);
      const way = near ?? `Add it: topic.creation.groups=${[...groups, group].join(',')}`;
      return [{ key, message: `Setting ${key} is not read, for topic.creation.groups does not name ${group}. ${way}` }];
    }
    if (name === 'partitions' || name === 'replication.factor') {
      const count = Number(value.trim() === '' ? 'x' : value);
      const what = name === 'partitions' ? 'Number of partitions' : 'Replication factor';
      return Number.isInteger(count) && (count > 0 || count === -1)
        ? []
        : [
            {
              key,
              message: `Invalid value ${value} for configuration ${key}: ${what} must be positive, or -1 to use the broker's default`,
            },
          ];
    }
    // Other settings are topic configs, of which brokers know more than are listed here.
    const near = OF_GROUPS.includes(name) || name.includes('.') ? undefined : didYouMean(name, OF_GROUPS);
    return near === undefined ? [] : [{ key, message: `Invalid configuration ${key}: no topic has it. ${near}` }];
  });
  return [...missing, ...wrong];
}
