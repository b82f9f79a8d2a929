import { expect, test } from 'vitest';
import { SILENT_LOGGER } from '../base/env.ts';
import { nodeEnv } from '../host/node-env.ts';
import { Closers } from './closers.ts';

test('what hangs or fails keeps nothing else from being closed, and what carries it stays', async () => {
  const closers = new Closers(nodeEnv(SILENT_LOGGER));
  const closed: string[] = [];
  const closes = (what: string) => async (): Promise<void> => void closed.push(what);
  closers.push('store', closes('store'), { carries: true });
  closers.push('listener', closes('listener'));
  closers.push('fails', () => Promise.reject(new Error('it cannot')));
  closers.push('hangs', () => new Promise(() => {}));
  closers.push('hangs as well', () => new Promise(() => {}));
  closers.push('queries', closes('queries'));
  const begunMs = performance.now();
  expect(await closers.closeAll(200)).toEqual(['hangs as well', 'hangs']);
  expect(performance.now() - begunMs).toBeGreaterThan(140);
  expect(closed).toEqual(['queries', 'listener']);
});

test('without a limit all is waited for, from the last to the first', async () => {
  const closers = new Closers(nodeEnv(SILENT_LOGGER));
  const closed: string[] = [];
  closers.push('store', async () => void closed.push('store'), { carries: true });
  closers.push('slow', async () => {
    await new Promise((resolve) => setTimeout(resolve, 20));
    closed.push('slow');
  });
  expect(await Promise.all([closers.closeAll(), closers.closeAll()])).toEqual([[], []]);
  expect(closed).toEqual(['slow', 'store']);
});
