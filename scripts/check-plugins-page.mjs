// Follows the instructions in docs/guide/plugins.md with the package as users have it: creates the page's package with
// `sluice connector new`, checks the types, runs the tests, and executes the statements on a server.
import { readFileSync, writeFileSync } from 'node:fs';
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
  const { bin } = JSON.parse(readFileSync(path.join(user, 'node_modules/sluice/package.json'), 'utf8'));
  const [, words, name] = /^ {4}npx (sluice connector new (\S+))$/m.exec(page);
  run(process.execPath, [path.join('node_modules/sluice', bin.sluice), ...words.split(' ').slice(1)], user);
  const folder = path.join(user, name);
  const scripts = JSON.parse(readFileSync(path.join(folder, 'package.json'), 'utf8')).scripts;
  // Every block of the page is part of a file.
  for (const block of [...blocksOf(page, 'js'), ...blocksOf(page, 'properties')]) {
    const [first, file] = /^(?:\/\/|#) (\S+)\n/.exec(block);
    if (!readFileSync(path.join(folder, file), 'utf8').includes(block.slice(first.length)))
      throw new Error(`${file} is not as on the page`);
  }
  if (scripts.check !== 'tsc -p .') throw new Error(`npm run check is ${scripts.check}`);
  run(process.execPath, [path.join(root, 'node_modules/typescript/bin/tsc'), '-p', '.'], folder);
  const tests = /^node --test (\S+)$/.exec(scripts.test)?.[1];
  const told = run(process.execPath, ['--test', tests], folder);
  const passed = Number(/^# pass (\d+)$/m.exec(told)?.[1] ?? /^ℹ pass (\d+)$/m.exec(told)?.[1]);
  if (!(passed > 20)) throw new Error(`tests of the page: ${told}`);

  const [, notes] = /^ {4}(mkdir .*)$/m.exec(page);
  run('sh', ['-c', notes], folder);
  const properties = Object.fromEntries(
    blocksOf(page, 'properties').flatMap((block) =>
      block
        .trim()
        .split('\n')
        .filter((line) => !line.startsWith('#'))
        .map((line) => line.split('=')),
    ),
  );
  writeFileSync(
    path.join(folder, 'typed.mjs'),
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
  const shown = run(process.execPath, ['typed.mjs'], folder);
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
