import { spawnSync } from 'node:child_process';
import { createHash } from 'node:crypto';
import { existsSync, mkdirSync, readFileSync } from 'node:fs';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { runJava } from './java.ts';
import { CACHE } from './jars.ts';
import { kafkaJars } from './kafka.ts';

const SOURCE = fileURLToPath(new URL('./java/Interop.java', import.meta.url));

/** Runs a command of Interop.java against a broker and returns what it printed. */
export async function javaClient(...args: string[]): Promise<string> {
  const jars = await kafkaJars();
  const classes = join(
    CACHE,
    `classes-${createHash('sha256').update(readFileSync(SOURCE)).digest('hex').slice(0, 16)}`,
  );
  if (!existsSync(join(classes, 'Interop.class'))) {
    mkdirSync(classes, { recursive: true });
    const { status, stderr } = spawnSync('javac', ['-cp', join(jars, '*'), '-d', classes, SOURCE], {
      encoding: 'utf8',
    });
    if (status !== 0) throw new Error(`javac: ${stderr}`);
  }
  return runJava([classes, jars], 'Interop', args);
}
