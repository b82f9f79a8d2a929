import type { Env } from '../../base/env.ts';
import { isSluiceError, messageOf } from '../../base/errors.ts';
import { Fenced, type Log, type LogWriter } from '../../log/api.ts';
import { KeyedTopic } from '../../log/keyed-topic.ts';
import { BatchBuilder } from '../../log/record-batch/builder.ts';
import type { ConnectorEvent } from './picture.ts';
import { stateTopics, type ConnectorRow, type TaskRow } from './sources.ts';

/** The most entries that wait to be written. Further events are counted and dropped, since connectors must not wait. */
const QUEUE_MAX = 10_000;

/** Pause before a failed write is retried, in ms. */
const RETRY_MS = 1000;

/** Changes of rows, by key; null removes one. */
export type RowChanges = ReadonlyMap<string, object | null>;

interface Entry {
  readonly events: readonly (ConnectorEvent & { readonly AT: number })[];
  readonly connectors: RowChanges;
  readonly tasks: RowChanges;
}

/** The topics of the built-in sources. Events and rows that belong together become visible together. */
export class StateJournal {
  readonly #env: Env;
  readonly #eventTopic: string;
  readonly #connectors: KeyedTopic;
  readonly #tasks: KeyedTopic;
  readonly #writer: LogWriter;
  #queue: Entry[] = [];
  #dropped = 0;
  #writing: Promise<void> | undefined;
  readonly #closed = new AbortController();
  /** Set when another server of the service writes. */
  #isFenced = false;

  private constructor(env: Env, eventTopic: string, tables: readonly [KeyedTopic, KeyedTopic], writer: LogWriter) {
    this.#env = env;
    this.#eventTopic = eventTopic;
    [this.#connectors, this.#tasks] = tables;
    this.#writer = writer;
  }

  /** Creates the topics if necessary, and reads the rows. The last server to open it writes; earlier ones stop. */
  static async open(log: Log, env: Env, serviceId: string, replicas: number): Promise<StateJournal> {
    const topics = stateTopics(serviceId);
    if ((await log.admin.describeTopic(topics.events)) === undefined)
      await log.admin.createTopic({ name: topics.events, partitions: 1, replicas }).catch((error: unknown) => {
        if (!isSluiceError(error, 'CONFLICT')) throw error;
      });
    const tables = [
      await KeyedTopic.open(log, topics.connectors, replicas, env),
      await KeyedTopic.open(log, topics.tasks, replicas, env),
    ] as const;
    const writer = await log.createWriter({ transactionalId: `${serviceId}-connector-state` });
    return new StateJournal(env, topics.events, tables, writer);
  }

  /** The rows of the connectors, by name. */
  connectorRows(): Map<string, ConnectorRow> {
    return rowsOf<ConnectorRow>(this.#connectors);
  }

  /** The rows of the tasks, by key. */
  taskRows(): Map<string, TaskRow> {
    return rowsOf<TaskRow>(this.#tasks);
  }

  write(events: readonly ConnectorEvent[], connectors: RowChanges, tasks: RowChanges): void {
    if (this.#isFenced || (events.length === 0 && connectors.size === 0 && tasks.size === 0)) return;
    if (this.#queue.length >= QUEUE_MAX) {
      this.#dropped += events.length;
      return;
    }
    const now = this.#env.clock.nowMs();
    this.#queue.push({ events: events.map((event) => ({ ...event, AT: now })), connectors, tasks });
    this.#writing ??= this.#drain();
  }

  /** Resolves when everything given so far has been written. */
  async settled(): Promise<void> {
    while (this.#writing !== undefined) await this.#writing;
  }

  async close(): Promise<void> {
    this.#closed.abort();
    await this.settled();
    await this.#writer.close();
  }

  async #drain(): Promise<void> {
    await Promise.resolve();
    while (this.#queue.length > 0) {
      const entries = this.#queue;
      this.#queue = [];
      try {
        await this.#commit(entries);
      } catch (error) {
        await this.#writer.abort().catch(() => undefined);
        if (error instanceof Fenced) {
          this.#isFenced = true;
          this.#env.logger.info('Another server of the service writes the states of the connectors now');
          break;
        }
        if (this.#closed.signal.aborted) break;
        this.#env.logger.warn('The states of the connectors cannot be written: it is tried again', {
          error: messageOf(error),
        });
        this.#queue = [...entries, ...this.#queue];
        await this.#env.timers.sleep(RETRY_MS, this.#closed.signal).catch(() => undefined);
      }
    }
    if (this.#dropped > 0) this.#env.logger.warn('Events of connectors were left out', { events: this.#dropped });
    this.#dropped = 0;
    this.#writing = undefined;
  }

  async #commit(entries: readonly Entry[]): Promise<void> {
    const batch = new BatchBuilder();
    for (const { connector, AT, ...event } of entries.flatMap((e) => e.events))
      batch.add(AT, Buffer.from(connector), Buffer.from(JSON.stringify({ ...event, AT })));
    if (batch.count > 0) this.#writer.append(this.#eventTopic, 0, batch.finish(), true);
    const connectors = texts(entries.flatMap((e) => [...e.connectors]));
    const tasks = texts(entries.flatMap((e) => [...e.tasks]));
    if (connectors.size > 0) this.#connectors.stage(this.#writer, connectors);
    if (tasks.size > 0) this.#tasks.stage(this.#writer, tasks);
    await this.#writer.commit();
    this.#connectors.apply(connectors);
    this.#tasks.apply(tasks);
  }
}

function texts(changes: readonly (readonly [string, object | null])[]): Map<string, string | null> {
  return new Map(changes.map(([key, row]) => [key, row === null ? null : JSON.stringify(row)]));
}

function rowsOf<Row>(topic: KeyedTopic): Map<string, Row> {
  return new Map([...topic.keys()].map((key) => [key, JSON.parse(topic.get(key)!) as Row]));
}
