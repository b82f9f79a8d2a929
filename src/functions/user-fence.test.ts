import { describe, expect, test } from 'vitest';
import { Work } from '../base/budget/work.ts';
import { BIGINT } from '../types/sql-type.ts';
import type { AggregateFunction, CallSite, ScalarFunction } from './api.ts';
import { BUILT_IN_REGISTRY } from './built-in.ts';
import { UserFence } from './user-fence.ts';
import { loadUserFunctions } from './user-functions.ts';

let nowMs = 0;
/** A call site in the thread that serves clients. */
const site = (): CallSite => ({
  argTypes: [BIGINT],
  returnType: BIGINT,
  constants: [undefined],
  env: { nowMs: () => nowMs, random: () => 0, uuid: () => '', work: new Work(1000, 'k'), fence: new UserFence(100) },
});

const signature = { params: [{ name: 'x', type: BIGINT }], returns: BIGINT };
const hold = (): never => {
  for (;;);
};
const { registry } = loadUserFunctions(BUILT_IN_REGISTRY, [
  {
    path: 'm.js',
    exports: [
      { kind: 'SCALAR', name: 'slow', signatures: [{ ...signature, evaluate: (x: number) => (x < 0 ? hold() : x) }] },
      { kind: 'SCALAR', name: 'slow_to_prepare', signatures: [{ ...signature, prepare: hold }] },
      {
        kind: 'SCALAR',
        name: 'catches',
        signatures: [
          {
            ...signature,
            evaluate: () => {
              try {
                hold();
              } catch {
                return 1;
              } finally {
                hold();
              }
            },
          },
        ],
      },
      {
        kind: 'AGGREGATE',
        name: 'slow_sum',
        signatures: [
          {
            ...signature,
            create: () => ({ intermediate: BIGINT, initialize: () => 0, add: hold, result: (a: unknown) => a }),
          },
        ],
      },
    ],
  },
]);
const body = (name: string, at: CallSite) =>
  (registry.find(name) as ScalarFunction).signatures[0]!.prepare!(at) as (x: number) => unknown;

describe('a function that does not come back', () => {
  test('ends the statement, and is not called again for a minute, by any', () => {
    const at = site();
    const slow = body('SLOW', at);
    expect(slow(1)).toBe(1);
    at.env.work.check();
    const sentence =
      'Function SLOW has not come back within 100 ms (ksql.extension.call.max.ms): it is not called for a minute';
    expect(() => slow(-1)).toThrow(sentence);
    // Where a row's errors become null, the query checks whether it may continue.
    expect(() => at.env.work.check()).toThrow(sentence);
    const other = body('SLOW', site());
    expect(() => other(1)).toThrow(sentence);
    nowMs += 60_001;
    expect(body('SLOW', site())(1)).toBe(1);
  });

  test('whatever it catches, and wherever it is', () => {
    expect(() => body('CATCHES', site())(1)).toThrow('Function CATCHES has not come back within 100 ms');
    expect(() => body('SLOW_TO_PREPARE', site())).toThrow('has not come back within 100 ms');
    const sum = (registry.find('SLOW_SUM') as AggregateFunction).signatures[0]!.create(site());
    expect(() => sum.add(sum.initialize(), [1])).toThrow('Function SLOW_SUM has not come back within 100 ms');
  });

  test('but in a thread that serves no clients', () => {
    const { env, ...rest } = site();
    const { fence: _, ...own } = env;
    let calls = 0;
    const now = Date.now();
    const { registry: one } = loadUserFunctions(BUILT_IN_REGISTRY, [
      {
        path: 'm.js',
        exports: {
          kind: 'SCALAR',
          name: 'long',
          signatures: [
            {
              ...signature,
              evaluate: () => {
                while (Date.now() - now < 300) calls++;
                return calls;
              },
            },
          ],
        },
      },
    ]);
    expect((one.find('LONG') as ScalarFunction).signatures[0]!.prepare!({ ...rest, env: own })(1)).toBeGreaterThan(0);
  });
});
