import { Deadline } from '../../base/budget/deadline.ts';
import { KEYS } from '../../config/keys.ts';
import { SluiceError } from '../../base/errors.ts';
import { guarded } from '../../connect/client/errors.ts';
import type { StatementOf } from '../../sql/ast/statement.ts';
import { connectorHealth } from '../connectors/health.ts';
import { maskStatus } from '../connectors/mask.ts';
import type { ResultBody } from '../results.ts';
import type { Services } from '../services.ts';
import { findConnector, requireConnect } from './connectors/names.ts';

/** How long an assertion without TIMEOUT waits, in ms (ksql.assert.*.default.timeout.ms). */
const DEFAULT_TIMEOUT_MS = 1000;
const CHECK_INTERVAL_MS = 100;

/** ASSERT [NOT EXISTS] TOPIC. @throws SluiceError ASSERTION_FAILED */
export async function assertTopic(statement: StatementOf<'AssertTopic'>, services: Services): Promise<ResultBody> {
  await eventually(services, statement.timeout?.ms, async () => {
    const topic = await services.log.admin.describeTopic(statement.topic);
    if (!statement.exists) return topic ? `Topic ${statement.topic} exists` : undefined;
    if (!topic) return `Topic ${statement.topic} does not exist`;
    for (const property of statement.properties) {
      const actual =
        property.name.toUpperCase() === 'PARTITIONS'
          ? topic.partitions
          : property.name.toUpperCase() === 'REPLICAS'
            ? topic.replicas
            : undefined;
      if (actual === undefined) return `Cannot assert unknown topic property: "${property.name.toUpperCase()}"`;
      const expected =
        property.value.kind === 'IntegerLiteral'
          ? Number(property.value.value)
          : property.value.kind === 'StringLiteral'
            ? property.value.value
            : '';
      if (String(expected) !== String(actual)) {
        return `Mismatched configuration for topic ${statement.topic}: For config ${property.name.toLowerCase()}, expected ${expected} got ${actual}`;
      }
    }
    return undefined;
  });
  return { kind: 'assert_topic', topicName: statement.topic, exists: statement.exists };
}

/** ASSERT [NOT EXISTS] SCHEMA [SUBJECT s] [ID n]. @throws SluiceError ASSERTION_FAILED */
export async function assertSchema(statement: StatementOf<'AssertSchema'>, services: Services): Promise<ResultBody> {
  const { subject, id } = statement;
  const what = [subject === null ? '' : ` subject name ${subject}`, id === null ? '' : ` id ${id}`]
    .filter((s) => s !== '')
    .join(' and');
  await eventually(services, statement.timeout?.ms, async () => {
    const found = await schemaExists(services, subject, id);
    if (found === statement.exists) return undefined;
    return statement.exists ? `Schema with${what} does not exist` : `Schema with${what} exists`;
  });
  return { kind: 'assert_schema', subject, id, exists: statement.exists };
}

/**
 * ASSERT [NOT EXISTS] CONNECTOR. A state is that of the connector and of all its tasks.
 * @throws SluiceError ASSERTION_FAILED
 */
export async function assertConnector(
  { name, exists, state, timeout }: StatementOf<'AssertConnector'>,
  services: Services,
): Promise<ResultBody> {
  const connect = requireConnect(services);
  let connectorName = name.name;
  await eventually(services, timeout?.ms, async () => {
    const found = await findConnector(connect, name.name);
    if (!exists) return found === undefined ? undefined : `Connector ${found} exists`;
    if (found === undefined) return `Connector ${name.name} does not exist`;
    connectorName = found;
    if (state === null) return undefined;
    const status = await guarded(() => connect.status(found), 'Failed to query connector status: ');
    const { connector, tasks } = status;
    const isSo =
      state === 'FAILED'
        ? [connector, ...tasks].some((part) => part.state === 'FAILED')
        : connector.state === state &&
          tasks.every((t) => t.state === state) &&
          (state !== 'RUNNING' || tasks.length > 0);
    if (isSo) return undefined;
    const { config } = await connect.info(found);
    const isCluster = connect.embedded === undefined;
    const health = connectorHealth(await maskStatus(connect, status, config), { config, isCluster });
    return `Connector ${found} is not ${state}, but ${health.state}${health.cause === null ? '' : `: ${health.cause}`}`;
  });
  return { kind: 'assert_connector', connectorName, exists, state };
}

async function schemaExists(services: Services, subject: string | null, id: number | null): Promise<boolean> {
  if (subject === null) return (await services.registry.schemaById(id!)) !== undefined;
  if (id === null) return (await services.registry.latest(subject)) !== undefined;
  for (const version of (await services.registry.versions(subject)) ?? []) {
    if ((await services.registry.version(subject, version))?.id === id) return true;
  }
  return false;
}

/** Checks until `check` finds no problem or the time is over. */
async function eventually(
  services: Services,
  timeoutMs: number | undefined,
  check: () => Promise<string | undefined>,
): Promise<void> {
  const { clock, timers } = services.env;
  const deadline = clock.monotonicMs() + (timeoutMs ?? DEFAULT_TIMEOUT_MS);
  const most = new Deadline(clock, services.config.get(KEYS.statementMaxMs), KEYS.statementMaxMs.name);
  for (;;) {
    const problem = await check();
    if (problem === undefined) return;
    if (clock.monotonicMs() >= deadline) throw new SluiceError('ASSERTION_FAILED', problem);
    most.check();
    await timers.sleep(CHECK_INTERVAL_MS);
  }
}
