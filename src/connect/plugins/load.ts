import { messageOf, SluiceError } from '../../base/errors.ts';
import type { RecordPlugins, WorkerConverter, WorkerPredicate, WorkerTransform } from '../api/apart.ts';
import type { ConnectorPlugin } from '../api/connector.ts';
import { Deadline } from './deadline.ts';
import { PluginThread, type ThreadOptions } from './plugin-thread.ts';
import { threadedPart, type ThreadedPart } from './threaded-part.ts';
import { threadedPlugin } from './threaded-plugin.ts';

/** How long a module may take to describe itself, in ms. */
const LOAD_MS = 30_000;
/** The number of modules that are examined concurrently. */
const AT_A_TIME = 4;

export interface LoadedPlugins extends RecordPlugins {
  readonly connectors: readonly ConnectorPlugin[];
  readonly problems: readonly SluiceError[];
}

interface LoadedModule {
  readonly connectors: readonly ConnectorPlugin[];
  readonly parts: readonly ThreadedPart[];
  readonly problems: readonly SluiceError[];
}

/**
 * Describes modules, each in a thread of its own. Exports in the form of `sluice/connect`'s ConnectorPlugin become
 * connectors, and likewise ModuleTransform, ModulePredicate and ModuleConverter. A module that cannot be loaded, ends
 * its thread or never finishes is reported as a problem, without other effects.
 */
export async function loadPlugins(specifiers: readonly string[], options: ThreadOptions): Promise<LoadedPlugins> {
  const found: LoadedModule[] = [];
  for (let from = 0; from < specifiers.length; from += AT_A_TIME)
    found.push(...(await Promise.all(specifiers.slice(from, from + AT_A_TIME).map((one) => loadModule(one, options)))));
  const parts = found.flatMap((f) => f.parts);
  return {
    connectors: found.flatMap((f) => f.connectors),
    transforms: parts.flatMap((p): WorkerTransform[] => (p.type === 'transformation' ? [p.plugin] : [])),
    predicates: parts.flatMap((p): WorkerPredicate[] => (p.type === 'predicate' ? [p.plugin] : [])),
    converters: parts.flatMap((p): WorkerConverter[] => (p.type === 'converter' ? [p.plugin] : [])),
    problems: found.flatMap((f) => f.problems),
  };
}

async function loadModule(specifier: string, options: ThreadOptions): Promise<LoadedModule> {
  const thread = new PluginThread(options, { specifier, className: undefined });
  const deadline = new Deadline(options.env, LOAD_MS, `it has not said within ${LOAD_MS} ms what it has`);
  const problem = (text: string, cause?: unknown): SluiceError =>
    new SluiceError('CONFIG', `plugin.path: ${specifier}${text}`, { cause });
  try {
    const { plugins, parts, problems } = await deadline.of(thread.call(0, 'module'));
    return {
      connectors: plugins.map((table) => threadedPlugin(table, specifier, options)),
      parts: parts.map((table) => threadedPart(table, specifier, options)),
      problems:
        plugins.length + parts.length + problems.length === 0
          ? [problem(' exports no connector, transform, predicate or converter')]
          : problems.map((text) => problem(`: ${text}`)),
    };
  } catch (error) {
    return { connectors: [], parts: [], problems: [problem(` could not be loaded: ${messageOf(error)}`, error)] };
  } finally {
    deadline.cancel();
    await thread.end();
  }
}
