import { type Input, randomInputs } from '../differential/inputs.ts';
import type { Shape } from '../differential/reference.ts';
import { SHAPES } from '../differential/shapes.ts';
import { seededRandom } from '../support/random.ts';

/** How bad the luck is, each as a chance or a mean; 0: never. */
export interface Luck {
  /** Mean virtual ms between two kills of a server; 0: none. */
  readonly killMs: number;
  /** Mean ms between two bad times of a disk, in which writes fail; 0: none. */
  readonly badDiskMs: number;
  /** Chance that a request to a broker, or its answer, is lost. */
  readonly netFault: number;
  /** Chance that a call to the systems outside fails. */
  readonly outsideFault: number;
  /** Longest time that a call takes, in ms. */
  readonly latencyMs: number;
  /** Chance that the operator pauses a query, restarts a connector, drops and makes something, per second. */
  readonly operator: number;
}

/** All that happens in one run; it follows from the seed, and may be made smaller by hand or by the shrinker. */
export interface Scenario {
  readonly seed: number;
  /** One server with its own log, or servers that share one with Kafka's groups. */
  readonly log: 'embedded' | 'kafka';
  /** 1 on the embedded log. */
  readonly servers: number;
  readonly partitions: 1 | 3;
  /** How many clients insert at the same time. 1 where what is right depends on the order of the records. */
  readonly clients: number;
  readonly shapes: readonly Shape[];
  readonly inputs: readonly Input[];
  /** Rows of the system outside. */
  readonly outsideRows: number;
  readonly luck: Luck;
}

export function scenarioOf(seed: number): Scenario {
  const random = seededRandom(seed * 6151 + 3);
  const pick = <T>(items: readonly T[]): T => items[Math.floor(random() * items.length)]!;
  const shapes = Array.from({ length: 1 + Math.floor(random() * 3) }, () => pick(SHAPES));
  const ordered = shapes.some((shape) => shape.needsOrder === true);
  const often = (chance: number, value: number): number => (random() < chance ? value : 0);
  const log = random() < 0.4 ? 'kafka' : 'embedded';
  return {
    seed,
    log,
    // What is right depends on the order of handling: whoever waits for it has to see all tasks.
    servers: log === 'kafka' && !ordered ? pick([1, 2, 3]) : 1,
    partitions: pick([1, 3]),
    clients: ordered ? 1 : pick([1, 2, 4]),
    shapes,
    inputs: randomInputs({ seed, count: 3 + Math.floor(random() * 30), ordered }),
    // A worker is one server's: connectors of several servers are a Connect cluster's business.
    outsideRows: log === 'kafka' ? 0 : pick([0, 10, 40]),
    luck: {
      // On Kafka a server that is gone is missed for a session first.
      killMs: often(0.7, pick(log === 'kafka' ? [800, 3000] : [25, 120, 600])),
      badDiskMs: often(0.5, pick([100, 500])),
      netFault: log === 'kafka' ? often(0.5, pick([0.002, 0.02])) : 0,
      outsideFault: often(0.5, pick([0.05, 0.3])),
      latencyMs: pick([0.1, 5, 100]),
      operator: often(0.5, pick([0.5, 3])),
    },
  };
}

/** Where what is right depends on the order in which the records of several topics were handled. */
export function isOrdered(scenario: Scenario): boolean {
  return scenario.shapes.some((shape) => shape.needsOrder === true);
}
