import { strict as assert } from 'node:assert';
import type { Env } from '../../base/env.ts';
import { EmbeddedLog } from '../../log/embedded/embedded-log.ts';
import { MemoryStore } from '../../store/memory-store.ts';
import type { RawConfig } from '../api/config-spec.ts';
import type { WorkerOptions } from '../worker/worker-options.ts';
import { eventually, TrialWorker } from '../worker/trial-worker.ts';

/** The functions of a test framework: vitest, node:test or jest. */
export interface Runner {
  describe(name: string, body: () => void): unknown;
  test(name: string, body: () => Promise<void>): unknown;
  beforeEach(body: () => Promise<void>): unknown;
  afterEach(body: () => Promise<void>): unknown;
}

/** Where the connectors of a suite run. */
export interface TrialSite {
  readonly runner: Runner;
  readonly env: Env;
  /** The plug-ins in addition to the built-in ones. */
  readonly plugins: () => Promise<Pick<WorkerOptions, 'connectors' | 'transforms' | 'predicates' | 'converters'>>;
}

/** How long expected results may take, in ms. */
export const PATIENCE_MS = 60_000;

/** The worker of one test, with functions that wait for expected results. */
export class Trial {
  readonly worker: TrialWorker;
  readonly env: Env;

  constructor({ env }: Pick<TrialSite, 'env'>, plugins: Partial<WorkerOptions>) {
    this.env = env;
    this.worker = new TrialWorker(new EmbeddedLog({ store: new MemoryStore(), env }), env, plugins);
  }

  until<T>(probe: () => T | Promise<T>, ms = PATIENCE_MS): Promise<Exclude<T, false | null | undefined>> {
    return eventually(this.env, probe, ms);
  }

  /** Waits until `read` returns the expected value. @throws an error with the difference */
  async comes<T>(read: () => T | Promise<T>, expected: T): Promise<void> {
    await this.until(async () => {
      assert.deepEqual(await read(), expected);
      return true;
    });
  }

  /** Checks that invalid settings are rejected with an error of the named setting. */
  async refuses(config: RawConfig, { change, names }: { readonly change: RawConfig; readonly names: string }) {
    const wrong = Object.fromEntries(Object.entries({ ...config, ...change }).filter(([, value]) => value !== ''));
    const infos = await this.worker.herder.settings.validate({ ...wrong, name: 'c' });
    const named = infos.configs.filter((c) => c.value.errors.length > 0).map((c) => c.value.name);
    assert(named.includes(names), `${JSON.stringify(change)} is refused at [${named.join(', ')}], not at ${names}`);
    await assert.rejects(this.worker.herder.create('c', wrong), /invalid/i);
  }
}

/** What a suite needs of each test: an empty system outside, and a worker. */
export interface TrialSetUp<World> {
  readonly world: World;
  readonly trial: Trial;
}

/**
 * Starts a system and a worker before each test of a suite, and ends them after it.
 * @returns the set-up of the test that is running
 */
export function setUpEach<World extends { close(): Promise<void> }>(
  site: TrialSite,
  start: () => Promise<World>,
): () => TrialSetUp<World> {
  let setUp: TrialSetUp<World>;
  site.runner.beforeEach(async () => {
    const world = await start();
    const trial = new Trial(site, await site.plugins());
    await trial.worker.start();
    setUp = { world, trial };
  });
  site.runner.afterEach(async () => {
    await setUp.trial.worker.close();
    await setUp.world.close();
  });
  return () => setUp;
}
