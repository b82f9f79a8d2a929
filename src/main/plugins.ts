import { existsSync, readdirSync, statSync } from 'node:fs';
import path from 'node:path';
import { pathToFileURL } from 'node:url';
import { messageOf, SluiceError } from '../base/errors.ts';
import type { ConnectorPlugin } from '../connect/api/connector.ts';

export interface LoadedPlugins {
  readonly plugins: readonly ConnectorPlugin[];
  readonly problems: readonly SluiceError[];
}

/**
 * Connectors of `plugin.path`: each entry is a module, a folder of modules, or the name of an installed package. What a
 * module exports in the form of `sluice/connect`'s ConnectorPlugin becomes a connector; a module that cannot be loaded
 * is a problem, not the end.
 */
export async function loadPlugins(entries: readonly string[]): Promise<LoadedPlugins> {
  const plugins: ConnectorPlugin[] = [];
  const problems: SluiceError[] = [];
  for (const specifier of entries.flatMap(modulesOf)) {
    try {
      const found = pluginsOf((await import(specifier)) as unknown);
      if (found.length === 0)
        problems.push(new SluiceError('CONFIG', `plugin.path: ${specifier} exports no connector`));
      plugins.push(...found);
    } catch (error) {
      problems.push(
        new SluiceError('CONFIG', `plugin.path: ${specifier} could not be loaded: ${messageOf(error)}`, {
          cause: error,
        }),
      );
    }
  }
  return { plugins, problems };
}

/** Import specifiers of one entry. A name that is no path is a package. */
function modulesOf(entry: string): string[] {
  const full = path.resolve(entry);
  if (!existsSync(full)) return [entry];
  const files = statSync(full).isDirectory()
    ? readdirSync(full)
        .filter((name) => /\.m?js$/.test(name) && !name.includes('.test.'))
        .toSorted()
        .map((name) => path.join(full, name))
    : [full];
  return files.map((file) => pathToFileURL(file).href);
}

/** Exports that are plugins: by themselves, in an array, or in the default export. */
function pluginsOf(exports: unknown): ConnectorPlugin[] {
  const found = new Set<ConnectorPlugin>();
  const visit = (value: unknown, depth: number): void => {
    if (value === null || typeof value !== 'object' || depth < 0) return;
    if (isPlugin(value)) found.add(value);
    else for (const inner of Object.values(value)) visit(inner, depth - 1);
  };
  visit(exports, 2);
  return [...found];
}

function isPlugin(value: object): value is ConnectorPlugin {
  const { className, type, config, load } = value as Partial<ConnectorPlugin>;
  return (
    typeof className === 'string' &&
    (type === 'source' || type === 'sink') &&
    Array.isArray(config) &&
    typeof load === 'function'
  );
}
