// Starts the built server on free ports with a fresh data folder, executes one statement and stops it: what a user
// needs first.
import { spawn } from 'node:child_process';
import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import path from 'node:path';

const data = mkdtempSync(path.join(tmpdir(), 'sluice-smoke-'));
const began = performance.now();
const server = spawn(
  process.execPath,
  [
    'dist/main.js',
    'server',
    '--set',
    `data.dir=${data}`,
    '--set',
    'listeners=http://127.0.0.1:0',
    '--set',
    'connect.listeners=http://127.0.0.1:0',
  ],
  {
    stdio: ['ignore', 'pipe', 'inherit'],
  },
);
const url = await new Promise((resolve, reject) => {
  let text = '';
  server.stdout.on('data', (chunk) => {
    text += chunk;
    const found = /http:\/\/[\d.]+:\d+/.exec(text);
    if (found) resolve(found[0]);
  });
  server.on('exit', (code) => reject(new Error(`the server ended with code ${code}`)));
  setTimeout(() => reject(new Error('no address within 20 s')), 20_000).unref();
});
const answer = await fetch(`${url}/ksql`, { method: 'POST', body: JSON.stringify({ ksql: 'SHOW STREAMS;' }) });
const entities = await answer.json();
if (answer.status !== 200 || entities[0]['@type'] !== 'streams')
  throw new Error(`unexpected answer: ${JSON.stringify(entities)}`);
console.log(JSON.stringify({ smoke: 'ok', first_answer_ms: Math.round(performance.now() - began) }));
server.kill('SIGTERM');
await new Promise((resolve) => server.on('exit', resolve));
rmSync(data, { recursive: true, force: true });
