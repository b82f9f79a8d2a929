import { beforeEach, expect, test } from 'vitest';
import { testEnv } from '../../../test/support/env.ts';
import { Backoff } from '../../base/backoff.ts';
import type { QueryPlan } from '../../plan/steps/steps.ts';
import { serverConfig } from '../../config/server-config.ts';
import { QueryThread, type RunningWorker } from './query-thread.ts';
import type { FromWorker, ToWorker } from './thread-messages.ts';

/** A worker that dies when the test demands it, because a real one cannot be made to die at a given message. */
class FakeWorker implements RunningWorker {
  readonly got: ToWorker[] = [];
  answer: (message: FromWorker) => void = () => undefined;
  die: (reason: unknown) => void = () => undefined;
  post(message: ToWorker): void {
    this.got.push(message);
  }
  onMessage(handler: (message: FromWorker) => void): void {
    this.answer = handler;
  }
  onEnd(handler: (reason: unknown) => void): void {
    this.die = handler;
  }
  async terminate(): Promise<void> {}
}

let workers: FakeWorker[];
let thread: QueryThread;
const plan = { queryId: 'Q' } as QueryPlan;

beforeEach(() => {
  workers = [];
  thread = new QueryThread({
    number: 1,
    startWorker: () => {
      const worker = new FakeWorker();
      workers.push(worker);
      return worker;
    },
    services: { env: testEnv(), processingLog: { write: () => undefined }, registry: {} as never },
    retry: new Backoff(5, 5),
  });
});

const kinds = (worker: FakeWorker): string[] => worker.got.map((message) => message.kind);

test('a worker that has died is replaced, and its runs begin there as they were', async () => {
  const run = thread.start(plan, {}, serverConfig({}), false);
  run.pause();
  const waiting = run.caughtUp();
  workers[0]!.die(new Error('no memory left'));
  expect(await waiting).toBeUndefined();
  expect(run.isDown).toBe(true);
  expect(run.deaths!.map((e) => e.message)).toEqual(['The worker thread has died: no memory left']);
  await expect.poll(() => workers.length).toBe(2);
  expect(workers[1]!.got).toMatchObject([{ kind: 'start', plan, paused: true }]);
  workers[1]!.answer({ kind: 'state', run: 1, state: { state: 'RUNNING' } as never });
  expect(run.isDown).toBe(false);
});

test('while there is no worker: a query that begins is down, one that is dropped leaves no state', async () => {
  const dropped = thread.start(plan, {}, serverConfig({}), false);
  workers[0]!.die(new Error('gone'));
  const begun = thread.start({ ...plan, queryId: 'R' }, {}, serverConfig({}), false);
  expect(begun.isDown).toBe(true);
  await dropped.close(true);
  await expect.poll(() => workers.length).toBe(2);
  expect(kinds(workers[1]!)).toEqual(['forget', 'start']);
  expect(workers[1]!.got[0]).toMatchObject({ queryId: 'Q' });
});

test('a close that the worker does not live to answer is done, and the state goes with the next one', async () => {
  const run = thread.start(plan, {}, serverConfig({}), false);
  const closing = run.close(true);
  workers[0]!.die(new Error('gone'));
  await closing;
  await expect.poll(() => workers.length).toBe(2);
  expect(kinds(workers[1]!)).toEqual(['forget']);
});

test('closed while it waits for the next worker: none is started', async () => {
  workers[0]!.die(new Error('gone'));
  await thread.close();
  await new Promise((resolve) => setTimeout(resolve, 20));
  expect(workers.length).toBe(1);
});
