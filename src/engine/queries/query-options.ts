import { INTERNAL_KEYS, KEYS } from '../../config/keys.ts';
import { DEFAULT_SETTINGS, type TaskSettings } from '../../dataflow/settings.ts';
import { Work } from '../../base/budget/work.ts';
import { UserFence } from '../../functions/user-fence.ts';
import type { FunctionEnv } from '../../functions/api.ts';
import type { Config } from '../../base/config/config.ts';
import type { SharedTasks } from '../../dataflow/runner/runner-options.ts';
import type { Services } from '../services.ts';

/** The settings of a query's tasks, from the configuration in force when it was created. */
export function taskSettings(config: Config): TaskSettings {
  return {
    ...DEFAULT_SETTINGS,
    throwOnInvalidTimestamp: config.get(KEYS.timestampThrowOnInvalid),
    failOnUnreadable: config.get(KEYS.failOnDeserializationError),
    failOnUnwritable: config.get(KEYS.failOnProductionError),
    gatherUpdates: cacheBytes(config) > 0,
    finalEmitIntervalMs: config.get(INTERNAL_KEYS.emitIntervalWindowedAggregation),
    outerJoinEmitIntervalMs: config.get(INTERNAL_KEYS.emitIntervalOuterJoin),
    maxRecordBytes: config.get(KEYS.maxRequestSize),
  };
}

/** Kafka has two names for the setting; the newer one takes precedence. */
function cacheBytes(config: Config): number {
  const newer = KEYS.statestoreCacheMaxBytes;
  return config.get(config.isSet(newer) ? newer : KEYS.cacheMaxBytesBuffering);
}

/** Whether a push query gathers updates: only when requested, since a client wants to see every change. */
export function gathersForClients(config: Config): boolean {
  return (
    [KEYS.cacheMaxBytesBuffering, KEYS.statestoreCacheMaxBytes].some((key) => config.isSet(key)) &&
    cacheBytes(config) > 0
  );
}

/** `ksql.row.max.steps` or `ksql.query.persistent.row.max.steps`. */
export type RowLimit = typeof KEYS.rowMaxSteps;

/** The environment of functions. */
export function functionEnv(services: Pick<Services, 'env'>, config: Config, limit: RowLimit): FunctionEnv {
  const { clock, random } = services.env;
  return {
    nowMs: () => clock.nowMs(),
    random: () => random.next(),
    uuid: () => random.uuid(),
    config: (name) => config.passed(name),
    work: new Work(config.get(limit), limit.name),
    // Persistent queries have threads of their own.
    fence: limit === KEYS.rowMaxSteps ? new UserFence(config.get(KEYS.userFunctionMaxMs)) : undefined,
  };
}

export function offsetReset(config: Config): 'earliest' | 'latest' {
  return config.get(KEYS.autoOffsetReset) === 'earliest' ? 'earliest' : 'latest';
}

/** How long to wait after a query has failed or a thread has died. */
export function retryDelays(server: Config): { readonly retryInitialMs: number; readonly retryMaxMs: number } {
  return {
    retryInitialMs: server.get(KEYS.queryRetryBackoffInitialMs),
    retryMaxMs: server.get(KEYS.queryRetryBackoffMaxMs),
  };
}

/** How a persistent query is shared with other servers. */
export function sharedTasks(shared: NonNullable<Services['shared']>, config: Config): SharedTasks {
  return {
    ...shared,
    guarantee: config.get(KEYS.processingGuarantee) === 'at_least_once' ? 'at_least_once' : 'exactly_once_v2',
    replicas: config.get(KEYS.replicationFactor),
    sessionTimeoutMs: config.get(KEYS.sessionTimeoutMs),
    heartbeatIntervalMs: config.get(KEYS.heartbeatIntervalMs),
  };
}
