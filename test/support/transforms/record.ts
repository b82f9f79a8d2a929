/**
 * Runs the cases in test/data/transforms with Java's transforms again and records their results: `npx tsx
 * test/support/transforms/record.ts`. To add a case, write it there without a result. Also records the tables of
 * settings of all transforms and predicates in test/data/transform-options.json. Needs Java and Maven. Keep the recorded
 * answer of EventRouter for `uneven`: the order of its fields is that of a HashMap.
 */
import { spawnSync } from 'node:child_process';
import { readdirSync, readFileSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { PREDICATES, TRANSFORMS } from '../../../src/connect/transforms/registry.ts';
import { DEBEZIUM_POSTGRES, workerJars } from '../servers/connect-jars.ts';
import { temporaryFolder } from '../servers/java.ts';
import { jarsOf } from '../servers/jars.ts';

interface Case {
  readonly record: string;
  readonly answer?: { message?: string };
}
interface Recorded {
  readonly records: Readonly<Record<string, unknown>>;
  readonly cases: readonly Case[];
}

const FOLDER = new URL('../../data/transforms/', import.meta.url);
const SOURCES = ['Transforms', 'TransformOptions'].map((name) =>
  fileURLToPath(new URL(`../servers/java/${name}.java`, import.meta.url)),
);
const OPTIONS = new URL('../../data/transform-options.json', import.meta.url);

const folder = temporaryFolder('transforms');
const jars = [await workerJars(), await jarsOf(DEBEZIUM_POSTGRES.name, DEBEZIUM_POSTGRES.jars)];
const classpath = [folder.path, ...jars.map((j) => join(j, '*'))].join(':');
const run = (command: string, ...args: string[]): string => {
  const { status, stderr, stdout } = spawnSync(command, ['-cp', classpath, ...args], { encoding: 'utf8' });
  if (status !== 0) throw new Error(`${command}: ${stderr}`);
  return stdout;
};
try {
  run('javac', '-d', folder.path, ...SOURCES);
  const classes = [...TRANSFORMS, ...PREDICATES].map(({ className }) => className);
  const options = JSON.parse(run('java', 'TransformOptions', ...classes)) as Record<string, unknown>;
  const tables = Object.entries(options).map(([name, table]) => `${JSON.stringify(name)}:${JSON.stringify(table)}`);
  writeFileSync(OPTIONS, `{\n${tables.join(',\n')}\n}\n`);
  for (const file of readdirSync(FOLDER)) {
    const { records, cases } = JSON.parse(readFileSync(new URL(file, FOLDER), 'utf8')) as Recorded;
    const [asked, answered] = [join(folder.path, 'asked.json'), join(folder.path, 'answered.jsonl')];
    writeFileSync(asked, JSON.stringify(cases.map((c) => ({ ...c, record: records[c.record] }))));
    run('java', 'Transforms', asked, answered);
    const answers = readFileSync(answered, 'utf8').trimEnd().split('\n');
    const lines = cases.map((c, i) => {
      const answer = JSON.parse(answers[i]!) as { message?: string };
      // Java's error messages differ from ours.
      delete answer.message;
      return JSON.stringify({ ...c, answer });
    });
    const named = Object.entries(records).map(([name, record]) => `${JSON.stringify(name)}:${JSON.stringify(record)}`);
    writeFileSync(new URL(file, FOLDER), `{"records":{\n${named.join(',\n')}\n},"cases":[\n${lines.join(',\n')}\n]}\n`);
    console.log(file, lines.length);
  }
} finally {
  folder.remove();
}
