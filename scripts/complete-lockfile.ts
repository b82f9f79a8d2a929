/**
 * With a registry mirror that lacks the binaries of some platforms, `npm install` omits them from package-lock.json,
 * and then `npm ci` fails ("Missing: ... from lock file"). This adds the optional packages that entries of the file
 * refer to but that are not listed, and sets TRUE_ENGINES:
 *
 *     npx tsx scripts/complete-lockfile.ts      after npm install, where scripts/complete-lockfile.test.ts fails
 *
 * The added entries have no integrity hash. With a registry that has these packages, this requests them again with the
 * same versions:
 *
 *     npx tsx scripts/complete-lockfile.ts --drop-unhashed && npm install --package-lock-only && npx tsx scripts/complete-lockfile.ts
 */
import { readFileSync, writeFileSync } from 'node:fs';
import path from 'node:path';
import { pathToFileURL } from 'node:url';

interface LockedPackage {
  readonly version?: string;
  readonly dev?: boolean;
  readonly optionalDependencies?: Readonly<Record<string, string>>;
}

export interface Lockfile {
  packages: Record<string, LockedPackage & Record<string, unknown>>;
}

const SYSTEMS = ['android', 'darwin', 'freebsd', 'linux', 'openharmony', 'win32'];
const PROCESSORS = ['x64', 'arm64', 'arm', 'ia32', 'ppc64', 'riscv64', 's390x', 'loong64'];

/**
 * Entries for the optional packages that the lockfile refers to but does not list. Platforms are derived from their
 * names.
 */
export function missingPackages(lock: Lockfile): Readonly<Record<string, LockedPackage & Record<string, unknown>>> {
  const missing: Record<string, LockedPackage & Record<string, unknown>> = {};
  for (const [folder, entry] of Object.entries(lock.packages)) {
    for (const [name, version] of Object.entries(entry.optionalDependencies ?? {})) {
      if (`node_modules/${name}` in lock.packages || `${folder}/node_modules/${name}` in lock.packages) continue;
      const words = name.split('/').at(-1)!.split('-');
      const os = SYSTEMS.find((s) => words.includes(s));
      const cpu = PROCESSORS.find((c) => words.includes(c));
      if (!os || !cpu || !/^\d+\.\d+\.\d+$/.test(version))
        throw new Error(`${name}@${version}: which platform is it for?`);
      const libc = words.some((w) => w.startsWith('musl'))
        ? 'musl'
        : words.some((w) => w.startsWith('gnu'))
          ? 'glibc'
          : undefined;
      missing[`node_modules/${name}`] = {
        version,
        cpu: [cpu],
        ...(entry.dev && { dev: true }),
        ...(libc && { libc: [libc] }),
        optional: true,
        os: [os],
      };
    }
  }
  return missing;
}

/**
 * Packages whose `engines` are narrower than what they run on, with the actual range. Otherwise npm would warn on the
 * oldest supported Node, on which the tests run. Both are plain code that uses Buffer and WebAssembly.
 */
export const TRUE_ENGINES: Readonly<Record<string, string>> = {
  'node_modules/@platformatic/dynamic-buffer': '>= 20.19.0',
  'node_modules/@platformatic/wasm-utils': '>= 20.19.0',
};

/** The packages of the file that come from a registry but have no integrity hash. */
export function unhashedPackages(lock: Lockfile): readonly string[] {
  return Object.entries(lock.packages).flatMap(([folder, entry]) =>
    folder === '' || entry['integrity'] !== undefined || entry['link'] === true || entry['inBundle'] === true
      ? []
      : [folder],
  );
}

const FILE = path.resolve(import.meta.dirname, '../package-lock.json');

export function readLockfile(): Lockfile {
  return JSON.parse(readFileSync(FILE, 'utf8')) as Lockfile;
}

if (import.meta.url === pathToFileURL(process.argv[1] ?? '').href) {
  const lock = readLockfile();
  const dropped = process.argv.includes('--drop-unhashed') ? unhashedPackages(lock) : undefined;
  for (const folder of dropped ?? []) delete lock.packages[folder];
  const missing = dropped === undefined ? missingPackages(lock) : {};
  for (const [folder, node] of Object.entries(TRUE_ENGINES)) {
    const entry = lock.packages[folder];
    if (entry) entry['engines'] = { node };
  }
  const all = Object.entries({ ...lock.packages, ...missing }).toSorted(([a], [b]) => (a < b ? -1 : 1));
  lock.packages = Object.fromEntries(all);
  writeFileSync(FILE, `${JSON.stringify(lock, null, 2)}\n`);
  console.log(
    dropped === undefined
      ? `${Object.keys(missing).length} packages added, ${unhashedPackages(lock).length} in all without an integrity hash`
      : `${dropped.length} packages dropped: now npm install --package-lock-only`,
  );
}
