import { strict as assert } from 'node:assert';
import type { RawConfig } from '../api/config-spec.ts';
import { setUpEach, Trial, type TrialSite } from './trial.ts';

/** A source system with a connector for it, as the source suite needs it. */
export interface SourceWorld {
  /** Settings of a connector that reads what `write` writes. */
  readonly config: RawConfig;
  /** The topic of its records. */
  readonly topic: string;
  /** Adds one row for each text. */
  write(texts: readonly string[]): Promise<void>;
  /** The text in a record's value, given the value in the topic. */
  textOf(value: string): string;
  /** Changes that make the config invalid, each with the setting that the error names; '' removes a setting. */
  readonly wrong: readonly { readonly change: RawConfig; readonly names: string }[];
  /** A valid offset in the source's own form, and an invalid one. */
  readonly offsets?: { readonly partition: object; readonly good: object; readonly bad: object } | undefined;
  /** Whether it has a preview; true when left out. */
  readonly hasPreview?: boolean | undefined;
  /** What connectors have created in the source for themselves: slots, publications. */
  traces?(): Promise<unknown>;
  /** Other settings with which the preview is tested as well. */
  readonly otherModes?: readonly RawConfig[];
  /** Makes the source unavailable, and available again. */
  readonly outage?: { away(): Promise<void>; back(): Promise<void> } | undefined;
  close(): Promise<void>;
}

/** How long to wait for records that must not come, in ms. */
const STILL_MS = 300;
/** How long the deletion of a connector may take, in ms. */
const GONE_MS = 2000;

/** The contract of all source connectors, tested with a real system: `start` creates an empty one. */
export function sourceSuite(name: string, site: TrialSite, start: () => Promise<SourceWorld>): void {
  const { runner } = site;
  const { test } = runner;
  runner.describe(`${name}: every source`, () => {
    let world: SourceWorld;
    let trial: Trial;

    const setUp = setUpEach(site, start);
    runner.beforeEach(async () => {
      ({ world, trial } = setUp());
    });

    const herder = () => trial.worker.herder;
    const create = (more: RawConfig = {}) => herder().create('c', { ...world.config, ...more });
    const texts = async (): Promise<string[]> =>
      (await trial.worker.read(world.topic)).flatMap((r) => (r.value === null ? [] : [world.textOf(r.value)]));
    const holds = (expected: readonly string[]) => trial.comes(texts, [...expected]);
    const restarted = async (between: () => Promise<void>): Promise<void> => {
      await herder().close();
      await between();
      await trial.worker.start();
    };
    const still = async (expected: readonly string[]): Promise<void> => {
      await trial.env.timers.sleep(STILL_MS);
      assert.deepEqual(await texts(), expected);
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
        await herder().setTarget('c', target);
        await trial.until(() => herder().status('c').connector.state === target);
        // A poll in progress may still return records.
        await trial.env.timers.sleep(100);
        await world.write([target]);
        await still(before);
        await herder().setTarget('c', 'RUNNING');
        await holds([...before, target]);
      }
    });

    test('offsets that are forgotten: from the beginning', async () => {
      await world.write(['a', 'b']);
      await create();
      await holds(['a', 'b']);
      await trial.until(async () => (await herder().offsets('c')).length > 0);
      await herder().setTarget('c', 'STOPPED');
      await herder().deleteOffsets('c');
      await herder().setTarget('c', 'RUNNING');
      await holds(['a', 'b', 'a', 'b']);
    });

    test('an offset of its own form is taken, another refused', async () => {
      const { offsets } = world;
      if (offsets === undefined) return;
      await create();
      await herder().setTarget('c', 'STOPPED');
      const { partition, good, bad } = offsets as Record<'partition' | 'good' | 'bad', Record<string, unknown>>;
      await assert.rejects(herder().alterOffsets('c', [{ partition, offset: bad }]));
      const elsewhere = Object.fromEntries(
        Object.entries(partition).map(([key, value]) => [key, key === 'protocol' ? value : `${String(value)}_not`]),
      );
      await assert.rejects(
        herder().alterOffsets('c', [{ partition: elsewhere, offset: good }]),
        /There is no partition/,
      );
      await herder().alterOffsets('c', [{ partition, offset: good }]);
      const kept = (await herder().offsets('c')).map((o) => JSON.stringify(o));
      assert(kept.includes(JSON.stringify({ partition, offset: good })), `${kept.join(' ')} is kept`);
    });

    test('what is wrong is said at creation, at its setting', async () => {
      for (const wrong of world.wrong) await trial.refuses(world.config, wrong);
    });

    test('is looked at before it is made: the topic, its first rows; and nothing is done', async () => {
      const written = ['a', 'b', 'c', 'd', 'e', 'f', 'g'];
      await world.write(written);
      const before = await world.traces?.();
      for (const more of world.hasPreview === false ? [] : [{}, ...(world.otherModes ?? [])]) {
        const seen = await herder().sql.preview('c', { ...world.config, ...more });
        assert.deepEqual(
          seen?.topics.map((t) => t.declaration.topic),
          [world.topic],
        );
        const rows = seen.topics.flatMap((t) => t.rows).flatMap((r) => r.value ?? []);
        assert.equal(rows.length, 5);
        for (const row of rows) assert(written.includes(world.textOf(row)), `${row} was written`);
      }
      assert.deepEqual(await world.traces?.(), before);
      assert.equal(await trial.worker.log.admin.describeTopic(world.topic), undefined, 'its topic is not made');
      assert.deepEqual(herder().names(), []);
      await create();
      await holds(written);
    });

    test('is gone at once when it is dropped, also while it waits', async () => {
      await create();
      await world.write(['a']);
      await holds(['a']);
      const began = trial.env.clock.monotonicMs();
      await herder().delete('c');
      assert(trial.env.clock.monotonicMs() - began < GONE_MS, `it is gone within ${GONE_MS} ms`);
      assert.deepEqual(herder().names(), []);
    });

    test('what is away is told, and read on when it is back, by itself', async () => {
      const { outage } = world;
      if (outage === undefined) return;
      await world.write(['a']);
      await create({ 'connection.attempts': '1', 'connection.backoff.ms': '50' });
      await holds(['a']);
      await outage.away();
      await trial.until(() => herder().status('c').tasks[0]?.trace !== undefined);
      await outage.back();
      await world.write(['b']);
      await holds(['a', 'b']);
      await trial.until(() => herder().status('c').tasks[0]?.state === 'RUNNING');
    });
  });
}
