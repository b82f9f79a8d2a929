// Follows the instructions in docs/guide/plugins.md with the package as a user has it: writes the page's files, checks
// their types, runs its tests, and executes its statements on a server.
import { mkdirSync, readFileSync, writeFileSync } from 'node:fs';
import path from 'node:path';
import { pathToFileURL } from 'node:url';

const root = path.resolve(import.meta.dirname, '..');
/** The pause between two statements in ms, similar to a person who copies them one by one. */
const PAUSE_MS = 2000;

/** The page's code blocks in a language, unchanged. */
function blocksOf(page, language) {
  return [...page.matchAll(new RegExp(`^\`\`\`${language}\\n([\\s\\S]*?)^\`\`\``, 'gm'))].map(([, text]) => text);
}

/**
 * @param user - a folder with node_modules/sluice
 * @param run - runs a command in a folder and throws if it fails
 */
export async function checkPluginsPage(user, run) {
  const page = readFileSync(path.join(root, 'docs/guide/plugins.md'), 'utf8');
  const files = new Map();
  for (const block of blocksOf(page, 'js')) {
    const [, name] = /^\/\/ (\S+)\n/.exec(block);
    files.set(name, (files.get(name) ?? '') + block);
  }
  if (files.size !== 2) throw new Error(`the page has ${[...files.keys()].join(', ')}`);
  mkdirSync(path.join(user, 'notes'));
  for (const [name, text] of files) writeFileSync(path.join(user, name), text);

  const options = { module: 'NodeNext', target: 'ESNext', strict: true, allowJs: true, checkJs: true, noEmit: true };
  writeFileSync(
    path.join(user, 'notes/tsconfig.json'),
    JSON.stringify({ compilerOptions: { ...options, types: ['node'], skipLibCheck: true }, files: ['notes.mjs'] }),
  );
  run(process.execPath, [path.join(root, 'node_modules/typescript/bin/tsc'), '-p', 'notes'], user);
  const [, tests] = /^ {4}node --test (\S+)$/m.exec(page);
  const told = run(process.execPath, ['--test', tests], user);
  const passed = Number(/^# pass (\d+)$/m.exec(told)?.[1] ?? /^ℹ pass (\d+)$/m.exec(told)?.[1]);
  if (!(passed > 20)) throw new Error(`tests of the page: ${told}`);

  const [, notes] = /^ {4}(mkdir .*)$/m.exec(page);
  run('sh', ['-c', notes], user);
  const properties = Object.fromEntries(
    blocksOf(page, 'properties').flatMap((block) =>
      block
        .trim()
        .split('\n')
        .map((line) => line.split('=')),
    ),
  );
  writeFileSync(
    path.join(user, 'typed.mjs'),
    `import { startSluice } from 'sluice';
import { SluiceClient } from 'sluice/client';
const sluice = await startSluice({ properties: ${JSON.stringify({
      ...properties,
      listeners: 'http://127.0.0.1:0',
      'connect.listeners': 'http://127.0.0.1:0',
    })} });
const client = new SluiceClient({ url: sluice.url });
for (const statement of ${JSON.stringify(statementsOf(blocksOf(page, 'sql').join('')))}) {
  if (/^SELECT/.test(statement)) {
    for await (const row of await client.streamQuery(statement)) console.log(JSON.stringify(Object.values(row)));
  } else console.log(JSON.stringify(await client.execute(statement)));
  await new Promise((resolve) => setTimeout(resolve, ${PAUSE_MS}));
}
await sluice.close();
`,
  );
  const shown = run(process.execPath, ['typed.mjs'], user);
  const [output] = blocksOf(page, 'output');
  for (const [, line, text] of output.matchAll(/^ *(\d+) *│ (\S+)$/gm))
    if (!shown.includes(JSON.stringify([Number(line), text])))
      throw new Error(`the page shows ${line}: ${text}, and not\n${shown}`);
  for (const word of ['example.NotesSource', 'The file of the notes.'])
    if (!shown.includes(word)) throw new Error(`${word} is not shown:\n${shown}`);
  return { plugin_tests: passed };
}

function statementsOf(text) {
  return text
    .split(/(?<=;)\n/)
    .map((statement) => statement.trim())
    .filter((statement) => statement !== '');
}

// To run it manually in a folder that has the package: node scripts/check-plugins-page.mjs FOLDER
if (process.argv[1] !== undefined && import.meta.url === pathToFileURL(process.argv[1]).href) {
  const { spawnSync } = await import('node:child_process');
  const run = (command, args, cwd) => {
    const { status, stdout, stderr } = spawnSync(command, args, { cwd, encoding: 'utf8' });
    if (status !== 0) throw new Error(`${command} ${args.join(' ')} ended with ${status}\n${stdout}${stderr}`);
    return stdout;
  };
  console.log(JSON.stringify(await checkPluginsPage(process.argv[2], run)));
}
