import fc from 'fast-check';
import { expect, test } from 'vitest';
import { SILENT_LOGGER, type Env } from '../../../base/env.ts';

import { configOf } from '../../api/config-spec.ts';
import type { PartitionOffset, SinkTaskContext } from '../../api/connector.ts';
import type { SinkRecord } from '../../api/record.ts';
import { OBJECT_SINK } from './sink-keys.ts';
import { ObjectSinkTask } from './sink-task.ts';
import type { ListedObject, ObjectStore } from './store.ts';

class Crash extends Error {}

/** An in-memory object store in which any request may be the last that gets a response. */
class MemoryObjects implements ObjectStore {
  readonly name = 'memory://';
  readonly objects = new Map<string, Buffer>();
  readonly #parts = new Map<string, Buffer[]>();
  /** Requests until the crash. */
  left = Infinity;
  /** Whether the request during which it crashes is carried out. */
  doesLast = false;

  #request(carryOut: () => void): void {
    if (this.left-- > 0) return carryOut();
    if (this.doesLast) carryOut();
    throw new Crash();
  }
  async put(key: string, body: Buffer): Promise<void> {
    this.#request(() => this.objects.set(key, body));
  }
  async beginParts(key: string): Promise<string> {
    const upload = `${key}#${this.#parts.size}`;
    this.#request(() => this.#parts.set(upload, []));
    return upload;
  }
  async putPart(_key: string, upload: string, number: number, body: Buffer): Promise<string> {
    this.#request(() => (this.#parts.get(upload)![number - 1] = Buffer.from(body)));
    return '';
  }
  async finishParts(key: string, upload: string): Promise<void> {
    this.#request(() => this.objects.set(key, Buffer.concat(this.#parts.get(upload)!)));
  }
  async abortParts(): Promise<void> {}
  async labelsOf(): Promise<undefined> {
    return undefined;
  }
  async *list(): AsyncGenerator<ListedObject> {}
  async *read(): AsyncGenerator<Buffer> {}
  close(): void {}
}

const RECORDS = 60;
/** Timestamps mostly advance, by minutes, and occasionally go back. */
const record = (offset: number): SinkRecord => ({
  topic: 't',
  originalTopic: 't',
  partition: 0,
  offset,
  keySchema: null,
  key: null,
  valueSchema: null,
  value: { offset, kind: `k${offset % 3}` },
  timestamp: 1_700_000_000_000 + offset * 60_000 - (offset % 7 === 0 ? 600_000 : 0),
});

/** Settings that may differ in each life. */
const ends = fc.record({
  'flush.size': fc.constantFrom('1', '3', '7', '1000'),
  'flush.bytes': fc.constantFrom('1000000', '200'),
  'rotate.interval.ms': fc.constantFrom('-1', '300000'),
  'rotate.schedule.interval.ms': fc.constantFrom('-1', '5000'),
});
const folders = fc.record({
  'partitioner.class': fc.constantFrom('default', 'field', 'hourly', 'time'),
  'partition.field.name': fc.constant('kind'),
  'path.format': fc.constant("'at'=HH-mm-ss"),
  'partition.duration.ms': fc.constant('7000'),
  'timestamp.extractor': fc.constantFrom('Wallclock', 'Record'),
});

/** One life of a task: puts and commits until it crashes or has written everything. */
const life = fc.record({
  ends,
  requests: fc.integer({ min: 0, max: 25 }),
  doesLast: fc.boolean(),
  /** Commits that succeed; the next one crashes, and may have succeeded. */
  commits: fc.integer({ min: 0, max: 8 }),
  commitsLast: fc.boolean(),
  steps: fc.array(
    fc.record({
      records: fc.integer({ min: 1, max: 9 }),
      passMs: fc.integer({ min: 0, max: 6000 }),
      /** The task is to write everything it holds. */
      pauses: fc.boolean(),
    }),
    { minLength: 1, maxLength: 12 },
  ),
});

test('each record is in one file, once, wherever the task, the store and the worker stop', async () => {
  await fc.assert(
    fc.asyncProperty(folders, fc.array(life, { maxLength: 6 }), ends, async (raw, lives, lastEnds) => {
      const store = new MemoryObjects();
      let nowMs = 1_700_000_000_000;
      let committed: PartitionOffset | undefined;
      const env = {
        clock: { nowMs: () => nowMs, monotonicMs: () => nowMs },
        logger: SILENT_LOGGER,
      } as unknown as Env;
      const live = async ({
        ends: own,
        requests,
        doesLast,
        commits,
        commitsLast,
        steps,
      }: (typeof lives)[number]): Promise<void> => {
        store.left = requests;
        store.doesLast = doesLast;
        let commitsLeft = commits;
        const before = committed;
        const task = new ObjectSinkTask(() => ({ store, folder: '', partBytes: 40, gzipLevel: undefined }));
        await task.start(configOf(OBJECT_SINK, { ...raw, ...own }), {
          env,
          committed: () => before,
          incarnation: () => undefined,
        } as unknown as SinkTaskContext);
        const commit = async (reached: number, everything: boolean): Promise<void> => {
          for (let more = true; more;) {
            const answer = await task.preCommit([{ topic: 't', partition: 0, offset: reached }], everything);
            more = answer.more === true;
            const goes = commitsLeft-- > 0;
            if (goes || commitsLast) committed = answer.offsets[0];
            if (!goes) throw new Crash();
          }
        };
        let next = before?.offset ?? 0;
        for (const { records, passMs, pauses } of steps) {
          const to = Math.min(RECORDS, next + records);
          await task.put(Array.from({ length: to - next }, (_, i) => record(next + i)));
          next = to;
          nowMs += passMs;
          await commit(next, pauses);
        }
        if (requests === Infinity) await commit(next, true);
      };
      for (const one of lives) {
        await live(one).catch((error: unknown) => {
          if (!(error instanceof Crash)) throw error;
        });
        nowMs += 3000;
      }
      const last = { requests: Infinity, doesLast: true, commits: Infinity, commitsLast: true, ends: lastEnds };
      await live({ ...last, steps: Array.from({ length: 12 }, () => ({ records: 5, passMs: 2500, pauses: false })) });
      const found = [...store.objects.values()].flatMap((bytes) =>
        bytes
          .toString()
          .split('\n')
          .filter((line) => line !== '')
          .map((line) => (JSON.parse(line) as { offset: number }).offset),
      );
      expect(found.toSorted((a, b) => a - b)).toEqual(Array.from({ length: RECORDS }, (_, i) => i));
      expect(committed).toEqual({ topic: 't', partition: 0, offset: RECORDS });
    }),
    { numRuns: 100 },
  );
});
