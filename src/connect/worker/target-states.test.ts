import { afterEach, describe, expect, test } from 'vitest';
import type { SourcePlugin, SourceTaskContext } from '../api/connector.ts';
import { eventually, Harness } from './testing/harness.ts';

/** A source that returns no records and counts its polls, by connector. `startMs`: the duration of its start. */
function idle(startMs: number, polls: Map<string, number>): SourcePlugin {
  return {
    type: 'source',
    name: 'idle',
    className: 'test.IdleSource',
    aliases: [],
    version: '1',
    doc: '',
    config: [{ name: 'n', type: 'STRING', default: null, importance: 'LOW', documentation: '' }],
    load: async () => ({
      createConnector: () => ({
        start: async (_config, context) => {
          if (startMs > 0) await context.env.timers.sleep(startMs, context.signal).catch(() => {});
        },
        taskConfigs: async () => [{}, {}],
        stop: async () => {},
      }),
      createTask: () => {
        let context: SourceTaskContext;
        return {
          start: async (_config, c) => {
            context = c;
          },
          poll: async () => {
            polls.set(context.connector, (polls.get(context.connector) ?? 0) + 1);
            await context.env.timers.sleep(5, context.signal).catch(() => {});
            return [];
          },
          stop: async () => {},
        };
      },
    }),
  };
}

type Operation = 'pause' | 'resume' | 'stop' | 'restart' | 'configure';
const OPERATIONS: readonly Operation[] = ['pause', 'resume', 'stop', 'restart', 'configure'];
const ORDERS = OPERATIONS.flatMap((a) => OPERATIONS.flatMap((b) => OPERATIONS.map((c) => [a, b, c] as const)));

let harness: Harness;
afterEach(() => harness.close());

const wait = (ms: number): Promise<void> => new Promise((resolve) => setTimeout(resolve, ms));

/** The delay before the next request: none, until the previous response, or a pause after it. */
const GAPS: Readonly<Record<string, (answered: Promise<unknown>) => Promise<unknown>>> = {
  'all at once': async () => undefined,
  'one after the other': (answered) => answered,
  'with time between': async (answered) => {
    await answered;
    await wait(3);
  },
};

describe.each([0, 2])('a connector whose start takes %i ms', (startMs) => {
  test.each(Object.keys(GAPS))('is what was asked for last, in every order of requests: %s', async (gap) => {
    const polls = new Map<string, number>();
    harness = await new Harness({ connectors: [idle(startMs, polls)] }).start();
    const config = { 'connector.class': 'test.IdleSource', 'tasks.max': '2' };
    const outcomes = await Promise.all(
      ORDERS.map(async (order, index) => {
        const name = `c${index}`;
        const path = `/connectors/${name}`;
        await harness.rest('POST', '/connectors', { name, config });
        let target: 'RUNNING' | 'PAUSED' | 'STOPPED' = 'RUNNING';
        const shown: string[] = [];
        const requests: Promise<unknown>[] = [];
        for (const [n, operation] of order.entries()) {
          if (operation === 'pause') target = 'PAUSED';
          else if (operation === 'resume') target = 'RUNNING';
          else if (operation === 'stop') target = 'STOPPED';
          const wanted = target;
          const answered =
            operation === 'restart'
              ? harness.rest('POST', `${path}/restart?includeTasks=true`)
              : operation === 'configure'
                ? harness.rest('PUT', `${path}/config`, { ...config, n: String(n) })
                : harness.rest('PUT', `${path}/${operation}`);
          requests.push(
            answered.then(({ status }) => {
              expect(status).toBeLessThan(300);
              // From the response on, tasks never show the opposite of the requested state.
              const opposite = wanted === 'PAUSED' ? 'RUNNING' : 'PAUSED';
              const { tasks } = harness.herder.status(name);
              if (gap !== 'all at once' && tasks.some((t) => t.state === opposite))
                shown.push(`${operation}: ${opposite}`);
            }),
          );
          await GAPS[gap]!(requests.at(-1)!);
        }
        await Promise.all(requests);
        const states = (): string => {
          const { connector, tasks } = harness.herder.status(name);
          return [connector.state, ...tasks.map((t) => t.state)].join(' ');
        };
        const expected = target === 'STOPPED' ? 'STOPPED' : [target, target, target].join(' ');
        await eventually(() => states() === expected).catch(() => undefined);
        // The displayed state is also the actual one, once operations in progress have ended.
        const isRunning = expected.startsWith('RUNNING');
        const isAsked = await eventually(async () => {
          const before = polls.get(name) ?? 0;
          await wait(40);
          return (polls.get(name) ?? 0) > before === isRunning && { value: isRunning };
        }).catch(() => ({ value: !isRunning }));
        return { order: order.join(' '), expected, states: states(), isAsked: isAsked.value, shown };
      }),
    );
    expect(
      outcomes.filter(
        (o) => o.states !== o.expected || o.isAsked !== o.expected.startsWith('RUNNING') || o.shown.length > 0,
      ),
    ).toEqual([]);
  });
});
