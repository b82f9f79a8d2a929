import { spawn } from 'node:child_process';
import { existsSync, mkdirSync, readdirSync, rmSync, statSync, writeFileSync } from 'node:fs';
import { homedir } from 'node:os';
import { join } from 'node:path';

/** The folder of downloaded jars and archives; `SLUICE_SERVERS_CACHE` overrides it. */
export const CACHE = process.env['SLUICE_SERVERS_CACHE'] ?? join(homedir(), '.cache', 'sluice-servers');

/** `group:artifact:version`; exclusions as `group:artifact`. */
export interface Coordinates {
  readonly jar: string;
  readonly exclude?: readonly string[];
}

const COPY = 'org.apache.maven.plugins:maven-dependency-plugin:3.6.1';

/**
 * The folder with these jars and all their dependencies, downloaded once from Maven Central. Takes up to two minutes
 * the first time.
 */
export async function jarsOf(name: string, coordinates: readonly Coordinates[]): Promise<string> {
  const folder = join(CACHE, `jars-${name}`);
  await once(folder, async () => {
    const poms = join(CACHE, `pom-${name}`);
    mkdirSync(poms, { recursive: true });
    writeFileSync(join(poms, 'pom.xml'), pomOf(name, coordinates));
    await run(
      'mvn',
      ['-q', '-B', `${COPY}:copy-dependencies`, '-DincludeScope=runtime', `-DoutputDirectory=${folder}`],
      poms,
    );
  });
  return folder;
}

/** The folder into which an archive artifact (`group:artifact:version:tar.gz:all`) is unpacked. */
export async function archiveOf(name: string, artifact: string): Promise<string> {
  const folder = join(CACHE, `archive-${name}`);
  await once(folder, async () => {
    mkdirSync(folder, { recursive: true });
    await run('mvn', ['-q', '-B', `${COPY}:get`, '-Dtransitive=false', `-Dartifact=${artifact}`], CACHE);
    const [group, id, version, type, classifier] = artifact.split(':') as [string, string, string, string, string];
    const file = join(
      homedir(),
      '.m2',
      'repository',
      ...group.split('.'),
      id,
      version,
      `${id}-${version}-${classifier}.${type}`,
    );
    await run('tar', ['-xzf', file, '-C', folder], CACHE);
  });
  return folder;
}

/** Runs `fetch` unless it succeeded before; concurrent processes take turns. */
async function once(folder: string, fetch: () => Promise<void>): Promise<void> {
  const done = `${folder}.complete`;
  const lock = `${folder}.lock`;
  mkdirSync(CACHE, { recursive: true });
  for (;;) {
    if (existsSync(done)) return;
    try {
      mkdirSync(lock);
      break;
    } catch {
      // A lock of this age belongs to a process that ended.
      if (existsSync(lock) && Date.now() - statSync(lock).mtimeMs > 600_000)
        rmSync(lock, { recursive: true, force: true });
      await new Promise((resolve) => setTimeout(resolve, 500));
    }
  }
  try {
    if (existsSync(done)) return;
    rmSync(folder, { recursive: true, force: true });
    await fetch();
    if (readdirSync(folder).length === 0) throw new Error(`Nothing was fetched to ${folder}`);
    writeFileSync(done, '');
  } finally {
    rmSync(lock, { recursive: true, force: true });
  }
}

function pomOf(name: string, coordinates: readonly Coordinates[]): string {
  const dependencies = coordinates.map(({ jar, exclude = [] }) => {
    const [group, artifact, version] = jar.split(':');
    const exclusions = exclude.map((one) => {
      const [g, a] = one.split(':');
      return `<exclusion><groupId>${g}</groupId><artifactId>${a}</artifactId></exclusion>`;
    });
    return `<dependency><groupId>${group}</groupId><artifactId>${artifact}</artifactId><version>${version}</version>
      <exclusions>${exclusions.join('')}</exclusions></dependency>`;
  });
  return `<project xmlns="http://maven.apache.org/POM/4.0.0"><modelVersion>4.0.0</modelVersion>
    <groupId>sluice.test</groupId><artifactId>${name}</artifactId><version>1</version><packaging>pom</packaging>
    <dependencies>${dependencies.join('\n')}</dependencies></project>`;
}

function run(command: string, args: readonly string[], cwd: string): Promise<void> {
  return new Promise((resolve, reject) => {
    const child = spawn(command, args, { cwd, stdio: ['ignore', 'pipe', 'pipe'] });
    let output = '';
    child.stdout.on('data', (chunk: Buffer) => (output += chunk.toString()));
    child.stderr.on('data', (chunk: Buffer) => (output += chunk.toString()));
    child.on('error', reject);
    child.on('close', (code) =>
      code === 0 ? resolve() : reject(new Error(`${command} ${args.join(' ')}: exit ${code}\n${output.slice(-4000)}`)),
    );
  });
}
