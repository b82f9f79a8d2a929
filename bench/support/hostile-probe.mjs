/*
 * A well-behaved client in a separate thread: a pull query by key and GET /info every 20 ms, each over one connection.
 * On request, it reports the delays since the last report: in elapsed time, and in CPU time of the server's thread for
 * clients.
 */
import { readFileSync } from 'node:fs';
import { Agent, request } from 'node:http';
import { parentPort, workerData } from 'node:worker_threads';

const { url, pid } = workerData;
const EVERY_MS = 20;
const PATIENCE_MS = 10_000;

/** CPU time of the server's thread for clients, in ms. */
function threadMs() {
  try {
    return Number(readFileSync(`/proc/${pid}/task/${pid}/schedstat`, 'utf8').split(' ')[0]) / 1e6;
  } catch {
    return 0;
  }
}

let seen = fresh();
function fresh() {
  return { pull: [], pullCpu: [], info: [], failed: {} };
}

function ask(agent, method, path, body, ok) {
  return new Promise((resolve) => {
    const sent = request(url + path, { method, agent, timeout: PATIENCE_MS }, (answer) => {
      let text = '';
      answer.on('data', (piece) => (text += piece));
      answer.on('error', (error) => resolve(error.code ?? error.message));
      answer.on('end', () =>
        resolve(ok(answer.statusCode, text) ? undefined : `${answer.statusCode} ${text.slice(0, 200)}`),
      );
    });
    sent.on('timeout', () => sent.destroy(new Error('no answer within 10 s')));
    sent.on('error', (error) => resolve(error.code ?? error.message));
    sent.end(body);
  });
}

async function loop(name, method, path, body, ok) {
  const agent = new Agent({ keepAlive: true, maxSockets: 1 });
  for (;;) {
    const began = performance.now();
    const cpu = threadMs();
    const failure = await ask(agent, method, path, body, ok);
    const took = performance.now() - began;
    if (failure === undefined) {
      seen[name].push(took);
      if (name === 'pull') seen.pullCpu.push(Math.min(took, threadMs() - cpu));
    } else seen.failed[`${name}: ${failure}`] = (seen.failed[`${name}: ${failure}`] ?? 0) + 1;
    await new Promise((resolve) => setTimeout(resolve, EVERY_MS));
  }
}

void loop('info', 'GET', '/info', undefined, (status) => status === 200);
void loop(
  'pull',
  'POST',
  '/query-stream',
  JSON.stringify({ sql: "SELECT * FROM t WHERE k='a';" }),
  (status, text) => status === 200 && text.includes('"a"'),
);
parentPort.on('message', () => {
  parentPort.postMessage(seen);
  seen = fresh();
});
