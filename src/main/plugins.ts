import { existsSync, readdirSync, statSync } from 'node:fs';
import path from 'node:path';
import { pathToFileURL } from 'node:url';
import type { Config } from '../base/config/config.ts';
import type { Env } from '../base/env.ts';
import { KEYS } from '../config/keys.ts';
import type { FromThread } from '../connect/plugins/messages.ts';
import type { ThreadOptions } from '../connect/plugins/plugin-thread.ts';
import { startWorker } from './start-worker.ts';

/** Import specifiers of the entries of `plugin.path`: modules, folders of modules, names of installed packages. */
export function modulesOf(entries: readonly string[]): string[] {
  return entries.flatMap((entry) => {
    const full = path.resolve(entry);
    // A name that is not a path is the name of a package.
    if (!existsSync(full)) return [entry];
    const files = statSync(full).isDirectory()
      ? readdirSync(full)
          .filter((name) => /\.m?js$/.test(name) && !name.includes('.test.'))
          .toSorted()
          .map((name) => path.join(full, name))
      : [full];
    return files.map((file) => pathToFileURL(file).href);
  });
}

/** How threads for plugins are started, and which resources they may use. */
export function pluginThreads(config: Config, env: Env, startFile = startWorker): ThreadOptions {
  return {
    env,
    limits: { memoryBytes: config.get(KEYS.pluginMemoryMaxBytes), stallMs: config.get(KEYS.pluginStallMs) },
    start: (data, memoryBytes, moved) => {
      const worker = startFile('plugin-worker', data, `plugin ${data.className ?? data.specifier}`, {
        transferList: [...moved],
        resourceLimits: { maxOldGenerationSizeMb: Math.ceil(memoryBytes / 2 ** 20) },
      });
      let failure: unknown;
      worker.on('error', (error) => (failure = error));
      // The thread must not keep the process alive when everything else has ended.
      worker.unref();
      return {
        post: (message) => worker.postMessage(message),
        onMessage: (handler) => worker.on('message', (message) => handler(message as FromThread)),
        onEnd: (handler) => worker.on('exit', (code) => handler(code, failure)),
        terminate: async () => {
          await worker.terminate();
        },
      };
    },
  };
}
