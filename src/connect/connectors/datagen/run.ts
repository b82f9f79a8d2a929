import { must } from '../../../base/assert.ts';
import type { Config } from '../../api/config-spec.ts';
import type { SourceTaskContext } from '../../api/connector.ts';
import { ConnectError } from '../../api/errors.ts';
import type { ConnectHeader, OffsetMap } from '../../api/record.ts';
import { primitive } from '../../api/schema.ts';
import { DATAGEN } from './datagen-keys.ts';
import { Pace } from './pace.ts';

const INT32 = primitive('INT32', false);
const INT64 = primitive('INT64', false);

/** The entries of a task's offset; all are numbers from 0. */
export const OFFSET_KEYS = ['task.generation', 'current.iteration', 'random.seed'];

/** One run of a task: its seed, where it begins and ends, headers and offsets in the form of the Java connector. */
export class Run {
  readonly context: SourceTaskContext;
  readonly pace: Pace;
  readonly seed: number;
  /** Number of the first record of this run. */
  readonly first: number;
  /** Number of records in all runs; Infinity: no end. */
  readonly end: number;
  readonly partition: OffsetMap;
  /** The offset at which the run began; undefined: the first run. */
  readonly stored: OffsetMap | undefined;
  readonly #generation: number;
  /** The headers that all records of the run have. */
  readonly #headers: readonly ConnectHeader[];

  constructor(config: Config, context: SourceTaskContext) {
    this.context = context;
    this.pace = new Pace(context, {
      rate: config.get(DATAGEN.messagesPerSecond),
      maxIntervalMs: config.get(DATAGEN.maxInterval),
    });
    this.partition = { 'task.id': context.taskId };
    const stored = context.offset(this.partition);
    this.stored = stored;
    this.first = stored === undefined ? 0 : Number(stored['current.iteration']) + 1;
    this.#generation = stored === undefined ? 0 : Number(stored['task.generation']) + 1;
    const iterations = config.get(DATAGEN.iterations);
    this.end = iterations < 0 ? Infinity : iterations;
    const given = config.get(DATAGEN.randomSeed);
    this.seed =
      given === undefined
        ? Number(stored?.['random.seed'] ?? Math.floor(context.env.random.next() * 2 ** 31))
        : given + context.taskId;
    this.#headers = [
      { key: 'task.generation', schema: INT32, value: this.#generation },
      { key: 'task.id', schema: INT32, value: context.taskId },
    ];
  }

  /**
   * @throws ConnectError when all records have been written: as with the Java connector, the status shows that it ended
   */
  checkEnd(iteration: number): void {
    if (iteration >= this.end)
      throw new ConnectError(`Stopping connector: generated the configured ${this.end} number of messages`);
  }

  headersOf(iteration: number): readonly ConnectHeader[] {
    return [
      must(this.#headers[0], 'header'),
      must(this.#headers[1], 'header'),
      { key: 'current.iteration', schema: INT64, value: iteration },
    ];
  }

  offsetAt(iteration: number): OffsetMap {
    return { 'task.generation': this.#generation, 'current.iteration': iteration, 'random.seed': this.seed };
  }
}
