/**
 * The time from a cold start of the built server to the first response to a statement, in ms, and its resident memory
 * when idle, in MB. Run `npm run build` first.
 */
import { spawn } from 'node:child_process';
import { mkdtempSync, readFileSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import path from 'node:path';
import { sleep } from '../test/support/server-process.ts';
import { freePort } from '../test/support/free-port.ts';

const runs = Number(process.argv[2] ?? 5);
const times: number[] = [];
const memory: number[] = [];
const cpu: number[] = [];
for (let i = 0; i < runs; i++) {
  const data = mkdtempSync(path.join(tmpdir(), 'sluice-start-'));
  const port = await freePort();
  const began = performance.now();
  const child = spawn(
    process.execPath,
    [
      'dist/main.js',
      'server',
      '--data',
      data,
      '--set',
      `listeners=http://127.0.0.1:${port}`,
      '--set',
      'connect.listeners=http://127.0.0.1:0',
      '--set',
      'server.supervised=false',
    ],
    { stdio: 'ignore' },
  );
  for (;;) {
    try {
      const answer = await fetch(`http://127.0.0.1:${port}/ksql`, { method: 'POST', body: '{"ksql":"SHOW STREAMS;"}' });
      if (answer.status === 200) break;
    } catch {
      // The server is not ready yet.
    }
    await sleep(5);
  }
  times.push(performance.now() - began);
  // utime and stime, in hundredths of a second: the cost of the start, independent of other load on the machine.
  const stat = readFileSync(`/proc/${child.pid}/stat`, 'utf8')
    .replace(/^.*\) /s, '')
    .split(' ');
  cpu.push((Number(stat[11]) + Number(stat[12])) * 10);
  await sleep(3000);
  memory.push(Number(/VmRSS:\s+(\d+)/.exec(readFileSync(`/proc/${child.pid}/status`, 'utf8'))![1]) / 1024);
  const gone = new Promise((resolve) => child.once('exit', resolve));
  child.kill('SIGTERM');
  await gone;
  rmSync(data, { recursive: true, force: true });
}
const median = (list: number[]): number => list.toSorted((a, b) => a - b)[list.length >> 1]!;
console.log(
  JSON.stringify({
    bench: 'start',
    runs,
    first_answer_ms: Math.round(median(times)),
    cpu_ms: Math.round(median(cpu)),
    idle_rss_mb: Math.round(median(memory)),
  }),
);
