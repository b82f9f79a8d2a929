import { KEYS } from '../../config/keys.ts';
import { QueryRunner } from '../../dataflow/runner/query-runner.ts';
import type { QueryPlan } from '../../plan/steps/steps.ts';
import type { Config } from '../../base/config/config.ts';
import type { Services } from '../services.ts';
import type { QueryRun, RunState } from './query-run.ts';
import { functionEnv, offsetReset, retryDelays, sharedTasks, taskSettings } from './query-options.ts';

/** What a persistent query needs from the thread in which it runs. */
export type RunnerServices = Pick<
  Services,
  'dropState' | 'env' | 'log' | 'functions' | 'codecs' | 'loadSchemas' | 'processingLog' | 'state' | 'shared'
> & {
  /** The size limits of one commit; larger where others do not wait for this thread. */
  readonly commitLimits?: { readonly commitBytes: number; readonly commitEntries: number };
};

/** Creates the runner of a persistent query; `properties` are those of its statement. */
export function createRunner(
  plan: QueryPlan,
  properties: Readonly<Record<string, unknown>>,
  services: RunnerServices,
  server: Config,
): QueryRunner {
  const { env, log, functions, codecs, processingLog } = services;
  const config = server.with(properties);
  return new QueryRunner({
    plan,
    log,
    env,
    serviceId: server.get(KEYS.serviceId),
    offsetReset: offsetReset(config),
    settings: taskSettings(config),
    compile: { functions, functionEnv: functionEnv(services, config, KEYS.queryPersistentRowMaxSteps) },
    registry: codecs,
    loadSchemas: services.loadSchemas,
    processingLog,
    state: services.state,
    shared: services.shared && sharedTasks(services.shared, config),
    commitIntervalMs: config.get(KEYS.commitIntervalMs),
    maxTaskIdleMs: config.get(KEYS.maxTaskIdleMs),
    schemaPatienceMs: config.get(KEYS.missingSchemaWaitMs),
    ...services.commitLimits,
    ...retryDelays(server),
    errorsKept: server.get(KEYS.queryErrorMaxQueueSize),
  });
}

/** A query's run in this thread. */
export class LocalRun implements QueryRun {
  readonly #runner: QueryRunner;
  readonly #dropState: (prefix: string) => Promise<void>;

  constructor(runner: QueryRunner, dropState: (prefix: string) => Promise<void> = () => Promise.resolve()) {
    this.#runner = runner;
    this.#dropState = dropState;
  }

  get current(): RunState {
    const { state, errors, metrics, positions, units, allTasks } = this.#runner;
    return { state, errors: [...errors], metrics, positions, units, allTasks };
  }

  fresh(): Promise<RunState> {
    return Promise.resolve(this.current);
  }

  pause(): void {
    this.#runner.pause();
  }

  resume(): void {
    this.#runner.resume();
  }

  async close(forget = false): Promise<void> {
    await this.#runner.close();
    if (forget) await this.#dropState(`${this.#runner.queryId}/`);
  }

  async caughtUp(): Promise<RunState | undefined> {
    return this.#runner.isPaused || (await this.#runner.caughtUp()) ? this.current : undefined;
  }
}
