import { messageOf } from '../../base/errors.ts';
import { SerialQueue } from '../../base/serial-queue.ts';
import { KEYS } from '../../config/keys.ts';
import type { ConnectClient, ConnectorNews, ConnectorStatus, ConnectorType, State } from '../../connect/client/api.ts';
import type { Services } from '../services.ts';
import { Counts, taskId } from './counts.ts';
import { StateJournal, type RowChanges } from './journal.ts';
import type { KnownStates, Listing, TimedEvent } from './known-states.ts';
import { look } from './look.ts';
import { eventsBetween, logEvent, type ConnectorEvent, type Picture } from './picture.ts';
import type { ConnectorRow } from './sources.ts';

/** News that do not change a state (progress) are frequent, so they are gathered for this long, in ms. */
const GATHER_MS = 250;
/** The most log lines per minute that one connector adds to its events. */
const LOG_LINES_A_MINUTE = 20;
const MINUTE_MS = 60_000;
/** The number of recent events that watchers receive. */
const RECENT = 100;

/** How long a cluster's answer is used, in ms. */
const FRESH_MS = 2000;

/**
 * What connectors do, in one place for all who need it: the built-in sources, the web console, the SDK. The embedded
 * worker reports what happens; a cluster cannot, so it is polled (`listing`), once for all.
 */
export class ConnectorFeed implements KnownStates {
  readonly #services: Services;
  readonly #connect: ConnectClient;
  readonly #pictures = new Map<string, Picture>();
  readonly #work = new SerialQueue();
  readonly #gathered = new Set<string>();
  readonly #listeners = new Set<() => void>();
  readonly #logLines = new Map<string, { sinceMs: number; lines: number }>();
  readonly #counts: Counts;
  /** The last answer of a cluster, and when it came. */
  #answer: { readonly atMs: number; readonly listing: Promise<Listing> } | undefined;
  #recent: TimedEvent[] = [];
  #journal: StateJournal | undefined;
  #unsubscribe: () => void = () => undefined;
  #closed = false;

  constructor(services: Services, connect: ConnectClient) {
    this.#services = services;
    this.#connect = connect;
    this.#counts = new Counts(services, connect);
  }

  /**
   * Restores what was known when the server ended, and reads the current state. Never fails, since that must not keep
   * the server from starting.
   */
  async start(): Promise<void> {
    const { log, env, config } = this.#services;
    try {
      const replicas = log.kind === 'kafka' ? config.get(KEYS.internalTopicReplicas) : 1;
      this.#journal = await StateJournal.open(log, env, config.get(KEYS.serviceId), replicas);
      this.#restore(this.#journal);
    } catch (error) {
      env.logger.warn('The states of connectors are not kept in topics: CONNECTORS and its like are empty', {
        error: messageOf(error),
      });
    }
    const { embedded } = this.#connect;
    if (embedded === undefined) return;
    this.#unsubscribe = embedded.onNews((news) => this.#onNews(news));
    await this.#take(await this.#connect.list());
    this.#countLater();
  }

  get pictures(): readonly Picture[] {
    return [...this.#pictures.values()].toSorted((a, b) => (a.name < b.name ? -1 : 1));
  }

  lagOf(name: string): number | undefined {
    return this.#counts.lagOf(name);
  }

  get recent(): readonly TimedEvent[] {
    return this.#recent;
  }

  subscribe(listener: () => void): () => void {
    this.#listeners.add(listener);
    return () => this.#listeners.delete(listener);
  }

  async listing(): Promise<Listing> {
    if (this.#connect.embedded !== undefined) return await this.#connect.list();
    const nowMs = this.#services.env.clock.monotonicMs();
    if (this.#answer === undefined || nowMs - this.#answer.atMs > FRESH_MS) {
      const listing = this.#connect.list();
      this.#answer = { atMs: nowMs, listing };
      await this.#take(await listing);
      await this.#work.run(() => this.#count());
    }
    return await this.#answer.listing;
  }

  async learnTopics(name: string, topics: readonly string[]): Promise<void> {
    await this.#work.run(async () => {
      const picture = this.#pictures.get(name);
      if (picture !== undefined) this.#changed(name, { ...picture, topics: topics.toSorted() });
    });
  }

