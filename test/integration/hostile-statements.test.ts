import { mkdtempSync, readFileSync, rmSync } from 'node:fs';
import { Agent, request } from 'node:http';
import { tmpdir } from 'node:os';
import path from 'node:path';
import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import { HOSTILE_STATEMENTS, prepareHostile, type Hostile } from '../support/hostile-statements.ts';
import { ServerProcess, sleep } from '../support/server-process.ts';

/*
 * While any statement runs, a pull query on another table answers in under 50 ms. A server in a process of its own, on its defaults, is sent what
 * once kept it for seconds or for ever. Other programs of this machine hold it up as well, so what counts is the CPU time of its
 * thread for clients; and a case that was slow is asked again: a statement that stalls does so each time.
 */
const MOST_MS = 50;
const ATTEMPTS = 6;

const folder = mkdtempSync(path.join(tmpdir(), 'sluice-hostile-'));
let server: ServerProcess;
const agent = new Agent({ keepAlive: true });

beforeAll(async () => {
  server = await ServerProcess.create(folder);
  await server.start();
  await prepareHostile(server);
});
afterAll(async () => {
  agent.destroy();
  await server.kill();
  rmSync(folder, { recursive: true, force: true });
});

/** Ms of CPU that the server's thread for clients has had; undefined where the system does not tell. */
function threadMs(): number | undefined {
  try {
    return Number(readFileSync(`/proc/${server.pid}/task/${server.pid}/schedstat`, 'utf8').split(' ')[0]) / 1e6;
  } catch {
    return undefined;
  }
}

/**
 * One pull query; for how long the server kept it waiting, in ms: what its thread did in the meantime, where that is
 * known.
 */
function pull(): Promise<number> {
  return new Promise((resolve, reject) => {
    const started = performance.now();
    const before = threadMs();
    const sent = request(`${server.url}/query-stream`, { method: 'POST', agent }, (answer) => {
      answer.resume();
      answer.on('end', () => {
        const wall = performance.now() - started;
        const after = threadMs();
        resolve(before === undefined || after === undefined ? wall : Math.min(wall, after - before));
      });
    });
    sent.on('error', reject);
    sent.end(JSON.stringify({ sql: `SELECT * FROM t WHERE k='a';` }));
  });
}

/**
 * Sends it, with pull queries beside it; the longest of them in ms. A query that gives no row is left after a while.
 */
async function run({ path, body, answer }: Hostile): Promise<number> {
  const abort = new AbortController();
  let longest = 0;
  let over = false;
  const pulls = (async () => {
    while (!over) {
      longest = Math.max(longest, await pull());
      await sleep(2);
    }
  })();
  const timer = setTimeout(() => abort.abort(), 30_000);
  try {
    const sent = await fetch(server.url + path, { method: 'POST', body, signal: abort.signal });
    expect((await sent.text()).slice(0, 5000)).toMatch(answer);
  } finally {
    clearTimeout(timer);
    over = true;
    await pulls;
  }
  return longest;
}

describe('a pull query answers beside', () => {
  test.each(Object.keys(HOSTILE_STATEMENTS))(
    '%s',
    async (name) => {
      const hostile = HOSTILE_STATEMENTS[name]!();
      const seen: number[] = [];
      for (let attempt = 0; attempt < ATTEMPTS; attempt++) {
        seen.push(Math.round(await run(hostile)));
        if (seen.at(-1)! < MOST_MS) return;
      }
      expect(Math.min(...seen), `longest pull query of each attempt: ${seen.join(', ')} ms`).toBeLessThan(MOST_MS);
    },
    120_000,
  );
});
