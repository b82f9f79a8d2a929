/**
 * Public door 4, `sluice/connect/testing`: what every connector keeps, as tests for those of others, and a worker to
 * try plug-ins with. Modules run as `plugin.path` runs them, in threads. See docs/guide/plugins.md.
 */
import { SILENT_LOGGER } from './base/env.ts';
import { serverConfig } from './config/server-config.ts';
import { loadPlugins } from './connect/plugins/load.ts';
import { sinkSuite as sinks, type SinkWorld } from './connect/suites/sink-suite.ts';
import { sourceSuite as sources, type SourceWorld } from './connect/suites/source-suite.ts';
import { Trial, type Runner, type TrialSite } from './connect/suites/trial.ts';
import { nodeEnv } from './host/node-env.ts';
import { modulesOf, pluginThreads } from './main/plugins.ts';

export type { RecordOf, SinkWorld } from './connect/suites/sink-suite.ts';
export type { SourceWorld } from './connect/suites/source-suite.ts';
export type { Runner, Trial } from './connect/suites/trial.ts';
export type { ReadRecord, TrialWorker } from './connect/worker/trial-worker.ts';

/** What a suite is given. */
export interface SuiteOptions {
  /** `describe`, `test`, `beforeEach` and `afterEach` of vitest or node:test. A test may take 30 s. */
  readonly runner: Runner;
  /** Entries of plugin.path: modules, folders, packages. */
  readonly plugins: readonly string[];
}

const env = nodeEnv(SILENT_LOGGER);

/** @throws Error where something of them cannot be loaded */
async function loaded(entries: readonly string[]): ReturnType<TrialSite['plugins']> {
  const { problems, ...plugins } = await loadPlugins(modulesOf(entries), pluginThreads(serverConfig({}), env));
  if (problems.length > 0) throw new Error(problems.map((p) => p.message).join('\n'));
  return plugins;
}

function siteOf({ runner, plugins }: SuiteOptions): TrialSite {
  let once: ReturnType<TrialSite['plugins']> | undefined;
  return { runner, env, plugins: () => (once ??= loaded(plugins)) };
}

/** Tests what every source keeps: order, each record once, pauses, restarts, offsets. `start` makes an empty world. */
export function sourceSuite(name: string, options: SuiteOptions, start: () => Promise<SourceWorld>): void {
  sources(name, siteOf(options), start);
}

/** Tests what every sink keeps: order, restarts, dead letters, outages. `start` makes an empty world. */
export function sinkSuite(name: string, options: SuiteOptions, start: () => Promise<SinkWorld>): void {
  sinks(name, siteOf(options), start);
}

/** A worker in this process, on a log in memory, that has the plug-ins. To be closed with `worker.close()`. */
export async function startTrial(plugins: readonly string[]): Promise<Trial> {
  const trial = new Trial({ env }, await loaded(plugins));
  await trial.worker.start();
  return trial;
}
