import { KEYS } from '../config/keys.ts';
import { readdirSync, statSync } from 'node:fs';
import path from 'node:path';
import { pathToFileURL } from 'node:url';
import { messageOf, SluiceError } from '../base/errors.ts';
import type { Env } from '../base/env.ts';
import type { Config } from '../base/config/config.ts';
import { BUILT_IN } from '../functions/built-in.ts';
import { createRegistry } from '../functions/registry.ts';
import { type FunctionModule, loadUserFunctions } from '../functions/user-functions.ts';

/** The imported modules, and an error for each module that could not be imported. */
export interface LoadedModules {
  readonly modules: readonly FunctionModule[];
  readonly problems: readonly SluiceError[];
}

/**
 * Imports every module of the extensions folder (ksql.extension.dir): .js and .mjs, and .ts if Node runs TypeScript. A
 * broken module is reported as a problem and does not stop the start.
 */
export async function importExtensions(folder: string): Promise<LoadedModules> {
  const modules: FunctionModule[] = [];
  const problems: SluiceError[] = [];
  if (!isFolder(folder)) return { modules, problems };
  for (const name of readdirSync(folder).toSorted()) {
    if (!/\.(?:m?js|ts)$/.test(name) || name.endsWith('.d.ts') || name.includes('.test.')) continue;
    const file = path.join(folder, name);
    try {
      modules.push({ path: file, exports: (await import(pathToFileURL(path.resolve(file)).href)) as unknown });
    } catch (error) {
      problems.push(new SluiceError('CONFIG', `${file} could not be loaded: ${messageOf(error)}`, { cause: error }));
    }
  }
  return { modules, problems };
}

function isFolder(name: string): boolean {
  return statSync(name, { throwIfNoEntry: false })?.isDirectory() === true;
}

/** Warnings about an extensions folder that is configured but does not exist; the default folder is optional. */
export function extensionFolderDoubts(config: Config): string[] {
  const folder = path.resolve(config.get(KEYS.extensionDir));
  if (!config.isSet(KEYS.extensionDir) || !config.get(KEYS.udfsEnabled)) return [];
  if (isFolder(folder)) return [];
  return [`ksql.extension.dir names ${folder}, which is no folder: no functions are loaded from there`];
}

/** The built-in functions and those of the extensions folder. */
export async function loadFunctions(config: Config, env: Env): Promise<ReturnType<typeof createRegistry>> {
  const base = createRegistry(BUILT_IN);
  if (!config.get(KEYS.udfsEnabled)) return base;
  const { modules, problems } = await importExtensions(config.get(KEYS.extensionDir));
  const loaded = loadUserFunctions(base, modules);
  for (const problem of [...problems, ...loaded.problems])
    env.logger.error('A user-defined function was not loaded', { error: problem.message });
  return loaded.registry;
}
