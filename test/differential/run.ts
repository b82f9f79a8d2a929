import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import path from 'node:path';
import { SILENT_LOGGER } from '../../src/base/env.ts';
import { Session } from '../../src/engine/session.ts';
import { nodeEnv } from '../../src/host/node-env.ts';
import { MemoryStore } from '../../src/store/memory-store.ts';
import { startSluice, type Sluice } from '../../src/main/compose.ts';
import { seededRandom } from '../support/random.ts';
import { declarations, type Input, insertOf, randomInputs } from './inputs.ts';
import { KillableStore } from './killable-store.ts';
import type { Rows, Shape } from './reference.ts';
import { SHAPES } from './shapes.ts';

/**
 * When the records are written: one by one while the queries run (live), all before the queries start (history), while
 * the server is repeatedly killed (killed), or many at once while the queries run on threads with a store on disk, as
 * by default (threads).
 */
export type Mode = 'live' | 'history' | 'killed' | 'threads';

export interface Scenario {
  readonly seed: number;
  readonly mode: Mode;
  readonly partitions: 1 | 3;
  readonly shapes: readonly Shape[];
  readonly inputs: readonly Input[];
}

const SHAPES_AT_ONCE = 4;
/** More records than the threads read between two commits. */
const INPUTS_OF_THREADS = 1500;

/** Derives a scenario from a seed, which determines all of it. */
export function scenarioOf(seed: number, mode?: Mode): Scenario {
  const random = seededRandom(seed * 7919 + 1);
  const pick = <T>(items: readonly T[]): T => items[Math.floor(random() * items.length)]!;
  // If order matters, records wait for each other, which is no load for threads.
  const eligible = mode === 'threads' ? SHAPES.filter((shape) => shape.needsOrder !== true) : SHAPES;
  const shapes = Array.from({ length: SHAPES_AT_ONCE }, () => pick(eligible));
  const ordered = shapes.some((shape) => shape.needsOrder === true);
  const isLive = shapes.some((shape) => shape.neverFromHistory === true);
  return {
    seed,
    mode: mode ?? pick(isLive ? ['live', 'killed'] : ['live', 'history', 'killed']),
    partitions: pick([1, 3]),
    shapes,
    inputs: randomInputs({
      seed,
      count: mode === 'threads' ? INPUTS_OF_THREADS : 5 + Math.floor(random() * 60),
      ordered,
    }),
  };
}

/** A shape whose result differs, with the expected and the actual rows. */
export interface Difference {
  readonly shape: Shape;
  readonly expected: readonly string[];
  readonly got: readonly string[];
}

/** Runs a scenario; resolves to undefined when every result equals that of the plain computation. */
export async function runScenario(scenario: Scenario): Promise<Difference | undefined> {
  const { inputs, shapes } = scenario;
  const isThreaded = scenario.mode === 'threads';
  const home = isThreaded ? folder() : memory();
  const random = seededRandom(scenario.seed + 17);
  let server = await home.start();
  const creations = shapes.map((shape, i) => shape.create.replaceAll('@', `o${i}`));
  const isOrdered = shapes.some((shape) => shape.needsOrder === true);
  try {
    await server.execute(declarations(scenario.partitions));
    if (scenario.mode !== 'history') await server.execute(creations);
    for (let at = 0; at < inputs.length;) {
      // If order matters, each record is processed before the next is written.
      const count = isOrdered ? 1 : 1 + Math.floor(random() * (isThreaded ? 40 : 8));
      const batch = inputs.slice(at, at + count);
      at += batch.length;
      await server.execute(batch.map(insertOf));
      if (scenario.mode === 'history') continue;
      if (isOrdered) await server.caughtUp();
      if (scenario.mode === 'killed' && random() < 0.15) {
        if (random() < 0.5) await new Promise((resolve) => setTimeout(resolve, random() * 4));
        server.kill();
        server = await home.start();
      }
      // After a restart, other threads continue with what these have read.
      if (isThreaded && random() < 0.02) {
        await server.close();
        server = await home.start();
      }
    }
    if (scenario.mode === 'history') await server.execute(creations);
    await server.caughtUp();
    for (const [i, shape] of shapes.entries()) {
      const expected = canonical(shape.expected(inputs));
      const got = canonical(await server.ask(shape.ask.replaceAll('@', `o${i}`)));
      if (expected.join('\n') !== got.join('\n')) return { shape, expected, got };
    }
    return undefined;
  } finally {
    await server.close();
    home.remove();
  }
}

