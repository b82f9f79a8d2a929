/**
 * Runs the cases in test/data/transforms with Java's transforms again and records their results: `npx tsx
 * test/support/transforms/record.ts`. To add a case, write it there without a result. Needs Java and Maven.
 */
import { spawnSync } from 'node:child_process';
import { readdirSync, readFileSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
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
const SOURCE = fileURLToPath(new URL('../servers/java/Transforms.java', import.meta.url));

const folder = temporaryFolder('transforms');
const jars = [await workerJars(), await jarsOf(DEBEZIUM_POSTGRES.name, DEBEZIUM_POSTGRES.jars)];
const classpath = [folder.path, ...jars.map((j) => join(j, '*'))].join(':');
const run = (command: string, ...args: string[]): void => {
  const { status, stderr } = spawnSync(command, ['-cp', classpath, ...args], { encoding: 'utf8' });
  if (status !== 0) throw new Error(`${command}: ${stderr}`);
};
try {
  run('javac', '-d', folder.path, SOURCE);
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
