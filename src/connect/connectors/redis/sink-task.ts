import { must } from '../../../base/assert.ts';
import { messageOf } from '../../../base/errors.ts';
import type { Config } from '../../api/config-spec.ts';
import type { PartitionOffset, PreCommit, SinkTask, SinkTaskContext } from '../../api/connector.ts';
import { ConnectError, DataError, RetriableError } from '../../api/errors.ts';
import type { SinkRecord } from '../../api/record.ts';
import { LeftOut, placeOf } from '../internal/left-out.ts';
import { PutRetries } from '../internal/put-retries.ts';
import { classDefaults } from './class-defaults.ts';
import { appends, CommandMaker, TYPE_NAMES, type Write, type WriteStyle } from './commands.ts';
import { RedisServer, type Argument, type Command, type Reply } from './server.ts';
import { SINK, topicPlans, type TopicPlan } from './sink-keys.ts';
import { WrittenOffsets } from './written-offsets.ts';

/** A record with its commands. */
interface Work extends Write {
  readonly record: SinkRecord;
  readonly maker: CommandMaker;
}

/** Writes the records of each `put`, one batch after the other, and returns when all have been written or reported. */
export class RedisSinkTask implements SinkTask {
  #config!: Config;
  #context!: SinkTaskContext;
  #server: RedisServer | undefined;
  #planOf!: (topic: string) => TopicPlan;
  #style!: WriteStyle;
  readonly #makers = new Map<string, CommandMaker>();
  #written!: WrittenOffsets;
  readonly #leftOut = new LeftOut();
  /** Records that were reported or counted as left out: a repeated put does not report them again. */
  readonly #reported = new WeakSet<SinkRecord>();