/** Reduces the records to a small subset that still shows the difference, by leaving out parts. */
export async function shrink(scenario: Scenario, difference: Difference): Promise<Scenario> {
  let smallest: Scenario = { ...scenario, shapes: [difference.shape] };
  if ((await runScenario(smallest)) === undefined) smallest = scenario;
  for (let size = Math.ceil(smallest.inputs.length / 2); size >= 1; size = size === 1 ? 0 : Math.ceil(size / 2)) {
    for (let at = 0; at < smallest.inputs.length;) {
      const inputs = [...smallest.inputs.slice(0, at), ...smallest.inputs.slice(at + size)];
      const candidate = { ...smallest, inputs };
      if ((await runScenario(candidate)) === undefined) at += size;
      else smallest = candidate;
    }
  }
  return smallest;
}

/** A scenario as statements that can be executed manually. */
export function statementsOf({ mode, partitions, shapes, inputs }: Scenario): string {
  const creations = shapes.map((shape, i) => shape.create.replaceAll('@', `o${i}`));
  const inserts = inputs.map(insertOf);
  const body = mode === 'history' ? [...inserts, ...creations] : [...creations, ...inserts];
  return [...declarations(partitions), ...body, ...shapes.map((shape, i) => shape.ask.replaceAll('@', `o${i}`))].join(
    '\n',
  );
}

function canonical(rows: Rows): string[] {
  return rows.map((row) => JSON.stringify(row)).sort();
}

interface Server {
  execute(statements: readonly string[]): Promise<void>;
  caughtUp(): Promise<void>;
  ask(sql: string): Promise<Rows>;
  kill(): void;
  close(): Promise<void>;
}

/** A server's data, which outlives the server. */
interface Home {
  start(): Promise<Server>;
  remove(): void;
}

function memory(): Home {
  const inner = new MemoryStore();
  return {
    start() {
      const store = new KillableStore(inner);
      return start({ store }, () => store.kill());
    },
    remove() {},
  };
}

function folder(): Home {
  const dir = mkdtempSync(path.join(tmpdir(), 'sluice-differential-'));
  return {
    start: () => start({ properties: { 'data.dir': dir, 'query.threads': '2' } }),
    remove: () => rmSync(dir, { recursive: true, force: true }),
  };
}

async function start(
  { store, properties = {} }: { readonly store?: KillableStore; readonly properties?: Record<string, string> },
  kill: () => void = () => undefined,
): Promise<Server> {
  const sluice: Sluice = await startSluice({
    env: nodeEnv(SILENT_LOGGER),
    ...(store === undefined ? {} : { store }),
    properties: {
      listeners: 'http://127.0.0.1:0',
      'connect.listeners': '',
      'ksql.streams.auto.offset.reset': 'earliest',
      ...properties,
    },
  });
  return {
    async execute(statements) {
      await sluice.engine.execute(statements.join('\n'));
    },
    caughtUp: () => sluice.caughtUp(),
    async ask(sql) {
      const query = await sluice.engine.query(sql, new Session());
      if (query.kind === 'PRINT') throw new Error('no rows');
      const rows: Rows[number][] = [];
      for await (const batch of query.rows()) for (const row of batch) rows.push([...row.values] as Rows[number]);
      return rows;
    },
    kill() {
      kill();
      void sluice.close().catch(() => undefined);
    },
    close: async () => void (await sluice.close()),
  };
}
