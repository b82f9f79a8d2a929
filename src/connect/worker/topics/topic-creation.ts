import { commaList } from '../../../base/comma-list.ts';
import { matchesAny } from '../../../base/regex/name-pattern.ts';
import { Config } from '../../../base/config/config.ts';
import type { Logger } from '../../../base/env.ts';
import { isSluiceError } from '../../../base/errors.ts';
import type { Log, TopicSpec } from '../../../log/api.ts';
import type { RawConfig } from '../../api/config-spec.ts';
import { FRAMEWORK } from '../config/framework-config.ts';
import { under } from '../config/framework-settings.ts';

/**
 * The spec of a topic that a source needs: the first group of `topic.creation.groups` that includes and does not
 * exclude it, completed by `topic.creation.default.*`. By default, a topic whose key identifies a row is compacted,
 * since retention by time would delete its oldest rows.
 */
export function topicSpecFor(
  topic: string,
  config: RawConfig,
  isTable: boolean,
  defaults: { partitions: number; replicas: number },
): TopicSpec {
  const groups = Config.of(config).get(FRAMEWORK.topicCreationGroups);
  const matches = (patterns: string | undefined): boolean => matchesAny(commaList(patterns), topic);
  const group = groups.find(
    (g) => matches(config[`topic.creation.${g}.include`]) && !matches(config[`topic.creation.${g}.exclude`]),
  );
  const settings: Record<string, string> = {};
  for (const name of group === undefined ? ['default'] : ['default', group]) {
    Object.assign(settings, under(config, `topic.creation.${name}.`));
  }
  const { partitions, 'replication.factor': replicas, include: _include, exclude: _exclude, ...configs } = settings;
  const count = (text: string | undefined, byDefault: number): number =>
    text === undefined || Number(text) < 1 ? byDefault : Number(text);
  return {
    name: topic,
    partitions: count(partitions, defaults.partitions),
    replicas: count(replicas, defaults.replicas),
    configs: isTable && configs['cleanup.policy'] === undefined ? { ...configs, 'cleanup.policy': 'compact' } : configs,
  };
}

/** Creates the topic if necessary; returns its number of partitions. */
export async function ensureTopic(log: Log, spec: TopicSpec, logger: Logger): Promise<number> {
  const existing = await log.admin.describeTopic(spec.name);
  if (existing) return existing.partitions;
  try {
    await log.admin.createTopic(spec);
    logger.info(`Created topic ${spec.name}`, { partitions: spec.partitions });
  } catch (error) {
    if (!isSluiceError(error, 'CONFLICT')) throw error;
  }
  return (await log.admin.describeTopic(spec.name))?.partitions ?? spec.partitions;
}
