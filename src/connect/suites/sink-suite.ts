import { strict as assert } from 'node:assert';
import type { RawConfig } from '../api/config-spec.ts';
import { setUpEach, Trial, type TrialSite } from './trial.ts';

/** A record for the topic `t`, with its key and text; without a text it is a tombstone. */
export type RecordOf = (
  id: number,
  text: string | null,
) => readonly [key: string | Buffer | null, value: string | null];

/** A target system with a connector for it, as the sink suite needs it. */
export interface SinkWorld {
  /** Settings of a connector that writes the records of the topic `t`, without `topics`. */
  readonly config: RawConfig;
  readonly record: RecordOf;
  /** The texts in the target, in the order of their ids, or of arrival if it has no ids. */
  read(): Promise<readonly string[]>;
  /**
   * The effect of a repeated key: a new row, or an update of the existing one. `each record once`: a new row, but none
   * for a record that is delivered twice.
   */
  readonly keeps: 'every record' | 'each record once' | 'the last of a key';
  /** A record that the target or the connector rejects. */
  readonly poison?: ReturnType<RecordOf> | undefined;
  /** Changes that make the config invalid, each with the setting that the error names; '' removes a setting. */
  readonly wrong: readonly { readonly change: RawConfig; readonly names: string }[];
  /** Makes the target unavailable, and available again. */
  readonly outage?: { away(): Promise<void>; back(): Promise<void> } | undefined;
  close(): Promise<void>;
}

/** The contract of all sink connectors, tested with a real system: `start` creates an empty one. */
export function sinkSuite(name: string, site: TrialSite, start: () => Promise<SinkWorld>): void {
  const { runner } = site;
  const { test } = runner;
  runner.describe(`${name}: every sink`, () => {
    let world: SinkWorld;
    let trial: Trial;

    const setUp = setUpEach(site, start);
    runner.beforeEach(async () => {
      ({ world, trial } = setUp());
    });

    const herder = () => trial.worker.herder;
    const create = (more: RawConfig = {}) => herder().create('c', { topics: 't', ...world.config, ...more });
    const write = (...records: readonly ReturnType<RecordOf>[]) => trial.worker.write('t', records);
    const holds = (expected: readonly string[]) => trial.comes(async () => [...(await world.read())], [...expected]);
    const committed = (offset: number) =>
      trial.comes(async () => (await herder().offsets('c'))[0]?.offset?.['kafka_offset'], offset);

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
      await herder().close();
      await write(world.record(2, 'b'));
      await trial.worker.start();
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
      await herder().setTarget('c', 'PAUSED');
      await trial.until(() => herder().status('c').connector.state === 'PAUSED');
      await write(world.record(2, 'b'));
      await trial.env.timers.sleep(300);
      assert.deepEqual([...(await world.read())], ['a']);
      await herder().setTarget('c', 'RUNNING');
      await holds(['a', 'b']);
    });

    test('records that come twice: once where there is a key', async () => {
      await write(world.record(1, 'a'), world.record(2, 'b'));
      await create();
      await holds(['a', 'b']);
      await committed(2);
      await herder().setTarget('c', 'STOPPED');
      await herder().deleteOffsets('c');
      await herder().setTarget('c', 'RUNNING');
      await committed(2);
      await holds(world.keeps === 'every record' ? ['a', 'b', 'a', 'b'] : ['a', 'b']);
    });

    test('a record that is refused ends the task and says which, or goes to the dead letters', async () => {
      const { poison } = world;
      if (poison === undefined) return;
      await write(world.record(1, 'a'), poison, world.record(2, 'b'));
      await create();
      const trace = await trial.until(() => {
        const task = herder().status('c').tasks[0];
        return task?.state === 'FAILED' && task.trace;
      });
      assert.match(trace, /offset=1|offset 1/);
      await herder().delete('c');
      await create({
        'errors.tolerance': 'all',
        'errors.deadletterqueue.topic.name': 'dead',
        'errors.deadletterqueue.topic.replication.factor': '1',
        'errors.deadletterqueue.context.headers.enable': 'true',
      });
      await holds(['a', 'b']);
      const letters = async () =>
        (await trial.worker.read('dead')).map((l) => [l.value, l.headers['__connect.errors.offset']]);
      await trial.comes(letters, [[poison[1], '1']]);
    });

    test('what is wrong is said at creation, at its setting', async () => {
      for (const wrong of world.wrong) await trial.refuses({ topics: 't', ...world.config }, wrong);
    });

    test('what is away is told, and written to when it is back, by itself, nothing lost', async () => {
      const { outage } = world;
      if (outage === undefined) return;
      await write(world.record(1, 'a'));
      await create({ 'connection.attempts': '1', 'connection.backoff.ms': '50', 'retry.backoff.ms': '100' });
      await holds(['a']);
      await outage.away();
      await write(world.record(2, 'b'));
      await trial.until(() => herder().status('c').tasks[0]?.trace !== undefined);
      await outage.back();
      await holds(['a', 'b']);
      await write(world.record(3, 'c'));
      await holds(['a', 'b', 'c']);
    });
  });
}
