import { afterEach, beforeEach, describe, expect, test } from 'vitest';
import { EmbeddedLog } from '../../src/log/embedded/embedded-log.ts';
import { MemoryStore } from '../../src/store/memory-store.ts';
import type { RawConfig } from '../../src/connect/api/config-spec.ts';
import { eventually, Harness } from '../../src/connect/worker/testing/harness.ts';
import { testEnv } from './env.ts';

/** A record for the topic `t`, by its key and text; without a text it deletes. */
export type RecordOf = (
  id: number,
  text: string | null,
) => readonly [key: string | Buffer | null, value: string | null];

/** Something to write to, with a connector for it: what the suite of sinks needs to know of one. */
export interface SinkWorld {
  /** Settings of a connector that writes the records of the topic `t`, without `topics`. */
  readonly config: RawConfig;
  readonly record: RecordOf;
  /** The texts that stand in the target, in the order of their ids, or of arrival where it has none. */
  read(): Promise<readonly string[]>;
  /**
   * What it does with a key that comes again: a new row, or the old one changed. `each record once`: a new row, and none
   * for a record that is sent twice.
   */
  readonly keeps: 'every record' | 'each record once' | 'the last of a key';
  /** A record that the target, or the connector, refuses. */
  readonly poison?: ReturnType<RecordOf> | undefined;
  /** Settings that make the config wrong, each with the setting that a refusal names. */
  readonly wrong: readonly { readonly change: RawConfig; readonly names: string }[];
  /** Takes what is written to away, and brings it back. */
  readonly outage?: { away(): Promise<void>; back(): Promise<void> } | undefined;
  close(): Promise<void>;
}

/** What every sink connector keeps, tried on the real thing: `start` makes one that is empty. */
export function sinkSuite(name: string, start: () => Promise<SinkWorld>): void {
  describe(`${name}: every sink`, () => {
    let world: SinkWorld;
    let harness: Harness;

    beforeEach(async () => {
      world = await start();
      harness = await new Harness({}, new EmbeddedLog({ store: new MemoryStore(), env: testEnv() })).start();
    });
    afterEach(async () => {
      await harness.close();
      await world.close();
    });

    const create = (more: RawConfig = {}) => harness.herder.create('c', { topics: 't', ...world.config, ...more });
    const write = (...records: readonly ReturnType<RecordOf>[]) => harness.write('t', records);
    const holds = (expected: readonly string[], ms = 15_000) =>
      eventually(async () => {
        expect(await world.read()).toEqual(expected);
        return true;
      }, ms);
    const committed = (offset: number) =>
      eventually(async () => {
        expect((await harness.herder.offsets('c'))[0]?.offset?.['kafka_offset']).toBe(offset);
        return true;
      }, 15_000);

    test('what is there and what comes, in order', async () => {
      await write(world.record(1, 'a'), world.record(2, 'b'));
      await create();
      await holds(['a', 'b']);
      await write(world.record(3, 'c'));
      await holds(['a', 'b', 'c']);
      await committed(3);
    });

    test('a key that comes again, and a record without a value', async () => {
      await write(world.record(1, 'a'), world.record(2, 'b'), world.record(1, 'c'));
      await create();
      if (world.keeps !== 'the last of a key') return await holds(['a', 'b', 'c']);
      await holds(['c', 'b']);
      await write(world.record(1, null), world.record(3, 'd'), world.record(4, 'e'), world.record(4, null));
      await holds(['b', 'd']);
    });

    test('goes on after the last when the worker starts again', async () => {
      await write(world.record(1, 'a'));
      await create();
      await holds(['a']);
      await committed(1);
      await harness.herder.close();
      await write(world.record(2, 'b'));
      await harness.start();
      await holds(['a', 'b']);
    });

    test('more than one batch', async () => {
      const many = Array.from({ length: 700 }, (_, i) => `row ${String(i).padStart(3, '0')}`);
      await write(...many.map((text, i) => world.record(i, text)));
      await create({ 'batch.size': '50' });
      await holds(many);
    });

    test('writes nothing while it is paused, and then what came meanwhile', async () => {
      await create();
      await write(world.record(1, 'a'));
      await holds(['a']);
      await harness.herder.setTarget('c', 'PAUSED');
      await eventually(() => harness.herder.status('c').connector.state === 'PAUSED');
      await write(world.record(2, 'b'));
      await new Promise((resolve) => setTimeout(resolve, 300));
      expect(await world.read()).toEqual(['a']);
      await harness.herder.setTarget('c', 'RUNNING');
      await holds(['a', 'b']);
    });

    test('records that come twice: once where there is a key', async () => {
      await write(world.record(1, 'a'), world.record(2, 'b'));
      await create();
      await holds(['a', 'b']);
      await committed(2);
      await harness.herder.setTarget('c', 'STOPPED');
      await harness.herder.deleteOffsets('c');
      await harness.herder.setTarget('c', 'RUNNING');
      await committed(2);
      await holds(world.keeps === 'every record' ? ['a', 'b', 'a', 'b'] : ['a', 'b']);
    });

    test('a record that is refused ends the task and says which, or goes to the dead letters', async () => {
      const { poison } = world;
      if (poison === undefined) return;
      await write(world.record(1, 'a'), poison, world.record(2, 'b'));
      await create();
      const trace = await eventually(() => {
        const task = harness.herder.status('c').tasks[0];
        return task?.state === 'FAILED' && task.trace;
      }, 10_000);
      expect(trace).toMatch(/offset=1|offset 1/);
      await harness.herder.delete('c');
      await create({
        'errors.tolerance': 'all',
        'errors.deadletterqueue.topic.name': 'dead',
        'errors.deadletterqueue.topic.replication.factor': '1',
        'errors.deadletterqueue.context.headers.enable': 'true',
      });
      await holds(['a', 'b']);
      const [letter, ...more] = await eventually(async () => {
        const letters = await harness.read('dead');
        return letters.length > 0 && letters;
      });
      expect(more).toEqual([]);
      expect(letter!.value).toBe(poison[1]);
      expect(letter!.headers['__connect.errors.offset']).toBe('1');
    });

    test('what is wrong is said at creation, at its setting', async () => {
      for (const { change, names } of world.wrong) {
        const config = Object.fromEntries(
          Object.entries({ topics: 't', ...world.config, ...change }).filter(([, v]) => v !== ''),
        );
        const infos = await harness.herder.settings.validate({ ...config, name: 'c' });
        const named = infos.configs.filter((c) => c.value.errors.length > 0).map((c) => c.value.name);
        expect(named, JSON.stringify(change)).toContain(names);
        await expect(harness.herder.create('c', config)).rejects.toThrow(/invalid/i);
      }
    });

    test('what is away is told, and written to when it is back, by itself, nothing lost', async () => {
      const { outage } = world;
      if (outage === undefined) return;
      await write(world.record(1, 'a'));
      await create({ 'connection.attempts': '1', 'connection.backoff.ms': '50', 'retry.backoff.ms': '100' });
      await holds(['a']);
      await outage.away();
      await write(world.record(2, 'b'));
      await eventually(() => harness.herder.status('c').tasks[0]?.trace !== undefined, 20_000);
      await outage.back();
      await holds(['a', 'b'], 30_000);
      await write(world.record(3, 'c'));
      await holds(['a', 'b', 'c']);
    });
  });
}
