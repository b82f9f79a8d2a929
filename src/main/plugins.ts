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
      const before = problems.length;
      const found = pluginsOf((await import(specifier)) as unknown, (text) =>
        problems.push(new SluiceError('CONFIG', `plugin.path: ${specifier}: ${text}`)),
      );
      if (found.length === 0 && problems.length === before)
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
function pluginsOf(exports: unknown, problem: (text: string) => void): ConnectorPlugin[] {
  const found = new Set<object>();
  const visit = (value: unknown, depth: number): void => {
    if (value === null || typeof value !== 'object' || depth < 0) return;
    if (typeof (value as Partial<ConnectorPlugin>).className === 'string') found.add(value);
    else for (const inner of Object.values(value)) visit(inner, depth - 1);
  };
  visit(exports, 2);
  return [...found].flatMap((value) => {
    const plugin = value as Partial<ConnectorPlugin> & { readonly className: string };
    const lacks = fault(plugin);
    if (lacks === undefined) return [complete(plugin as ConnectorPlugin)];
    problem(`${plugin.className} ${lacks}`);
    return [];
  });
}

/** What is wrong with a plugin that came from elsewhere; undefined: nothing. */
function fault({ type, config, load, aliases }: Partial<ConnectorPlugin>): string | undefined {
  if (type !== 'source' && type !== 'sink') return "has a type that is neither 'source' nor 'sink'";
  if (!Array.isArray(config)) return 'has no config: a list of keys';
  const bad = (config as readonly unknown[]).findIndex(
    (key) =>
      typeof (key as { name?: unknown } | null)?.name !== 'string' ||
      typeof (key as { type?: unknown }).type !== 'string',
  );
  if (bad >= 0) return `has a key without name or type: number ${bad + 1} of its config`;
  if (typeof load !== 'function') return 'has no load: a function that gives its implementation';
  if (aliases !== undefined && !(Array.isArray(aliases) && aliases.every((a) => typeof a === 'string')))
    return 'has aliases that are no list of names';
  return undefined;
}

/** With what a plugin may leave out. */
function complete(plugin: ConnectorPlugin): ConnectorPlugin {
  const given = plugin as Partial<ConnectorPlugin> & ConnectorPlugin;
  const defaults = {
    aliases: given.aliases ?? [],
    name: given.name ?? given.className.slice(given.className.lastIndexOf('.') + 1),
    version: given.version ?? '0',
    doc: given.doc ?? '',
  };
  return Object.assign(Object.create(plugin) as ConnectorPlugin, defaults);
}
