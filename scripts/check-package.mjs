// Checks what a user gets from the registry: packs the package, unpacks it elsewhere, lints the manifest, imports every
// entry point with its types, and runs the command.
import { spawnSync } from 'node:child_process';
import { isBuiltin } from 'node:module';
import { mkdirSync, mkdtempSync, readFileSync, rmSync, symlinkSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import path from 'node:path';
import { gzipSync } from 'node:zlib';
import { publint } from 'publint';
import { formatMessage } from 'publint/utils';
import { checkPluginsPage } from './check-plugins-page.mjs';

const root = path.resolve(import.meta.dirname, '..');
const user = mkdtempSync(path.join(tmpdir(), 'sluice-package-'));

function run(command, args, cwd) {
  const { status, stdout, stderr } = spawnSync(command, args, { cwd, encoding: 'utf8' });
  if (status !== 0) throw new Error(`${command} ${args.join(' ')} ended with ${status}\n${stdout}${stderr}`);
  return stdout;
}

/** Checks that every package that a module of the server imports is a dependency, or one that a user may add. */
function checkImports(installed, names) {
  const {
    name: self,
    dependencies,
    peerDependencies,
  } = JSON.parse(readFileSync(path.join(installed, 'package.json'), 'utf8'));
  const known = new Set([self, ...Object.keys({ ...dependencies, ...peerDependencies })]);
  const strangers = new Set();
  for (const name of names.filter((file) => /^dist\/(?!console\/).*\.js$/.test(file))) {
    for (const [, of, alone] of readFileSync(path.join(installed, name), 'utf8').matchAll(
      /^(?:import|export)\b[^'"`;]*?\bfrom ['"]([^'"]+)['"]|^import ['"]([^'"]+)['"]/gm,
    )) {
      const from = of ?? alone;
      if (from.startsWith('.') || isBuiltin(from)) continue;
      const named = from
        .split('/')
        .slice(0, from.startsWith('@') ? 2 : 1)
        .join('/');
      if (!known.has(named)) strangers.add(`${name} imports ${named}`);
    }
  }
  if (strangers.size > 0) throw new Error(`not installed with the package: ${[...strangers].join(', ')}`);
}

try {
  const [packed] = JSON.parse(
    // With the scripts, as for a release: without them, this would test a different package from the one that is
    // published.
    run('npm', ['pack', '--json', '--foreground-scripts=false', '--pack-destination', user, '--silent'], root),
  );
  const installed = path.join(user, 'node_modules/sluice');
  mkdirSync(installed, { recursive: true });
  run('tar', ['-xzf', path.join(user, packed.filename), '-C', installed, '--strip-components=1'], user);
  symlinkSync(path.join(root, 'node_modules'), path.join(installed, 'node_modules'));
  symlinkSync(path.join(root, 'node_modules/@types'), path.join(user, 'node_modules/@types'));

  const names = packed.files.map((f) => f.path);
  const stray = names.filter((name) => /\.test\.|\/testing\/|^(src|test|bench)\//.test(name));
  if (stray.length > 0) throw new Error(`not for users: ${stray.join(', ')}`);

  checkImports(installed, names);

  const { bomFormat, components } = JSON.parse(readFileSync(path.join(installed, 'dist/sbom.cdx.json'), 'utf8'));
  if (bomFormat !== 'CycloneDX' || components.length < 20) throw new Error('dist/sbom.cdx.json lists no packages');

  // The compressed size of what a browser loads, which docs/guide/web-console.md guarantees.
  const loaded = names.filter((name) => /^dist\/console\/assets\/.*\.(?:js|css)$/.test(name));
  const kilobytes =
    loaded.reduce((sum, name) => sum + gzipSync(readFileSync(path.join(installed, name))).length, 0) / 1024;
  if (loaded.length < 2 || kilobytes > 400)
    throw new Error(`the web console is ${Math.round(kilobytes)} KB compressed in ${loaded.length} files`);

  const { messages, pkg } = await publint({ pkgDir: installed, strict: true });
  if (messages.length > 0) throw new Error(messages.map((m) => formatMessage(m, pkg)).join('\n'));

  writeFileSync(
    path.join(user, 'use.mts'),
    `import { startSluice, SluiceError, VERSION, type Sluice, type FunctionDefinition } from 'sluice';
import { SluiceClient, ClientError, type Entity } from 'sluice/client';
import type { SourcePlugin, SinkPlugin } from 'sluice/connect';
const name: string = VERSION;
export const sluice: Sluice = await startSluice({
  properties: { 'data.dir': ${JSON.stringify(path.join(user, 'data'))}, listeners: 'http://127.0.0.1:0', 'connect.listeners': '' },
});
const entities: readonly Entity[] = await new SluiceClient({ url: sluice.url }).execute('SHOW STREAMS;');
await sluice.close();
export type Doors = [SourcePlugin, SinkPlugin, FunctionDefinition, ClientError, SluiceError];
console.log(name, entities[0]?.['@type']);
`,
  );
  writeFileSync(
    path.join(user, 'tsconfig.json'),
    JSON.stringify({
      compilerOptions: {
        module: 'NodeNext',
        target: 'ES2023',
        strict: true,
        types: ['node'],
        outDir: 'out',
        skipLibCheck: true,
      },
      files: ['use.mts'],
    }),
  );
  run(process.execPath, [path.join(root, 'node_modules/typescript/bin/tsc'), '-p', user], user);
  const said = run(process.execPath, ['out/use.mjs'], user).trim();
  const { version, bin } = JSON.parse(readFileSync(path.join(installed, 'package.json'), 'utf8'));
  if (said !== `${version} streams`) throw new Error(`the doors answered: ${said}`);
  const command = run(process.execPath, [path.join(installed, bin.sluice), '--version'], user).trim();
  if (command !== version) throw new Error(`sluice --version says ${command}`);
  const plugins = await checkPluginsPage(user, run);
  console.log(
    JSON.stringify({
      ...plugins,
      package: packed.filename,
      files: names.length,
      kilobytes: Math.round(packed.size / 1024),
      console_kilobytes: Math.round(kilobytes),
    }),
  );
} finally {
  rmSync(user, { recursive: true, force: true });
}
