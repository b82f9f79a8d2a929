import { expect, test } from 'vitest';
import { Floods, Resets } from './floods.ts';

function at(now: number): { floods: Floods; pass(ms: number): void } {
  const clock = { monotonicMs: () => now };
  return { floods: new Floods(clock), pass: (ms) => void (now += ms) };
}

test('a client is remembered for five minutes after its last flood', () => {
  const { floods, pass } = at(1e6);
  expect(floods.has('192.0.2.1')).toBe(false);
  floods.remember('192.0.2.1');
  pass(299_999);
  expect(floods.has('192.0.2.1')).toBe(true);
  expect(floods.has('192.0.2.2')).toBe(false);
  floods.remember('192.0.2.1');
  pass(299_999);
  expect(floods.has('192.0.2.1')).toBe(true);
  pass(2);
  expect(floods.has('192.0.2.1')).toBe(false);
});

test('a thousand clients are remembered at most: the latest', () => {
  const { floods } = at(0);
  for (let i = 0; i < 1000; i++) floods.remember(`client ${i}`);
  floods.remember('client 0');
  floods.remember('one more');
  expect(floods.has('client 0')).toBe(true);
  expect(floods.has('client 1')).toBe(false);
  expect(floods.has('client 2')).toBe(true);
  expect(floods.has('one more')).toBe(true);
});

test('as many resets as there are streams on a connection are no flood, however often in three seconds', () => {
  const resets = new Resets();
  for (let round = 0; round < 20; round++)
    for (let i = 0; i < 100; i++) expect(resets.add(round * 3100, false)).toBe(false);
});

test('more at once are one, and fewer where the client flooded before', () => {
  const count = (isAfterFlood: boolean): number => {
    const resets = new Resets();
    for (let i = 1; ; i++) if (resets.add(5000, isAfterFlood)) return i;
  };
  expect(count(false)).toBe(151);
  expect(count(true)).toBe(31);
});
