import { must } from '../base/assert.ts';
import type { Env } from '../base/env.ts';
import { EXACT_CODES, SluiceError, STARTING, messageOf } from '../base/errors.ts';
import { Fenced, type Log, type LogReader, type LogWriter } from '../log/api.ts';
import { BatchBuilder } from '../log/record-batch/builder.ts';
import { RecordCursor } from '../log/record-batch/cursor.ts';
import type { Command } from './command.ts';
import { decodeCommand, encodeCommand } from './command-json.ts';

/** Called for each command in order. Returns why the catalog refused it; undefined when it is in force. */
export type CommandHandler = (command: Command) => SluiceError | undefined;

/**
 * The fate of a command that this server wrote. `SUPERSEDED`: another server's command came first, so the plan is
 * outdated.
 */
export type Appended =
  | { readonly kind: 'APPLIED'; readonly sequenceNumber: number }
  | { readonly kind: 'SUPERSEDED' }
  | { readonly kind: 'REFUSED'; readonly error: SluiceError };

/** Number of commands between two reports of progress. */
const TOLD_EVERY = 100;

/**
 * The command topic: every change of the catalog, in order, as text and steps. It has one partition, is kept forever,
 * and is written in transactions. All nodes of a service id apply it in the same order; a statement is done when its
 * own node has applied it. Any node may write at any time. A command that was planned before the one ahead of it was
 * known is void, by the same rule on every node, and its writer plans it again; of several concurrent commands one
 * always succeeds. Connector statements and secrets are never in it.
 */
