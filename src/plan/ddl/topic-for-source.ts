import { SluiceError } from '../../base/errors.ts';
import { didYouMean } from '../../base/suggest.ts';
import { topicNameProblem } from '../../base/topic-name.ts';
import { KEYS } from '../../config/keys.ts';
import type { PlanContext, TopicInfo } from '../context.ts';
import { reject } from '../errors.ts';
import type { WithClause } from '../properties/with-clause.ts';
import type { TopicToCreate } from '../statement-plan.ts';

/**
 * The topic of a CREATE without AS: either it exists, or the WITH clause gives the number of partitions to create it
 * with.
 * @throws SluiceError STATEMENT
 */
export function topicForSource(
  context: PlanContext,
  clause: WithClause,
  topic: string,
  isTable: boolean,
): TopicToCreate {
  const existing = context.topics.find(topic);
  const partitions = clause.number('PARTITIONS');
  if (existing === undefined && partitions === undefined) {
    throw reject(
      `Topic '${topic}' does not exist. If you want to create a new topic for the stream/table please re-run the statement ` +
        `providing the required 'PARTITIONS' configuration in the WITH clause (and optionally 'REPLICAS'). For example: ` +
        `CREATE ${isTable ? 'TABLE' : 'STREAM'} ... WITH (KAFKA_TOPIC='${topic}', PARTITIONS=1);`,
      clause.spanOf('KAFKA_TOPIC'),
      didYouMean(
        topic,
        [...context.catalog.sources.values()].map((source) => source.topic.name),
      ),
    );
  }
  if (existing === undefined) checkName(topic, clause);
  if (existing !== undefined) {
    checkCounts(clause);
    return { name: topic, partitions: existing.partitions, replicas: existing.replicas, configs: {}, exists: true };
  }
  return topicPlan(
    context,
    clause,
    topic,
    existing,
    { partitions: partitions ?? 1, replicas: undefined },
    isTable ? (clause.has('WINDOW_TYPE') ? 'compact,delete' : 'compact') : 'delete',
  );
}

/** Warnings for a CREATE over an existing topic whose partition or replica counts differ from the statement's. */
export function topicWarnings(clause: WithClause, topic: TopicToCreate): string[] {
  const asked = (name: 'PARTITIONS' | 'REPLICAS', actual: number): string[] => {
    const wanted = clause.number(name);
    return wanted === undefined || !topic.exists || wanted === actual
      ? []
      : [`${name} is ignored: topic '${topic.name}' exists and has ${actual}, not ${wanted}.`];
  };
  return [...asked('PARTITIONS', topic.partitions), ...asked('REPLICAS', topic.replicas)];
}

/**
 * The cleanup policy of a topic: a table's topic keeps the last record of each key, a windowed table's also drops old
 * windows.
 */
export type CleanupPolicy = 'delete' | 'compact' | 'compact,delete';

/** Defaults for a new topic, taken from the topic from which it is derived. */
export interface TopicDefaults {
  readonly partitions: number;
  readonly replicas: number | undefined;
  readonly retentionMs?: number | undefined;
}

/**
 * Plans to create a topic, or finds that it exists and agrees with the WITH clause.
 * @throws SluiceError STATEMENT
 */
export function topicPlan(
  context: PlanContext,
  clause: WithClause,
  topic: string,
  existing: TopicInfo | undefined,
  defaults: TopicDefaults,
  cleanup: CleanupPolicy,
): TopicToCreate {
  checkCounts(clause);
  if (existing !== undefined) {
    checkAgrees(clause, topic, existing);
    return { name: topic, partitions: existing.partitions, replicas: existing.replicas, configs: {}, exists: true };
  }
  const configs: Record<string, string> = {};
  const policy = clause.string('CLEANUP_POLICY');
  const retention = clause.number('RETENTION_MS');
  if (policy !== undefined) configs['cleanup.policy'] = checkedPolicy(policy, clause);
  else if (cleanup !== 'delete') configs['cleanup.policy'] = cleanup;
  if (retention !== undefined) {
    if (configs['cleanup.policy'] === 'compact') {
      throw reject(
        'Invalid config variable in the WITH clause: RETENTION_MS. Non-windowed tables do not support retention.',
        clause.spanOf('RETENTION_MS'),
      );
    }
    configs['retention.ms'] = String(retention);
  } else if (defaults.retentionMs !== undefined && configs['cleanup.policy'] !== 'compact')
    configs['retention.ms'] = String(defaults.retentionMs);
  const replicas = clause.number('REPLICAS') ?? defaults.replicas ?? configuredReplicas(context);
  return {
    name: topic,
    partitions: clause.number('PARTITIONS') ?? defaults.partitions,
    replicas,
    configs,
    exists: false,
  };
}

/** @throws SluiceError STATEMENT, at the property, as Kafka refuses such a topic */
function checkedPolicy(policy: string, clause: WithClause): string {
  const given = policy.toLowerCase();
  const wrong = given.split(',').find((part) => !POLICIES.includes(part.trim()));
  if (wrong === undefined) return given;
  throw reject(
    `Invalid value ${wrong.trim()} for configuration cleanup.policy: String must be one of: ${POLICIES.join(', ')}`,
    clause.spanOf('CLEANUP_POLICY'),
    didYouMean(wrong.trim(), POLICIES) ??
      "CLEANUP_POLICY='compact' keeps the last record of each key, 'delete' all for a time.",
  );
}

const POLICIES = ['delete', 'compact'];

function configuredReplicas(context: PlanContext): number {
  return context.config.get(KEYS.internalTopicReplicas);
}

function checkCounts(clause: WithClause): void {
  for (const name of ['PARTITIONS', 'REPLICAS'] as const) {
    const count = clause.number(name);
    if (count !== undefined && count <= 0) {
      const what = name === 'PARTITIONS' ? 'number of partitions' : 'number of replicas';
      throw reject(
        `Invalid ${what} in WITH clause: ${name} must be positive, got ${count}.`,
        clause.spanOf(name),
        `${name}=1 is the least.`,
      );
    }
  }
}

function checkAgrees(clause: WithClause, topic: string, existing: TopicInfo): void {
  const partitions = clause.number('PARTITIONS') ?? existing.partitions;
  const replicas = clause.number('REPLICAS') ?? existing.replicas;
  if (partitions === existing.partitions && replicas === existing.replicas) return;
  throw reject(
    `A Kafka topic with the name '${topic}' already exists, with different partition/replica configuration than required. ` +
      `KSQL expects ${partitions} partitions (topic has ${existing.partitions}), ` +
      `and ${replicas} replication factor (topic has ${existing.replicas}).`,
    clause.spanOf('PARTITIONS') ?? clause.spanOf('REPLICAS'),
    `PARTITIONS=${existing.partitions} goes with the topic that is there, another KAFKA_TOPIC makes a new one.`,
  );
}

/** Refuses an invalid topic name at its position in the statement. @throws SluiceError REJECTED */
function checkName(topic: string, clause: WithClause): void {
  const problem = topicNameProblem(topic);
  if (problem === undefined) return;
  const plain = topic.replaceAll(/[^a-zA-Z0-9._-]+/g, '-').replaceAll(/^-+|-+$/g, '');
  throw new SluiceError('REJECTED', `Topic name is invalid: ${problem}`, {
    span: clause.spanOf('KAFKA_TOPIC'),
    hint: `A name has letters, digits, '.', '_' and '-', at most 249${plain === '' || plain.length > 40 || plain === topic ? '' : `: KAFKA_TOPIC='${plain}'`}.`,
  });
}
