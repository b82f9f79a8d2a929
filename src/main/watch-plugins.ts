import { readdirSync, statSync, type Dirent } from 'node:fs';
import path from 'node:path';
import type { Env } from '../base/env.ts';
import { messageOf } from '../base/errors.ts';
import { loadPlugins } from '../connect/plugins/load.ts';
import type { ThreadOptions } from '../connect/plugins/plugin-thread.ts';
import type { Herder } from '../connect/worker/herder.ts';
import type { AllPlugins } from '../connect/worker/plugins/plugin-catalog.ts';
import { modulesOf } from './plugins.ts';
import { watchFiles } from './watch-files.ts';

/** How often the files are examined, in ms. */
const LOOK_MS = 500;
/** The most files that are watched. */
const FILES_MAX = 1000;
/** How many folders deep they are. */
const DEPTH_MAX = 5;

/**
 * Watches the files of `plugin.path`, and those beside them that they may import. When one changes, all of them are
 * loaded again and the connectors that use them are restarted. If they cannot be loaded, the previous ones remain, and
 * the log says why.
 *
 * @returns a function that ends the watch
 */
export function watchPlugins(
  entries: readonly string[],
  site: {
    readonly herder: Pick<Herder, 'exchangePlugins'>;
    readonly threads: ThreadOptions;
    readonly plugins: AllPlugins;
    readonly env: Env;
  },
): () => Promise<void> {
  const { herder, threads, env } = site;
  let current = site.plugins;
  let work: Promise<void> = Promise.resolve();
  const loadAnew = async (): Promise<void> => {
    const { problems, ...plugins } = await loadPlugins(modulesOf(entries), threads);
    for (const { message } of problems)
      env.logger.error('A changed plug-in cannot be loaded; the former one stays', { error: message });
    if (problems.length > 0) return;
    const before = current;
    current = plugins;
    const connectors = await herder.exchangePlugins(before, plugins);
    env.logger.info('Plug-ins were loaded anew', { connectors: connectors.join(', ') });
  };
  const end = watchFiles(
    () => watchedFiles(entries),
    LOOK_MS,
    env.timers,
    () =>
      (work = loadAnew().catch((error: unknown) => {
        env.logger.error('Changed plug-ins could not be put in place', { error: messageOf(error) });
      })),
  );
  return async () => {
    end();
    await work;
  };
}

/** Empty for a folder that does not exist or may not be read. */
function entriesOf(folder: string): readonly Dirent[] {
  try {
    return readdirSync(folder, { withFileTypes: true });
  } catch {
    return [];
  }
}

/** The files of the entries, which may be files or folders, and those beside and below them. */
function watchedFiles(entries: readonly string[]): Set<string> {
  const files = new Set<string>();
  const walk = (folder: string, depth: number): void => {
    for (const entry of entriesOf(folder)) {
      if (entry.name.startsWith('.') || entry.name === 'node_modules' || files.size >= FILES_MAX) continue;
      const full = path.join(folder, entry.name);
      if (entry.isDirectory()) {
        if (depth < DEPTH_MAX) walk(full, depth + 1);
      } else if (/\.(?:[cm]?js|json)$/.test(entry.name) && !entry.name.includes('.test.')) files.add(full);
    }
  };
  for (const entry of entries) {
    const full = path.resolve(entry);
    const stat = statSync(full, { throwIfNoEntry: false });
    if (stat !== undefined) walk(stat.isDirectory() ? full : path.dirname(full), 0);
  }
  return files;
}
