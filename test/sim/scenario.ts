import { partitionOfKey } from '../../src/log/partitioner.ts';
import { END_KEYS, type Input, randomInputs, SOURCE_NAMES, type SourceName } from '../differential/inputs.ts';
import type { Shape } from '../differential/reference.ts';
import { SHAPES } from '../differential/shapes.ts';
import { seededRandom } from '../support/random.ts';

/** How many faults occur: each is a probability or a mean interval, and 0 means never. */
export interface Luck {
  /** Mean virtual ms between two kills of a server. */
  readonly killMs: number;
  /** Mean ms between two periods in which a disk's writes fail. */
  readonly badDiskMs: number;
  /** Longest duration of a commit in the store's thread, in ms; 0: without that thread. */
  readonly commitMs: number;
  /** Probability that a request to a broker, or its response, is lost. */
  readonly netFault: number;
  /** Probability that a coordinator of transactions or groups refuses a request for now, even after it had its effect. */
  readonly coordinatorFault: number;
  /** Mean ms between two transactions of other producers, which hold back readers until they end. */
  readonly strangerMs: number;
  /** Probability that a request to Connect over REST, or its response, is lost or refused; 0: without REST. */
  readonly connectFault: number;
  /** Probability that a call to an external system fails. */
  readonly outsideFault: number;
  /** Longest duration of a call, in ms. */
  readonly latencyMs: number;
  /** Probability per second that the operator pauses a query, restarts a connector, or drops and creates something. */
  readonly operator: number;
}

/** Everything that happens in a run. It is derived from the seed, and may be reduced manually or by `shrink`. */
export interface Scenario {
  readonly seed: number;
  /** One server with its own log, or servers that share a log with Kafka's consumer groups. */
  readonly log: 'embedded' | 'kafka';
  /** Always 1 with the embedded log. */
  readonly servers: number;
  readonly partitions: 1 | 3;
  /** The number of clients that insert concurrently; 1 if the correct result depends on the order of the records. */
  readonly clients: number;
  readonly shapes: readonly Shape[];
  /** The sources that exist: those that something reads. */
  readonly sources: readonly SourceName[];
  readonly inputs: readonly Input[];
  /** The number of rows in the external system. */
  readonly outsideRows: number;
  readonly luck: Luck;
}

/** Derives a scenario from a seed, which determines all of it. */
export function scenarioOf(seed: number): Scenario {
  const random = seededRandom(seed * 6151 + 3);
  const pick = <T>(items: readonly T[]): T => items[Math.floor(random() * items.length)]!;
  const shapes = Array.from({ length: 1 + Math.floor(random() * 3) }, () => pick(SHAPES));
  const ordered = shapes.some((shape) => shape.needsOrder === true);
  const often = (chance: number, value: number): number => (random() < chance ? value : 0);
  const log = random() < 0.4 ? 'kafka' : 'embedded';
  const partitions = pick([1, 3] as const);
  const operator = often(0.5, pick([0.5, 3]));
  const sources = sourcesOf(shapes, operator > 0);
  return {
    seed,
    log,
    // If the result depends on the order of processing, waiting for it requires a server that sees all tasks.
    servers: log === 'kafka' && !ordered ? pick([1, 2, 3]) : 1,
    partitions,
    clients: ordered ? 1 : pick([1, 2, 4]),
    shapes,
    sources,
    inputs: randomInputs({
      seed,
      count: 3 + Math.floor(random() * 30),
      ordered,
      sources,
      endKeys: keysForAll(partitions),
    }),
    // Each server has its own Connect worker; connectors on several servers would need a Connect cluster.
    outsideRows: log === 'kafka' ? 0 : pick([0, 10, 40]),
    luck: luckOf(log, operator, pick, often),
  };
}

/** Whether there is a system outside whose connectors are asked for over REST, as those of a Connect cluster are. */
export function isConnectOverRest(scenario: Scenario): boolean {
  return scenario.outsideRows > 0 && scenario.luck.connectFault > 0;
}

/** Whether the correct result depends on the order in which records of several topics are processed. */
export function isOrdered(scenario: Scenario): boolean {
  return scenario.shapes.some((shape) => shape.needsOrder === true);
}

/** The sources that the shapes read, and the one that the operator's stream reads. */
function sourcesOf(shapes: readonly Shape[], hasOperator: boolean): SourceName[] {
  const read = new Set(shapes.flatMap(({ create }) => [...create.matchAll(/\b(?:FROM|JOIN) (\w+)/g)].map((m) => m[1])));
  return SOURCE_NAMES.filter((name) => read.has(name) || (hasOperator && name === 's'));
}

/** As few of the keys of the last records as reach every partition. */
function keysForAll(partitions: number): number[] {
  const first = new Map<number, number>();
  for (const key of END_KEYS.toReversed()) {
    const bytes = Buffer.alloc(4);
    bytes.writeInt32BE(key);
    first.set(partitionOfKey(bytes, partitions), key);
  }
  return [...first.values()];
}

function luckOf(
  log: Scenario['log'],
  operator: number,
  pick: <T>(items: readonly T[]) => T,
  often: (chance: number, value: number) => number,
): Luck {
  const luck = {
    // On Kafka, a server's death is only detected when its session expires.
    killMs: often(0.7, pick(log === 'kafka' ? [800, 3000] : [25, 120, 600])),
    badDiskMs: often(0.5, pick([100, 500])),
    netFault: log === 'kafka' ? often(0.5, pick([0.002, 0.02])) : 0,
    outsideFault: often(0.5, pick([0.05, 0.3])),
    latencyMs: pick([0.1, 5, 100]),
    operator,
    strangerMs: log === 'kafka' ? often(0.6, pick([60, 400])) : 0,
    coordinatorFault: log === 'kafka' ? often(0.5, pick([0.01, 0.1])) : 0,
    commitMs: often(0.5, pick([2, 40])),
  };
  const connectFault = log === 'embedded' ? often(0.4, pick([0.02, 0.2])) : 0;
  // A statement that asks Connect over REST takes longer than a server that is killed more often lives.
  const isPatient = luck.killMs === 0 || luck.killMs > 100;
  return { ...luck, connectFault: isPatient ? connectFault : 0 };
}