  async start(config: Config, context: SinkTaskContext): Promise<void> {
    this.#config = config;
    this.#context = context;
    this.#server = new RedisServer(config);
    this.#planOf = topicPlans(config.raw);
    this.#written = new WrittenOffsets(context);
    const ttlS = config.get(SINK.ttlS);
    const direction = config.isSet(SINK.pushDirection)
      ? config.get(SINK.pushDirection)
      : (classDefaults(config.raw).pushDirection ?? config.get(SINK.pushDirection));
    this.#style = {
      separator: config.get(SINK.separator),
      member: config.get(SINK.member),
      pushesLeft: direction.toUpperCase() === 'LEFT',
      scoreField: config.get(SINK.scoreField),
      ttlS: ttlS > 0 ? ttlS : undefined,
      streamMaxLength: config.get(SINK.streamMaxLength),
    };
  }

  async put(records: readonly SinkRecord[]): Promise<void> {
    const work = await this.#workOf(records);
    const size = this.#config.get(SINK.batchSize);
    const retries = new PutRetries(this.#context, {
      max: this.#config.get(SINK.maxRetries),
      firstPauseMs: this.#config.get(SINK.retryBackoffMs),
    });
    for (let i = 0; i < work.length; i += size) {
      const batch = work.slice(i, i + size);
      await retries.run(() => this.#write(batch));
    }
    this.#context.trouble(undefined);
  }

  /** Nothing is held back; the task uses this call to learn what is committed. */
  async preCommit(reached: readonly PartitionOffset[]): Promise<PreCommit> {
    return { offsets: reached };
  }

  async close(partitions: readonly { readonly topic: string; readonly partition: number }[]): Promise<void> {
    for (const { topic, partition } of partitions) this.#written.forget(topic, partition);
  }

  async stop(): Promise<void> {
    const server = this.#server;
    if (server === undefined) return;
    try {
      const keys = this.#written.superfluous();
      if (keys.length > 0) await server.ask(['DEL', ...keys]);
    } catch (error) {
      // They contain the same information at the next start.
      this.#context.env.logger.debug(`Keys of written offsets stay: ${messageOf(error)}`);
    } finally {
      server.close();
    }
  }

  async #workOf(records: readonly SinkRecord[]): Promise<readonly Work[]> {
    const work: Work[] = [];
    for (const record of records) {
      const maker = this.#makerOf(record.topic);
      try {
        const write = maker.write(record);
        if (write !== undefined) work.push({ ...write, record, maker });
        else if (this.#isNews(record))
          this.#leftOut.count(
            this.#context,
            'had no value, deleted nothing and were left out',
            record,
            `a ${maker.type.toLowerCase()} keeps what it has`,
          );
      } catch (error) {
        if (!(error instanceof DataError)) throw error;
        const text = `The record at ${placeOf(record)} makes no command: ${error.message}`;
        if (this.#isNews(record)) await this.#context.reportErrant(record, new DataError(text));
      }
    }
    return work;
  }

  #makerOf(topic: string): CommandMaker {
    let maker = this.#makers.get(topic);
    if (maker === undefined) this.#makers.set(topic, (maker = new CommandMaker(this.#planOf(topic), this.#style)));
    return maker;
  }

  async #write(batch: readonly Work[]): Promise<void> {
    const once = batch.filter(({ maker }) => appends(maker.type));
    if (once.length > 0) await this.#writeOnce(once);
    const byKey = once.length === 0 ? batch : batch.filter(({ maker }) => !appends(maker.type));
    if (byKey.length > 0) await this.#writeByKey(byKey);
    await this.#waitForReplicas();
  }

  /** What comes again is written again, with the same result. */
  async #writeByKey(batch: readonly Work[]): Promise<void> {
    const server = must(this.#server, 'server');
    const commands = batch.flatMap((work) => work.commands);
    const replies = this.#config.get(SINK.multiExec)
      ? await server.transaction(commands)
      : await server.pipeline(commands);
    await this.#report(batch, replies ?? []);
  }

  /** Writes what would otherwise be added twice, in one transaction with the positions of its partitions. */
  async #writeOnce(batch: readonly Work[]): Promise<void> {
    const server = must(this.#server, 'server');
    const written = this.#written;
    const partitions = written.partitionsOf(batch.map(({ record }) => record));
    const marks = partitions.map(({ topic, partition }) => written.keyOf(topic, partition));
    const types = new Map<string, { readonly key: Argument; readonly type: string }>();
    for (const { key, maker } of batch) types.set(String(key), { key, type: TYPE_NAMES[maker.type] });
    // Another task that still writes, because it could not be told that it has ended, changes the watched keys.
    const replies = await server.pipeline([
      ['WATCH', ...marks],
      ['MGET', ...marks],
      ...[...types.values()].map(({ key }): Command => ['TYPE', key]),
    ]);
    const [watched, known, ...found] = replies;
    const fault = watched?.[0] ?? known?.[0];
    if (fault) throw new ConnectError(`${server.address.name} does not tell what is written: ${messageOf(fault)}`);
    written.learn(partitions, known?.[1] as readonly unknown[]);
    // A failing command within a transaction does not undo the others, so possible failures are detected before.
    const wrong = new Map<string, string>();
    for (const [i, [key, { type }]] of [...types].entries()) {
      const is = String(found[i]?.[1]);
      if (is !== type && is !== 'none') wrong.set(key, `key ${key} is a ${is}, not a ${type}`);
    }
    const fits: Work[] = [];
    for (const work of batch) {
      const reason = wrong.get(String(work.key));
      if (reason === undefined) fits.push(work);
      else await this.#refused(work.record, reason);
    }
    const news = fits.filter(({ record }) => !written.has(record));
    if (news.length === 0) return void (await server.ask(['UNWATCH']));
    const records = news.map(({ record }) => record);
    const commands = news.flatMap((work) => work.commands);
    const done = await server.transaction([...commands, ...written.commandsFor(records)]);
    if (done === undefined)
      throw new RetriableError(
        `another task of connector ${this.#context.connector} has written its records meanwhile`,
      );
    written.took(records);
    await this.#report(news, done);
  }

  /** Reports the records of commands that failed. */
  async #report(batch: readonly Work[], replies: readonly Reply[]): Promise<void> {
    let at = 0;
    for (const { record, commands } of batch) {
      const fault = replies.slice(at, at + commands.length).find(([error]) => error !== null)?.[0];
      at += commands.length;
      if (fault) await this.#refused(record, messageOf(fault));
    }
  }

  async #refused(record: SinkRecord, reason: string): Promise<void> {
    if (!this.#isNews(record)) return;
    const { name } = must(this.#server, 'server').address;
    const text = `The record at ${placeOf(record)} is refused by ${name}: ${reason}`;
    await this.#context.reportErrant(record, new ConnectError(text));
  }

  #isNews(record: SinkRecord): boolean {
    if (this.#reported.has(record)) return false;
    this.#reported.add(record);
    return true;
  }

  async #waitForReplicas(): Promise<void> {
    const wanted = this.#config.get(SINK.waitReplicas);
    if (wanted === 0) return;
    const has = Number(await must(this.#server, 'server').ask(['WAIT', wanted, this.#config.get(SINK.waitTimeoutMs)]));
    if (has < wanted)
      throw new RetriableError(`${has} of ${wanted} replicas have what was written (${SINK.waitReplicas.name})`);
  }
}
