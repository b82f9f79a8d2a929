import { afterEach, beforeEach, describe, expect, test } from 'vitest';
import { EmbeddedLog } from '../../src/log/embedded/embedded-log.ts';
import { MemoryStore } from '../../src/store/memory-store.ts';
import type { RawConfig } from '../../src/connect/api/config-spec.ts';
import { eventually, Harness } from '../../src/connect/worker/testing/harness.ts';
import { testEnv } from './env.ts';

/** Something to read from, with a connector for it: what the suite of sources needs to know of one. */
export interface SourceWorld {
  /** Settings of a connector that reads what `write` writes. */
  readonly config: RawConfig;
  /** Where its records go. */
  readonly topic: string;
  /** Adds one row for each text. */
  write(texts: readonly string[]): Promise<void>;
  /** The text of a record's value, as it stands in the topic. */
  textOf(value: string): string;
  /** Settings that make the config wrong, each with the setting that a refusal names. */
  readonly wrong: readonly { readonly change: RawConfig; readonly names: string }[];
  /** An offset in the source's own form, and one that is not one. */
  readonly offsets?: { readonly partition: object; readonly good: object; readonly bad: object } | undefined;
  /** What connectors have made in the source for themselves: slots, publications. */
  traces?(): Promise<unknown>;
  /** In which what it would read is looked at as well. */
  readonly otherModes?: readonly RawConfig[];
  /** Takes what is read from away, and brings it back. */
  readonly outage?: { away(): Promise<void>; back(): Promise<void> } | undefined;
  close(): Promise<void>;
}

