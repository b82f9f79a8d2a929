import { DEFAULT_SETTINGS, type TaskSettings } from '../../dataflow/settings.ts';
import type { FunctionEnv } from '../../functions/api.ts';
import type { Config } from '../config/config.ts';
import type { SharedTasks } from '../../dataflow/runner-options.ts';
import type { Services } from '../services.ts';

/** What a query's tasks take from the configuration in force when it was created. */
export function taskSettings(config: Config): TaskSettings {
  const number = (name: string): number | undefined =>
    config.get(name) === undefined ? undefined : config.number(name);
  return {
    ...DEFAULT_SETTINGS,
    throwOnInvalidTimestamp: config.boolean('ksql.timestamp.throw.on.invalid'),
    failOnUnreadable: config.boolean('ksql.fail.on.deserialization.error'),
    failOnUnwritable: config.isSet('ksql.fail.on.production.error')
      ? config.boolean('ksql.fail.on.production.error')
      : undefined,
    gatherUpdates: cacheBytes(config) > 0,
    finalEmitIntervalMs: number('ksql.streams.__emit.interval.ms.kstreams.windowed.aggregation__'),
    outerJoinEmitIntervalMs: number('ksql.streams.__emit.interval.ms.kstreams.outer.join.spurious.results.fix__'),
    maxRecordBytes: number('ksql.streams.max.request.size') ?? DEFAULT_SETTINGS.maxRecordBytes,
  };
}

/** Kafka has two names for the setting; the newer one counts where it is set. */
function cacheBytes(config: Config): number {
  const newer = 'ksql.streams.statestore.cache.max.bytes';
  return config.number(config.isSet(newer) ? newer : 'ksql.streams.cache.max.bytes.buffering');
}

/** Whether a push query gathers updates: only where somebody asked for it, as whoever looks on wants to see every change. */
export function gathersForClients(config: Config): boolean {
  const isSet = ['ksql.streams.cache.max.bytes.buffering', 'ksql.streams.statestore.cache.max.bytes'].some((name) =>
    config.isSet(name),
  );
  return isSet && cacheBytes(config) > 0;
}

/** The world as functions may see it. */
export function functionEnv(services: Pick<Services, 'env'>, config: Config): FunctionEnv {
  const { clock, random } = services.env;
  return {
    nowMs: () => clock.nowMs(),
    random: () => random.next(),
    uuid: () => random.uuid(),
    config: (key) => config.get(key),
  };
}

export function offsetReset(config: Config): 'earliest' | 'latest' {
  return config.get('auto.offset.reset') === 'earliest' ? 'earliest' : 'latest';
}

/** How long a query that has failed, or a thread that has died, is left alone. */
export function retryDelays(server: Config): { readonly retryInitialMs: number; readonly retryMaxMs: number } {
  return {
    retryInitialMs: server.number('ksql.query.retry.backoff.initial.ms'),
    retryMaxMs: server.number('ksql.query.retry.backoff.max.ms'),
  };
}

/** How a persistent query is shared with other servers. */
export function sharedTasks(shared: NonNullable<Services['shared']>, config: Config): SharedTasks {
  const number = (name: string): number | undefined =>
    config.get(name) === undefined ? undefined : config.number(name);
  return {
    ...shared,
    guarantee:
      config.string('ksql.streams.processing.guarantee') === 'at_least_once' ? 'at_least_once' : 'exactly_once_v2',
    replicas: config.number('ksql.streams.replication.factor'),
    sessionTimeoutMs: number('ksql.streams.session.timeout.ms'),
    // Kafka's default of three seconds would be how long a joining thread waits for the others to hear of it.
    heartbeatIntervalMs: number('ksql.streams.heartbeat.interval.ms') ?? 1000,
  };
}
