import { messageOf, SluiceError } from '../../base/errors.ts';
import type { ConnectorPlugin } from '../api/connector.ts';
import { Deadline } from './deadline.ts';
import { PluginThread, type ThreadOptions } from './plugin-thread.ts';
import { threadedPlugin } from './threaded-plugin.ts';

/** How long a module may take until it can say what it has, in ms. */
const LOAD_MS = 30_000;
/** Modules that are looked at at a time. */
const AT_A_TIME = 4;

export interface LoadedPlugins {
  readonly plugins: readonly ConnectorPlugin[];
  readonly problems: readonly SluiceError[];
}

/**
 * The connectors of modules, each looked at in a thread of its own. What a module exports in the form of
 * `sluice/connect`'s ConnectorPlugin becomes a connector; a module that cannot be loaded, ends its thread or does not
 * come to an end is a problem, not the end.
 */
export async function loadPlugins(specifiers: readonly string[], options: ThreadOptions): Promise<LoadedPlugins> {
  const found: LoadedPlugins[] = [];
  for (let from = 0; from < specifiers.length; from += AT_A_TIME)
    found.push(...(await Promise.all(specifiers.slice(from, from + AT_A_TIME).map((one) => loadModule(one, options)))));
  return { plugins: found.flatMap((f) => f.plugins), problems: found.flatMap((f) => f.problems) };
}

async function loadModule(specifier: string, options: ThreadOptions): Promise<LoadedPlugins> {
  const thread = new PluginThread(options, { specifier, className: undefined });
  const deadline = new Deadline(options.env, LOAD_MS, `it has not said within ${LOAD_MS} ms what it has`);
  const problem = (text: string, cause?: unknown): SluiceError =>
    new SluiceError('CONFIG', `plugin.path: ${specifier}${text}`, { cause });
  try {
    const { plugins, problems } = await deadline.of(thread.call(0, 'module'));
    return {
      plugins: plugins.map((table) => threadedPlugin(table, specifier, options)),
      problems:
        plugins.length + problems.length === 0
          ? [problem(' exports no connector')]
          : problems.map((text) => problem(`: ${text}`)),
    };
  } catch (error) {
    return { plugins: [], problems: [problem(` could not be loaded: ${messageOf(error)}`, error)] };
  } finally {
    deadline.cancel();
    await thread.end();
  }
}
