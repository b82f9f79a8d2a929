import { existsSync } from 'node:fs';
import { mkdir, readdir, readFile, writeFile } from 'node:fs/promises';
import path from 'node:path';
import { commandOptions } from './unknown-option.ts';
import { VERSION } from './version.ts';

const CONNECTOR_USAGE = `sluice connector new DIR: a package with connectors of your own, to begin with

It has a source, a sink and a transform with their types, tests by the suites that Sluice's own connectors pass, and the
properties of a server that loads them, and loads them anew when a file changes (docs/guide/plugins.md).
`;

/** The page that contains the example's code, which the guide and the package therefore share. */
const PAGE = path.join(import.meta.dirname, '../../docs/guide/plugins.md');

/** Runs `sluice connector`. Resolves to the exit code. @param args the arguments after the command's name */
export async function connectorCommand(args: readonly string[]): Promise<number> {
  const { values, positionals } = commandOptions('connector', args, { help: { type: 'boolean', short: 'h' } } as const);
  const [what, folder, stray] = positionals;
  if (values.help || what === undefined) {
    process.stdout.write(CONNECTOR_USAGE);
    return values.help ? 0 : 2;
  }
  if (what !== 'new') throw new Error(`sluice connector has no ${what}. Did you mean sluice connector new?`);
  if (folder === undefined || stray !== undefined)
    throw new Error('sluice connector new takes one folder: sluice connector new my-connector');
  const files = await newConnector(folder);
  process.stdout.write(
    `${files.map((file) => path.join(folder, file)).join('\n')}\n\n` +
      `cd ${folder}, npm install, and npm test. npm start runs a server with it.\n`,
  );
  return 0;
}

/**
 * Writes the files of a new package into a folder that is empty or does not exist.
 * @returns the names of the files
 * @throws Error when the folder has files, or when its name cannot be that of a package
 */
export async function newConnector(folder: string): Promise<readonly string[]> {
  const name = path.basename(path.resolve(folder));
  if (!/^[a-z0-9][a-z0-9._-]*$/.test(name))
    throw new Error(`${name} cannot be the name of a package: let it have small letters, digits, '-', '_' and '.'`);
  if (existsSync(folder) && (await readdir(folder)).length > 0)
    throw new Error(`${folder} has files already: name a folder that is new`);
  const files = { ...packageFiles(name), ...(await exampleFiles()) };
  await mkdir(folder, { recursive: true });
  for (const [file, text] of Object.entries(files)) await writeFile(path.join(folder, file), text);
  return Object.keys(files);
}

/**
 * The files of the page by name: each code block begins with the name of its file, and blocks of the same file follow
 * one another.
 */
async function exampleFiles(): Promise<Readonly<Record<string, string>>> {
  const page = await readFile(PAGE, 'utf8');
  const files: Record<string, string> = {};
  for (const [, language, file = '', text = ''] of page.matchAll(
    /^```(js|properties)\n(?:\/\/|#) (\S+)\n([\s\S]*?)^```/gm,
  )) {
    const before = files[file];
    files[file] = before === undefined ? `${language === 'js' ? '// @ts-check\n' : ''}${text}` : `${before}\n${text}`;
  }
  return files;
}

function packageFiles(name: string): Readonly<Record<string, string>> {
  const json = (value: unknown): string => `${JSON.stringify(value, null, 2)}\n`;
  return {
    'package.json': json({
      name,
      version: '0.1.0',
      description: 'Connectors for Sluice',
      private: true,
      type: 'module',
      exports: './notes.mjs',
      files: ['notes.mjs'],
      scripts: {
        start: 'sluice --config server.properties',
        test: 'node --test notes.test.mjs',
        check: 'tsc -p .',
      },
      engines: { node: '>=20.19' },
      peerDependencies: { sluice: `^${VERSION}` },
      devDependencies: { '@types/node': '^20', sluice: `^${VERSION}`, typescript: '>=5.5' },
    }),
    'tsconfig.json': json({
      compilerOptions: {
        module: 'NodeNext',
        target: 'ESNext',
        strict: true,
        allowJs: true,
        checkJs: true,
        noEmit: true,
        skipLibCheck: true,
        types: ['node'],
      },
      files: ['notes.mjs'],
    }),
    '.gitignore': 'node_modules\n.sluice\n',
    'README.md': `# ${name}

Connectors for Sluice: a source that reads the lines of a file, a sink that keeps the last text of each key in one, and a transform. Change them to your own.

    npm install
    npm test          # the tests that Sluice's own connectors pass
    npm run check     # their types
    npm start         # a server that loads them, and loads them anew when a file changes

- \`notes.mjs\`: the plug-ins. An entry is a table of settings, and code that is loaded when a connector starts.
- \`notes.test.mjs\`: their tests.
- \`server.properties\`: the server of \`npm start\`.

Elsewhere: \`npm install ${name}\` beside Sluice, and \`plugin.path=${name}\` in the server's properties. The guide is docs/guide/plugins.md in the package sluice.
`,
  };
}