  async #take(listing: Listing): Promise<void> {
    await this.#work.run(async () => {
      for (const [name, { info, status }] of Object.entries(listing)) {
        if (status === undefined) continue;
        this.#changed(name, await look(this.#connect, status, info, await this.#topicsOf(name), this.#services));
      }
      for (const name of this.#pictures.keys()) if (!(name in listing)) this.#changed(name, undefined);
    });
  }

  /** Resolves when everything received so far has been written. */
  async settled(): Promise<void> {
    await this.#work.settled();
    await this.#journal?.settled();
  }

  async close(): Promise<void> {
    this.#closed = true;
    this.#unsubscribe();
    await this.#work.settled();
    await this.#journal?.close();
  }

  /** The rows hold what was known before; comparing them shows what has changed while no server ran. */
  #restore(journal: StateJournal): void {
    const tasks = journal.taskRows();
    for (const [name, row] of journal.connectorRows()) {
      this.#pictures.set(name, restored(name, row));
      this.#counts.remember(name, row.CHANGED_AT);
    }
    for (const [key, row] of tasks) {
      const { CONNECTOR, TASK } = JSON.parse(key) as { CONNECTOR: string; TASK: number };
      const picture = this.#pictures.get(CONNECTOR);
      this.#counts.remember(taskId(CONNECTOR, TASK), row.CHANGED_AT);
      if (picture === undefined) continue;
      const task = {
        id: TASK,
        state: row.STATE as State,
        cause: row.CAUSE,
        advice: row.ADVICE,
        worker: row.WORKER,
      };
      this.#pictures.set(CONNECTOR, { ...picture, tasks: [...picture.tasks, task] });
    }
  }

  #onNews(news: ConnectorNews): void {
    const { connector } = news;
    switch (news.kind) {
      case 'log':
        this.#logged(connector, news.level, news.text);
        return;
      case 'deleted':
        this.#later(async () => this.#changed(connector, undefined));
        return;
      case 'status':
        this.#later(() => this.#refresh(connector, news.status));
        return;
      case 'knowledge':
        if (this.#gathered.size === 0) this.#services.env.timers.after(GATHER_MS, () => this.#lookAtGathered());
        this.#gathered.add(connector);
        return;
      default:
        news satisfies never;
    }
  }

  #lookAtGathered(): void {
    const names = [...this.#gathered];
    this.#gathered.clear();
    for (const name of names) this.#later(() => this.#refresh(name));
  }

  #later(work: () => Promise<void>): void {
    if (this.#closed) return;
    this.#work.run(work).catch((error: unknown) => {
      this.#services.env.logger.warn('A connector could not be looked at', { error: messageOf(error) });
    });
  }

  async #refresh(name: string, status?: ConnectorStatus): Promise<void> {
    const connect = this.#connect;
    // The connector may have been deleted or replaced meanwhile.
    const info = await connect.info(name).catch(() => undefined);
    if (info === undefined) return;
    const picture = await look(
      connect,
      status ?? (await connect.status(name)),
      info,
      await this.#topicsOf(name),
      this.#services,
    );
    this.#changed(name, picture);
  }

  /** Topics of a connector. For one in a cluster only those that have been looked up already. */
  async #topicsOf(name: string): Promise<readonly string[]> {
    if (this.#connect.embedded === undefined) return this.#pictures.get(name)?.topics ?? [];
    return await this.#connect.topics(name);
  }

  #changed(name: string, after: Picture | undefined): void {
    const before = this.#pictures.get(name);
    const events = eventsBetween(before, after);
    const connectors = new Map<string, object | null>();
    const tasks = new Map<string, object | null>();
    if (after === undefined) {
      if (before === undefined) return;
      this.#pictures.delete(name);
      this.#logLines.delete(name);
      this.#counts.forget(name);
      connectors.set(name, null);
    } else {
      this.#pictures.set(name, after);
      // Topics and states are in the row; everything else is reported only by events.
      if (before === undefined || events.length > 0) {
        connectors.set(name, this.#counts.connectorRow(after, before));
        for (const task of after.tasks) tasks.set(taskKey(name, task.id), this.#counts.taskRow(after, task, before));
      }
    }
    for (const { id } of before?.tasks ?? [])
      if (after?.tasks.some((t) => t.id === id) !== true) tasks.set(taskKey(name, id), null);
    this.#report(events, connectors, tasks);
  }

  #logged(connector: string, level: 'WARN' | 'ERROR', text: string): void {
    // A remark is logged as well, and is an event of its own.
    if (this.#connect.embedded?.remarks(connector).includes(text) === true) return;
    const now = this.#services.env.clock.monotonicMs();
    let count = this.#logLines.get(connector);
    if (count === undefined || now - count.sinceMs > MINUTE_MS) {
      if (count !== undefined && count.lines > LOG_LINES_A_MINUTE) {
        const more = `${count.lines - LOG_LINES_A_MINUTE} more lines are in the log of the server alone`;
        this.#report([logEvent(connector, 'WARN', more)]);
      }
      this.#logLines.set(connector, (count = { sinceMs: now, lines: 0 }));
    }
    count.lines++;
    if (count.lines <= LOG_LINES_A_MINUTE) this.#report([logEvent(connector, level, text)]);
  }

  #report(events: readonly ConnectorEvent[], connectors: RowChanges = new Map(), tasks: RowChanges = new Map()): void {
    if (events.length === 0 && connectors.size === 0 && tasks.size === 0) return;
    this.#journal?.write(events, connectors, tasks);
    if (events.length === 0) return;
    const atMs = this.#services.env.clock.nowMs();
    this.#recent = [...this.#recent, ...events.map((event) => ({ event, atMs }))].slice(-RECENT);
    for (const listener of this.#listeners) listener();
  }

  #countLater(): void {
    this.#services.env.timers.after(this.#counts.everyMs, () => {
      if (this.#closed) return;
      this.#later(async () => {
        await this.#count();
        this.#countLater();
      });
    });
  }

  /** Updates rates and lags, which nobody reports. */
  async #count(): Promise<void> {
    const connectors = new Map<string, object | null>();
    const tasks = new Map<string, object | null>();
    for (const picture of this.pictures) {
      const changed = await this.#counts.take(picture);
      if (changed.connector !== undefined) connectors.set(picture.name, changed.connector);
      for (const { id, row } of changed.tasks) tasks.set(taskKey(picture.name, id), row);
    }
    this.#report([], connectors, tasks);
  }
}

function taskKey(connector: string, task: number): string {
  return JSON.stringify({ CONNECTOR: connector, TASK: task });
}

function restored(name: string, row: ConnectorRow): Picture {
  return {
    name,
    type: (row.TYPE as ConnectorType | null) ?? 'unknown',
    className: row.CLASS,
    state: row.STATE ?? 'UNASSIGNED',
    summary: row.STATE ?? 'UNASSIGNED',
    cause: row.CAUSE,
    advice: row.ADVICE,
    worker: row.WORKER,
    tasks: [],
    topics: row.TOPICS ?? [],
    details: undefined,
  };
}
