import type { ConnectClient, TaskCounts } from '../../connect/client/api.ts';
import { sinkTopics } from '../connectors/sink-sources.ts';
import type { Services } from '../services.ts';
import type { Picture, TaskPicture } from './picture.ts';
import type { ConnectorRow, TaskRow } from './sources.ts';

/** The interval between counts, in ms; longer where the answers come over a network. */
const NEAR_MS = 2000;
const FAR_MS = 15_000;

/** The counts of a task, and when they were taken. */
interface Counted extends TaskCounts {
  readonly atMs: number;
  readonly perSecond: number;
}

/** A key for a task of a connector. */
export function taskId(connector: string, task: number | ''): string {
  return `${connector}\n${task}`;
}

/** Records, rates and lags. Together with pictures they make up the rows. */
export class Counts {
  readonly #services: Services;
  readonly #connect: ConnectClient;
  readonly #tasks = new Map<string, Counted>();
  readonly #lags = new Map<string, number>();
  readonly #changedAt = new Map<string, number>();

  constructor(services: Services, connect: ConnectClient) {
    this.#services = services;
    this.#connect = connect;
  }

  get everyMs(): number {
    return this.#services.log.kind === 'embedded' ? NEAR_MS : FAR_MS;
  }

  /** Records when a state began that still holds. */
  remember(key: string, changedAt: unknown): void {
    if (typeof changedAt === 'number') this.#changedAt.set(key, changedAt);
  }

  forget(connector: string): void {
    this.#lags.delete(connector);
    this.#changedAt.delete(connector);
    const prefix = taskId(connector, '');
    for (const map of [this.#tasks, this.#changedAt])
      for (const key of map.keys()) if (key.startsWith(prefix)) map.delete(key);
  }

  /** Records that a sink has not taken yet, at the last count. */
  lagOf(connector: string): number | undefined {
    return this.#lags.get(connector);
  }

  connectorRow(picture: Picture, before?: Picture): ConnectorRow {
    return {
      TYPE: picture.type,
      CLASS: picture.className,
      STATE: picture.state,
      CAUSE: picture.cause,
      ADVICE: picture.advice,
      TASKS: picture.tasks.length,
      RUNNING: picture.tasks.filter((t) => t.state === 'RUNNING' && t.cause === null).length,
      FAILED: picture.tasks.filter((t) => t.state === 'FAILED').length,
      LAG: this.#lags.get(picture.name) ?? null,
      TOPICS: picture.topics,
      WORKER: picture.worker,
      CHANGED_AT: this.#since(picture.name, before?.state !== picture.state),
    };
  }

  taskRow(picture: Picture, task: TaskPicture, before?: Picture): TaskRow {
    const key = taskId(picture.name, task.id);
    const counted = this.#tasks.get(key);
    const was = before?.tasks.find((t) => t.id === task.id);
    return {
      STATE: task.state,
      CAUSE: task.cause,
      ADVICE: task.advice,
      RECORDS: counted?.records ?? null,
      RECORDS_PER_SECOND: counted?.perSecond ?? null,
      FAILURES: counted?.failures ?? null,
      RETRIES: counted?.retries ?? null,
      WORKER: task.worker,
      CHANGED_AT: this.#since(key, was?.state !== task.state),
    };
  }

  /** Counts, and returns the rows that have changed. */
  async take(picture: Picture): Promise<{
    readonly connector?: ConnectorRow;
    readonly tasks: readonly { readonly id: number; readonly row: TaskRow }[];
  }> {
    const totals = new Map(this.#connect.embedded?.taskTotals(picture.name).map((t) => [t.id, t]));
    const tasks = picture.tasks.flatMap((task) => {
      const total = totals.get(task.id);
      if (total === undefined || !this.#counted(taskId(picture.name, task.id), total)) return [];
      return [{ id: task.id, row: this.taskRow(picture, task, picture) }];
    });
    const lag = picture.type === 'sink' ? await this.#lagOf(picture) : undefined;
    if (lag === undefined || lag === this.#lags.get(picture.name)) return { tasks };
    this.#lags.set(picture.name, lag);
    return { connector: this.connectorRow(picture, picture), tasks };
  }

  /** Whether there is something new to report. */
  #counted(key: string, total: TaskCounts): boolean {
    const atMs = this.#services.env.clock.monotonicMs();
    const last = this.#tasks.get(key);
    const seconds = last === undefined ? 0 : (atMs - last.atMs) / 1000;
    // The counts of a recreated task start at 0.
    const more = last === undefined || total.records < last.records ? 0 : total.records - last.records;
    const perSecond = seconds > 0 ? Math.round((more / seconds) * 10) / 10 : 0;
    this.#tasks.set(key, { ...total, atMs, perSecond });
    return (
      last === undefined ||
      last.perSecond !== perSecond ||
      last.records !== total.records ||
      last.failures !== total.failures ||
      last.retries !== total.retries
    );
  }

  /** Records that a sink has not taken yet; undefined when they cannot be counted. */
  async #lagOf({ name, topics, details }: Picture): Promise<number | undefined> {
    const { admin } = this.#services.log;
    try {
      const taken = new Map(
        (await admin.committedOffsets(`connect-${name}`)).map((o) => [`${o.topic}\n${o.partition}`, o.offset]),
      );
      let lag = 0;
      for (const topic of new Set([...topics, ...sinkTopics(details?.config ?? {})])) {
        const { partitions = 0 } = (await admin.describeTopic(topic)) ?? {};
        for (let partition = 0; partition < partitions; partition++) {
          const at = { topic, partition };
          const from = taken.get(`${topic}\n${partition}`) ?? (await admin.earliestOffset(at));
          lag += Math.max(0, (await admin.latestOffset(at)) - from);
        }
      }
      return lag;
    } catch {
      return undefined;
    }
  }

  #since(key: string, hasChanged: boolean): number {
    const known = this.#changedAt.get(key);
    if (known !== undefined && !hasChanged) return known;
    const now = this.#services.env.clock.nowMs();
    this.#changedAt.set(key, now);
    return now;
  }
}