/** What every source connector keeps, tried on the real thing: `start` makes one that is empty. */
export function sourceSuite(name: string, start: () => Promise<SourceWorld>): void {
  describe(`${name}: every source`, () => {
    let world: SourceWorld;
    let log: EmbeddedLog;
    let harness: Harness;

    beforeEach(async () => {
      world = await start();
      log = new EmbeddedLog({ store: new MemoryStore(), env: testEnv() });
      harness = await new Harness({}, log).start();
    });
    afterEach(async () => {
      await harness.close();
      await world.close();
    });

    const create = (more: RawConfig = {}) => harness.herder.create('c', { ...world.config, ...more });
    const texts = async (): Promise<string[]> =>
      (await harness.read(world.topic)).filter((r) => r.value !== null).map((r) => world.textOf(r.value!));
    const holds = (expected: readonly string[]) =>
      eventually(async () => {
        expect(await texts()).toEqual(expected);
        return true;
      }, 15_000);
    const restarted = async (between: () => Promise<void>): Promise<void> => {
      await harness.herder.close();
      await between();
      await harness.start();
    };
    /** A moment in which what is too much would come. */
    const still = async (expected: readonly string[]): Promise<void> => {
      await new Promise((resolve) => setTimeout(resolve, 300));
      expect(await texts()).toEqual(expected);
    };

    test('what is there and what comes, in order, each once', async () => {
      await world.write(['a', 'b']);
      await create();
      await holds(['a', 'b']);
      await world.write(['c']);
      await world.write(['d', 'e']);
      await holds(['a', 'b', 'c', 'd', 'e']);
      await still(['a', 'b', 'c', 'd', 'e']);
    });

    test('goes on after the last when the worker starts again', async () => {
      await world.write(['a', 'b']);
      await create();
      await holds(['a', 'b']);
      await restarted(() => world.write(['c']));
      await holds(['a', 'b', 'c']);
      await still(['a', 'b', 'c']);
    });

    test('more than one batch', async () => {
      const many = Array.from({ length: 250 }, (_, i) => `row ${i}`);
      await world.write(many);
      await create({ 'batch.max.rows': '20', 'batch.size': '20' });
      await holds(many);
      await world.write(['last']);
      await holds([...many, 'last']);
    });

    test('reads nothing while it is paused or stopped, and then what came meanwhile', async () => {
      await create();
      await world.write(['a']);
      await holds(['a']);
      for (const target of ['PAUSED', 'STOPPED'] as const) {
        const before = await texts();
        await harness.herder.setTarget('c', target);
        await eventually(() => harness.herder.status('c').connector.state === target);
        // A poll that was in progress may still bring something.
        await new Promise((resolve) => setTimeout(resolve, 100));
        await world.write([target]);
        await still(before);
        await harness.herder.setTarget('c', 'RUNNING');
        await holds([...before, target]);
      }
    });

    test('offsets that are forgotten: from the beginning', async () => {
      await world.write(['a', 'b']);
      await create();
      await holds(['a', 'b']);
      await eventually(async () => (await harness.herder.offsets('c')).length > 0);
      await harness.herder.setTarget('c', 'STOPPED');
      await harness.herder.deleteOffsets('c');
      await harness.herder.setTarget('c', 'RUNNING');
      await holds(['a', 'b', 'a', 'b']);
    });

    test('an offset of its own form is taken, another refused', async () => {
      const { offsets } = world;
      if (offsets === undefined) return;
      await create();
      await harness.herder.setTarget('c', 'STOPPED');
      const { partition, good, bad } = offsets as Record<'partition' | 'good' | 'bad', Record<string, unknown>>;
      await expect(harness.herder.alterOffsets('c', [{ partition, offset: bad }])).rejects.toThrow();
      const elsewhere = Object.fromEntries(
        Object.entries(partition).map(([key, value]) => [key, key === 'protocol' ? value : `${String(value)}_not`]),
      );
      await expect(harness.herder.alterOffsets('c', [{ partition: elsewhere, offset: good }])).rejects.toThrow(
        'There is no partition',
      );
      await harness.herder.alterOffsets('c', [{ partition, offset: good }]);
      expect(await harness.herder.offsets('c')).toContainEqual({ partition, offset: good });
    });

    test('what is wrong is said at creation, at its setting', async () => {
      for (const { change, names } of world.wrong) {
        const config = Object.fromEntries(Object.entries({ ...world.config, ...change }).filter(([, v]) => v !== ''));
        const infos = await harness.herder.settings.validate({ ...config, name: 'c' });
        const named = infos.configs.filter((c) => c.value.errors.length > 0).map((c) => c.value.name);
        expect(named, JSON.stringify(change)).toContain(names);
        await expect(harness.herder.create('c', config)).rejects.toThrow(/invalid/i);
      }
    });

    test('is looked at before it is made: the topic, its first rows; and nothing is done', async () => {
      const written = ['a', 'b', 'c', 'd', 'e', 'f', 'g'];
      await world.write(written);
      const before = await world.traces?.();
      for (const more of [{}, ...(world.otherModes ?? [])]) {
        const seen = await harness.herder.sql.preview('c', { ...world.config, ...more });
        expect(seen!.topics.map((t) => t.declaration.topic)).toEqual([world.topic]);
        const rows = seen!.topics[0]!.rows.map((r) => world.textOf(r.value!));
        expect(rows).toHaveLength(5);
        expect(written).toEqual(expect.arrayContaining(rows));
      }
      expect(await world.traces?.()).toEqual(before);
      expect(await harness.log.admin.listTopics()).not.toContain(world.topic);
      expect(harness.herder.names()).toEqual([]);
      await create();
      await holds(written);
    });

    test('is gone at once when it is dropped, also while it waits', async () => {
      await create();
      await world.write(['a']);
      await holds(['a']);
      const began = performance.now();
      await harness.herder.delete('c');
      expect(performance.now() - began).toBeLessThan(2000);
      expect(harness.herder.names()).toEqual([]);
    });

    test('what is away is told, and read on when it is back, by itself', async () => {
      const { outage } = world;
      if (outage === undefined) return;
      await world.write(['a']);
      await create({ 'connection.attempts': '1', 'connection.backoff.ms': '50' });
      await holds(['a']);
      await outage.away();
      await eventually(() => harness.herder.status('c').tasks[0]?.trace !== undefined, 20_000);
      await outage.back();
      await world.write(['b']);
      await holds(['a', 'b']);
      await eventually(() => harness.herder.status('c').tasks[0]?.state === 'RUNNING');
    });
  });
}
