import { beforeEach, expect, test } from 'vitest';
import { MemoryBudget } from '../base/budget/memory.ts';
import { ProcessConditions } from './conditions.ts';

let nowMs: number;
let open: number | undefined;
let memory: MemoryBudget;
let conditions: ProcessConditions;

beforeEach(() => {
  nowMs = 1000;
  open = 100;
  memory = new MemoryBudget(1000);
  conditions = new ProcessConditions({ monotonicMs: () => nowMs }, { most: () => 1024, open: () => open }, memory);
});

const states = (): Record<string, string> => Object.fromEntries(conditions.all().map((c) => [c.name, c.state]));
const WELL = { openFiles: 'OK', connections: 'OK', memory: 'OK' };

test('all is well', () => {
  expect(states()).toEqual(WELL);
});

test('too few files left is a failure with the figures and the way back, and over when there are more', () => {
  open = 1024 - 51;
  expect(conditions.all()[0]).toEqual({
    name: 'openFiles',
    state: 'FAILED',
    reason: '973 of 1024 files and connections that the process may have are open',
    hint: expect.stringContaining('ulimit -n') as string,
  });
  open = undefined;
  expect(states()).toEqual({ ...WELL, openFiles: 'FAILED' });
  open = 1024 - 52;
  expect(states()).toEqual(WELL);
});

test('closed connections are told for a minute', () => {
  conditions.refusedConnections('listeners', { most: 512 });
  expect(conditions.all()[1]).toMatchObject({
    state: 'WARNING',
    reason: 'Connections are closed: listeners has the 512 that it may have',
  });
  conditions.refusedConnections('listeners', { most: 256, client: '192.0.2.7' });
  expect(conditions.all()[1]).toMatchObject({
    state: 'WARNING',
    reason: 'Connections of 192.0.2.7 are closed: they have the 256 of listeners that one client may have',
    hint: expect.stringContaining('listeners.max.connections.per.ip'),
  });
  nowMs += 70_000;
  expect(states()).toEqual(WELL);
});

test('so is memory that was refused', () => {
  memory.take(900, 'rows');
  expect(states()).toEqual(WELL);
  expect(() => memory.take(200, 'rows')).toThrow('server.memory.max.bytes');
  expect(states()).toEqual({ ...WELL, memory: 'WARNING' });
  nowMs += 70_000;
  expect(states()).toEqual(WELL);
  memory.hold(200);
  expect(states()).toEqual({ ...WELL, memory: 'WARNING' });
  memory.release(1100);
  nowMs += 70_000;
  expect(states()).toEqual(WELL);
});