export class CommandLog {
  readonly topic: string;
  readonly #log: Log;
  readonly #env: Env;
  readonly #transactionalId: string;
  #writer: LogWriter;
  readonly #reader: LogReader;
  readonly #cursor = new RecordCursor();
  readonly #waiting: {
    readonly offset: number;
    readonly resolve: () => void;
    readonly reject: (error: unknown) => void;
  }[] = [];
  #position = 0;
  #newest = -1;
  /** The command that is being appended, by its nonce; statements are executed one at a time. */
  #own:
    | { readonly nonce: string; readonly done: (appended: Appended) => void; readonly failed: (error: unknown) => void }
    | undefined;
  #running = false;
  /** Why the last attempt to read failed. */
  #trouble: string | undefined;
  #closed = false;
  #loop: Promise<void> = Promise.resolve();

  private constructor(log: Log, env: Env, topic: string, transactionalId: string, writer: LogWriter) {
    this.#log = log;
    this.#env = env;
    this.topic = topic;
    this.#transactionalId = transactionalId;
    this.#writer = writer;
    this.#reader = log.createReader({ isolation: 'read_committed' });
    this.#reader.assign([{ topic, partition: 0, offset: 0 }]);
  }

  /** Name of the command topic as ksqlDB's: `_confluent-ksql-default__command_topic`. */
  static topicName(serviceId: string): string {
    return `_confluent-ksql-${serviceId}_command_topic`;
  }

  /** `transactionalId` must be unique to this process. */
  static async open(
    log: Log,
    env: Env,
    serviceId: string,
    replicas: number,
    transactionalId: string,
  ): Promise<CommandLog> {
    const topic = CommandLog.topicName(serviceId);
    if (!(await log.admin.describeTopic(topic))) {
      await log.admin
        .createTopic({
          name: topic,
          partitions: 1,
          replicas,
          configs: { 'retention.ms': '-1', 'cleanup.policy': 'delete' },
        })
        .catch((error: unknown) => {
          // Another node of the service may have created it a moment ago.
          if (!(error instanceof SluiceError && error.code === 'CONFLICT')) throw error;
        });
    }
    const writer = await log.createWriter({ transactionalId, usesReserve: true });
    return new CommandLog(log, env, topic, transactionalId, writer);
  }

  /** Offset of the next command to be applied: one past the newest applied command. */
  get position(): number {
    return this.#position;
  }

  /** Sequence number of the newest command in force, or -1: the state on which a plan made now is based. */
  get newest(): number {
    return this.#newest;
  }

  /** Applies all existing commands, then returns; for start-up, before any query runs. */
  async replay(handler: CommandHandler, onProgress?: (done: number, total: number) => void): Promise<number> {
    const end = await this.#log.admin.latestOffset({ topic: this.topic, partition: 0 });
    while (this.#position < end) {
      await this.#take((command) => {
        if (this.#position % TOLD_EVERY === 0) onProgress?.(this.#position, end);
        return handler(command);
      }, 100);
      onProgress?.(Math.min(this.#position, end), end);
    }
    return end;
  }

  /** Applies commands of this node and others as they arrive, until close. */
  follow(handler: CommandHandler): void {
    this.#running = true;
    this.#loop = (async () => {
      while (!this.#closed) {
        try {
          await this.#take(handler, 1000);
          this.#trouble = undefined;
        } catch (error) {
          if (this.#closed) return;
          this.#trouble = messageOf(error);
          this.#env.logger.error('Reading the command topic failed, trying again', { error: messageOf(error) });
          // A command that this server cannot read is not skipped: later ones would then be applied to a different
          // catalog than elsewhere.
          this.#reader.seek({ topic: this.topic, partition: 0 }, this.#position);
          await this.#env.timers.sleep(500);
        }
      }
    })();
  }

  async #take(handler: CommandHandler, timeoutMs: number): Promise<void> {
    for (const fetched of await this.#reader.poll(timeoutMs)) {
      this.#cursor.openFetched(fetched);
      while (this.#cursor.next()) {
        const { columns } = this.#cursor;
        for (let i = 0; i < columns.count; i++) {
          const offset = columns.offset[i]!;
          const value = columns.value(i);
          if (value !== null) this.#apply(decodeCommand(value.toString('utf8'), offset), offset, handler);
          this.#position = offset + 1;
        }
      }
      this.#position = Math.max(this.#position, fetched.nextOffset);
    }
    for (let i = this.#waiting.length - 1; i >= 0; i--) {
      if (this.#waiting[i]!.offset < this.#position) must(this.#waiting.splice(i, 1)[0], 'waiter').resolve();
    }
  }

  #apply(command: Command, offset: number, handler: CommandHandler): void {
    const isVoid = command.basedOn !== undefined && command.basedOn !== this.#newest;
    const error = isVoid ? undefined : handler(command);
    if (!isVoid && error === undefined) this.#newest = offset;
    if (command.nonce === undefined || this.#own?.nonce !== command.nonce) return;
    this.#own.done(
      isVoid
        ? { kind: 'SUPERSEDED' }
        : error === undefined
          ? { kind: 'APPLIED', sequenceNumber: offset }
          : { kind: 'REFUSED', error },
    );
  }

  /**
   * Writes a command that was planned when `basedOn` was the newest, and waits until this node has read it back. One
   * call at a time.
   * @throws SluiceError LOG_UNAVAILABLE, LOG_FULL, STOPPING
   */
  async append(command: Command, basedOn: number): Promise<Appended> {
    if (!this.#running) throw new SluiceError('NOT_READY', 'Server initializing', { retriable: true, hint: STARTING });
    const nonce = this.#env.random.uuid();
    const appended = new Promise<Appended>((done, failed) => (this.#own = { nonce, done, failed }));
    // Closing during the write rejects it before anybody waits.
    appended.catch(() => undefined);
    try {
      const text = encodeCommand({ ...command, basedOn, nonce });
      const batch = new BatchBuilder();
      batch.add(this.#env.clock.nowMs(), Buffer.from(JSON.stringify(command.id)), Buffer.from(text));
      await this.#write(batch.finish());
      return await appended;
    } finally {
      this.#own = undefined;
    }
  }

  async #write(batch: Buffer): Promise<void> {
    try {
      this.#writer.append(this.topic, 0, Buffer.from(batch), true);
      await this.#writer.commit();
    } catch (error) {
      // Otherwise it would be written with the next command.
      await this.#writer.abort().catch(() => undefined);
      if (!(error instanceof Fenced)) throw error;
      // Nobody else has this transactional id, so the transaction timed out while the process was suspended. A command
      // that is written twice counts once, because of what it is based on.
      await this.#writer.close();
      this.#writer = await this.#log.createWriter({ transactionalId: this.#transactionalId, usesReserve: true });
      this.#writer.append(this.topic, 0, batch, true);
      await this.#writer.commit();
    }
  }

  /** Why statements cannot be executed here; undefined when they can. */
  async problem(): Promise<string | undefined> {
    if (this.#trouble !== undefined) return `The command topic ${this.topic} cannot be read: ${this.#trouble}`;
    const { admin } = this.#log;
    try {
      if (!(await admin.describeTopic(this.topic))) return `The command topic ${this.topic} is gone`;
      const end = await admin.latestOffset({ topic: this.topic, partition: 0 });
      return end < this.#position ? `The command topic ${this.topic} has lost its commands` : undefined;
    } catch (error) {
      return `The command topic ${this.topic} cannot be read: ${messageOf(error)}`;
    }
  }

  /** Waits until commands of other servers have been applied here. @throws SluiceError NOT_READY after `timeoutMs` */
  async catchUp(timeoutMs: number): Promise<void> {
    const end = await this.#log.admin.latestOffset({ topic: this.topic, partition: 0 });
    await this.waitFor(end - 1, timeoutMs);
  }

  /** Resolves when the command of this sequence number has been applied here. */
  async waitFor(sequenceNumber: number, timeoutMs?: number): Promise<void> {
    if (this.#position > sequenceNumber) return;
    if (!this.#running) throw new SluiceError('NOT_READY', 'Server initializing', { retriable: true, hint: STARTING });
    await new Promise<void>((resolve, reject) => {
      const entry = { offset: sequenceNumber, resolve, reject };
      this.#waiting.push(entry);
      if (timeoutMs !== undefined) {
        this.#env.timers.after(timeoutMs, () => {
          const index = this.#waiting.indexOf(entry);
          if (index === -1) return;
          this.#waiting.splice(index, 1);
          reject(
            new SluiceError(
              'NOT_READY',
              `Timed out while waiting for a previous command to execute. command sequence number: ${sequenceNumber}`,
              {
                restCode: EXACT_CODES.COMMAND_WAIT.restCode,
                retriable: true,
              },
            ),
          );
        });
      }
    });
  }

  async close(): Promise<void> {
    this.#closed = true;
    this.#reader.wakeup();
    await this.#loop;
    const stopping = new SluiceError('STOPPING', 'The server is shutting down');
    for (const entry of this.#waiting.splice(0)) entry.reject(stopping);
    this.#own?.failed(stopping);
    await this.#reader.close();
    await this.#writer.close();
  }
}
