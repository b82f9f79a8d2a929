import { mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import path from 'node:path';
import { afterAll, beforeAll, expect, test } from 'vitest';
import { ServerProcess, sleep } from '../support/server-process.ts';

const folder = mkdtempSync(path.join(tmpdir(), 'sluice-plugin-faults-'));
const COUNTING = path.resolve(import.meta.dirname, '../support/plugins/unruly.mjs');
let server: ServerProcess;

/** A connector whose task runs `code` when it starts, and then waits forever. */
const connector = (name: string, code: string): string => `
  export const ${name} = {
    className: 'example.${name}', type: 'source', config: [],
    load: async () => ({
      createConnector: () => ({ async start() {}, async taskConfigs() { return [{}]; }, async stop() {} }),
      createTask: () => ({ async start() { ${code} }, poll: () => new Promise(() => {}), async stop() {} }),
    }),
  };`;

beforeAll(async () => {
  writeFileSync(
    path.join(folder, 'faults.mjs'),
    [
      connector('Timer', `setTimeout(() => { throw new Error('thrown in a timer'); }, 50);`),
      connector('Rejection', `setTimeout(async () => { throw new Error('rejected by nobody'); }, 50);`),
      connector('Event', `(await import('node:net')).connect(1, '127.0.0.1');`),
      connector('Throws', `throw new Error('thrown in start');`),
      connector('Loop', `for (;;);`),
      connector('Exit', `setTimeout(() => process.exit(0), 50);`),
      connector('Memory', `const kept = []; setInterval(() => kept.push(Buffer.alloc(8 << 20, 1)), 5);`),
      connector('Good', ''),
      `export const lacks = { className: 'example.Lacks', type: 'source', config: [] };`,
      `export const keyless = { className: 'example.Keyless', type: 'sink', config: [{}], load: async () => ({}) };`,
    ].join('\n'),
  );
  server = await ServerProcess.create(path.join(folder, 'data'), {
    'plugin.path': `${folder},${COUNTING}`,
    'plugin.stall.ms': '2000',
    'plugin.memory.max.bytes': String(64 << 20),
  });
  await server.start();
});
afterAll(async () => {
  await server.kill();
  rmSync(folder, { recursive: true, force: true });
});

interface Status {
  readonly connector: { readonly state: string };
  readonly tasks: readonly { readonly state: string; readonly trace?: string }[];
}

async function status(name: string, isThere: (status: Status) => boolean): Promise<Status> {
  const url = `http://127.0.0.1:${server.connectPort}/connectors/${name}/status`;
  let seen: Status | undefined;
  for (let i = 0; i < 400; i++) {
    const answer = await fetch(url);
    if (answer.status === 200) {
      seen = (await answer.json()) as Status;
      if (isThere(seen)) return seen;
    }
    await sleep(25);
  }
  throw new Error(`status of ${name}: ${JSON.stringify(seen)}\n${server.output}`);
}

test('a plug-in that lacks a field is left out, with the field; the server starts', () => {
  expect(server.output).toContain('example.Lacks has no load');
  expect(server.output).toContain('example.Keyless has a key without name or type: number 1 of its config');
});

test('whatever the code of a connector does ends its tasks with the cause, and nothing else', async () => {
  await server.execute(`CREATE SOURCE CONNECTOR good WITH ('connector.class'='example.Good');`);
  for (const [name, cause] of [
    ['Timer', 'thrown in a timer'],
    ['Rejection', 'rejected by nobody'],
    ['Event', 'ECONNREFUSED'],
    ['Throws', 'thrown in start'],
    ['Loop', 'has not come back to its event loop for 2000 ms'],
    ['Exit', 'its code called process.exit(0)'],
    ['Memory', 'has used more than 64 MiB of memory'],
  ] as const) {
    await server.execute(`CREATE SOURCE CONNECTOR ${name} WITH ('connector.class'='example.${name}');`);
    const { tasks } = await status(name.toUpperCase(), (s) => s.tasks[0]?.state === 'FAILED');
    expect(tasks[0]!.trace).toContain(cause);
  }
  expect((await status('GOOD', (s) => s.tasks[0]?.state === 'RUNNING')).connector.state).toBe('RUNNING');
  expect(await server.execute('SHOW CONNECTORS;')).toHaveLength(1);
});

test('records of a connector in a thread are written once, whenever the process is killed', { retry: 0 }, async () => {
  const total = 300;
  await server.execute(
    `CREATE STREAM n (n INT) WITH (kafka_topic='n', partitions=1, value_format='JSON', wrap_single_value=false);
     CREATE SOURCE CONNECTOR counting WITH ('connector.class'='test.Counting', total='${total}');`,
  );
  const seen = async (): Promise<unknown[]> => (await server.rows('SELECT n FROM n;')).map(([n]) => n);
  for (let kills = 0; kills < 2; kills++) {
    const before = (await seen()).length;
    while ((await seen()).length === before && before < total) await sleep(10);
    await server.kill();
    await server.start();
  }
  let numbers = await seen();
  for (let i = 0; i < 400 && numbers.length < total; i++) {
    await sleep(25);
    numbers = await seen();
  }
  expect(numbers.toSorted((a, b) => Number(a) - Number(b))).toEqual(Array.from({ length: total }, (_, i) => i));
});
