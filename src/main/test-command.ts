import { existsSync, readFileSync } from 'node:fs';
import { readdir, readFile, stat, writeFile } from 'node:fs/promises';
import path from 'node:path';
import { must } from '../base/assert.ts';
import { SILENT_LOGGER } from '../base/env.ts';
import { messageOf } from '../base/errors.ts';
import { parseCases, parseInputsAndOutputs, type Case } from '../cases/case-file.ts';
import { REPORTERS, type ReporterName, type TestResult } from '../cases/report.ts';
import { runQtt } from '../cases/run-qtt.ts';
import { runSql, type ScriptOptions } from '../cases/run-sql.ts';
import { parseTests } from '../cases/test-file.ts';
import { createWorld, type CreateWorld } from '../cases/world.ts';
import { BUILT_IN } from '../functions/built-in.ts';
import { createRegistry } from '../functions/registry.ts';
import { loadUserFunctions } from '../functions/user-functions.ts';
import { nodeEnv } from '../host/node-env.ts';
import { splitStatements } from '../sql/split.ts';
import { importExtensions } from './extensions.ts';
import { commandOptions } from './unknown-option.ts';

const TEST_USAGE = `sluice test FILE|DIR ... [options]: run tests of SQL, without a server

  FILE.sql             testing statements: --@test: name, INSERT, ASSERT VALUES ...
  FILE.json            cases: statements, input records, output records
  -s FILE -i FILE -o FILE    statements, input records and output records as ksql-test-runner has them
  --filter TEXT        only tests whose name has the text
  --reporter NAME      text (default), tap or junit
  --output FILE        where the report goes (default: the screen)
  -e, --extension-dir DIR    functions of your own (ksql.extension.dir)

Exit codes: 0 all passed; 1 a test failed, or there was none.
`;

const OPTIONS = {
  filter: { type: 'string' },
  reporter: { type: 'string', default: 'text' },
  output: { type: 'string' },
  'extension-dir': { type: 'string', short: 'e' },
  'sql-file': { type: 'string', short: 's' },
  'input-file': { type: 'string', short: 'i' },
  'output-file': { type: 'string', short: 'o' },
  help: { type: 'boolean', short: 'h' },
} as const;

interface Test {
  readonly file: string;
  readonly testCase: Case;
  readonly options?: ScriptOptions;
}

/** Runs `sluice test`. Resolves to the exit code. @param args the arguments after the command's name */
export async function testCommand(args: readonly string[]): Promise<number> {
  const { values, positionals } = commandOptions('test', args, OPTIONS);
  const runner = values['sql-file'] !== undefined;
  if (values.help || (positionals.length === 0 && !runner)) {
    (values.help ? process.stdout : process.stderr).write(TEST_USAGE);
    return values.help ? 0 : 1;
  }
  const reporter = Object.keys(REPORTERS).find((name) => name === values.reporter) as ReporterName | undefined;
  if (reporter === undefined)
    throw new Error(`--reporter takes ${Object.keys(REPORTERS).join(', ')}; not ${values.reporter}`);
  const tests = [
    ...(await Promise.all(positionals.map(testsAt))).flat(),
    ...(runner
      ? [await runnerTest(must(values['sql-file'], 'sql-file'), values['input-file'], values['output-file'])]
      : []),
  ].filter((t) => values.filter === undefined || t.testCase.name.includes(values.filter));
  const create = await worlds(values['extension-dir']);
  const results: TestResult[] = [];
  for (const test of tests) results.push(await run(test, create));
  const report = REPORTERS[reporter](results);
  if (values.output === undefined) process.stdout.write(report);
  else await writeFile(values.output, report);
  if (results.length === 0) process.stderr.write('There are no tests here.\n');
  return results.length === 0 || results.some((r) => r.failure !== undefined) ? 1 : 0;
}

/** Every test world also has the functions of the extensions folder. */
async function worlds(folder: string | undefined): Promise<CreateWorld> {
  const base = createRegistry(BUILT_IN);
  const env = nodeEnv(SILENT_LOGGER);
  if (folder === undefined) return () => createWorld(env, base);
  const { modules, problems } = await importExtensions(folder);
  const loaded = loadUserFunctions(base, modules);
  const [problem] = [...problems, ...loaded.problems];
  if (problem !== undefined) throw problem;
  return () => createWorld(env, loaded.registry);
}

async function run({ file, testCase, options }: Test, create: CreateWorld): Promise<TestResult> {
  const common = { file, name: testCase.name };
  if (testCase.suite === 'rest') return { ...common, ms: 0, failure: undefined, skipped: 'a case over REST' };
  if (!testCase.enabled) return { ...common, ms: 0, failure: undefined, skipped: 'disabled' };
  const startMs = performance.now();
  const failure = await (testCase.suite === 'sql' ? runSql(testCase, create, options) : runQtt(testCase, create)).catch(
    (error: unknown) => messageOf(error),
  );
  return { ...common, ms: performance.now() - startMs, failure };
}

/** The tests of a file, or of all files below a folder. */
async function testsAt(where: string): Promise<Test[]> {
  const info = await stat(where).catch(() => undefined);
  if (info === undefined) throw new Error(`There is no file or folder ${where}`);
  const files = info.isDirectory()
    ? (await readdir(where, { recursive: true, withFileTypes: true }))
        .filter((entry) => entry.isFile() && /\.(?:sql|json)$/.test(entry.name))
        .map((entry) => path.join(entry.parentPath, entry.name))
        .toSorted()
    : [where];
  return (
    await Promise.all(
      files.map(async (file): Promise<Test[]> => {
        const text = await readFile(file, 'utf8');
        if (file.endsWith('.json')) return casesOf(text, file).map((testCase) => ({ file, testCase }));
        // SQL files of the project beside its tests are not tests.
        if (info.isDirectory() && !/--\s*@test\s*:|\bASSERT\b/i.test(text)) return [];
        return parseTests(text, path.basename(file)).map(({ testCase, firstLine }) => ({
          file,
          testCase,
          options: { firstLine, withoutConnectors: true, readScript: (name) => scriptBeside(file, name) },
        }));
      }),
    )
  ).flat();
}

function casesOf(text: string, file: string): Case[] {
  try {
    return parseCases(text, path.basename(file), path.basename(path.dirname(file)) === 'sql' ? 'sql' : 'qtt');
  } catch (error) {
    throw new Error(`${file}: ${messageOf(error)}`, { cause: error });
  }
}

/** The file of RUN SCRIPT, relative to the test's folder or to the working directory. */
function scriptBeside(file: string, name: string): string | undefined {
  const found = [path.resolve(path.dirname(file), name), path.resolve(name)].find((p) => existsSync(p));
  return found === undefined ? undefined : readFileSync(found, 'utf8');
}

/** The three files of ksql-test-runner as one test. */
async function runnerTest(sql: string, input: string | undefined, output: string | undefined): Promise<Test> {
  if (output === undefined)
    throw new Error('-s FILE goes with -o FILE, and with -i FILE where there are input records');
  const statements = splitStatements(await readFile(sql, 'utf8')).statements.map((s) => s.text);
  const [inputs, outputs] = [
    input === undefined ? '{"inputs": []}' : await readFile(input, 'utf8'),
    await readFile(output, 'utf8'),
  ];
  return { file: sql, testCase: parseInputsAndOutputs(path.basename(sql), statements, inputs, outputs) };
}
