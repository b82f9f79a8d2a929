import type { CommittedOffset, LogWriter, TopicPartition } from '../../../log/api.ts';
import type { SinkTask } from '../../api/connector.ts';
import type { DeadLetterBox } from './dead-letter-box.ts';
import { commitRetrying } from './retrying.ts';
import type { TaskSite } from './task-site.ts';

/** What a partition's offsets are kept by. */
const idOf = ({ topic, partition }: TopicPartition): string => `${topic} ${partition}`;

/**
 * How far a sink has come: the offsets that its consumer group commits, and when. Dead letters go out in the
 * transaction that commits the offsets behind them.
 */
export class SinkCommits {
  readonly #site: TaskSite;
  readonly #task: SinkTask;
  readonly #letters: DeadLetterBox;
  readonly #group: string;
  /** Next offset to commit; of a task that holds records back, until it lets go of them. */
  readonly #done = new Map<string, CommittedOffset>();
  /** What was committed last. */
  readonly #committed = new Map<string, CommittedOffset>();
  #hasNews = false;
  /** Targets that the task has written to. */
  readonly #targets = new Set<string>();

  constructor(site: TaskSite, task: SinkTask, group: string, letters: DeadLetterBox) {
    this.#site = site;
    this.#task = task;
    this.#group = group;
    this.#letters = letters;
  }

  /** Whether something was put that is not committed yet. */
  get hasNews(): boolean {
    return this.#hasNews;
  }

  /** Whether the task holds back what was put. */
  get isHolding(): boolean {
    return !this.#hasNews && this.#done.size > 0;
  }

  /** What the group has committed last for a partition, as far as this task knows. */
  last(topic: string, partition: number): CommittedOffset | undefined {
    return this.#committed.get(idOf({ topic, partition }));
  }

  /** Takes over what the group has for a partition; undefined: nothing. */
  stands(at: TopicPartition, offset: CommittedOffset | undefined): void {
    if (offset === undefined) this.#committed.delete(idOf(at));
    else this.#committed.set(idOf(at), offset);
  }

  /** The partition is read elsewhere from now on: its offsets are no longer this task's. */
  forget(at: TopicPartition): void {
    this.#done.delete(idOf(at));
    this.#committed.delete(idOf(at));
  }

  /** The task has taken all records before these offsets. */
  taken(offsets: readonly CommittedOffset[]): void {
    for (const offset of offsets) this.#done.set(idOf(offset), offset);
    this.#hasNews ||= offsets.length > 0;
  }

  wrote(target: string): void {
    this.#targets.add(target);
  }

  hasWritten(target: string): boolean {
    const { host, spec } = this.#site;
    return this.#targets.has(target) || host.store.targets(spec.connector).includes(target);
  }

  /** @param everything the task is to hold nothing back */
  async commit(writer: LogWriter, everything: boolean): Promise<void> {
    if (!this.#hasNews && !this.isHolding && this.#letters.isEmpty) return;
    if (this.#task.preCommit === undefined) await this.#site.spec.meter.commit(() => this.#commitWhatWasPut(writer));
    else await this.#commitWhatStands(writer, everything);
    this.#hasNews = false;
  }

  async #commitWhatWasPut(writer: LogWriter): Promise<void> {
    await this.#task.flush?.();
    await this.#store(writer, [...this.#done.values()], true);
    this.#done.clear();
  }

  /**
   * Of a task that holds records back. Where there are dead letters nothing is held: they would come twice otherwise.
   */
  async #commitWhatStands(writer: LogWriter, everything: boolean): Promise<void> {
    const whole = everything || !this.#letters.isEmpty;
    for (let more = true; more;) {
      const reached = [...this.#done.values()];
      const answer = await this.#site.retrying(() => this.#task.preCommit!(reached, whole));
      more = answer.more === true;
      const news = answer.offsets.flatMap(({ topic, partition, offset, metadata }) => {
        const last = this.last(topic, partition);
        if (last?.offset === offset && last.metadata === metadata) return [];
        return [{ topic, partition, offset, ...(metadata !== undefined && { metadata }) }];
      });
      const withLetters = !more && !this.#letters.isEmpty;
      if (news.length > 0 || withLetters)
        await this.#site.spec.meter.commit(() => this.#store(writer, news, withLetters));
      for (const offset of news) this.#committed.set(idOf(offset), offset);
      for (const at of answer.offsets)
        if ((this.#done.get(idOf(at))?.offset ?? Infinity) <= at.offset) this.#done.delete(idOf(at));
    }
  }

  async #store(writer: LogWriter, offsets: readonly CommittedOffset[], withLetters: boolean): Promise<void> {
    const letters = this.#letters;
    await this.#site.retrying(() => this.#site.host.store.addTargets(this.#site.spec.connector, this.#targets));
    await this.#site.retrying(async () => {
      if (withLetters) letters.handTo(writer);
      writer.commitOffsets(this.#group, offsets);
      try {
        await commitRetrying(this.#site.retrying, writer);
      } catch (error) {
        await writer.abort().catch(() => {});
        throw error;
      }
    });
    if (withLetters) letters.clear();
  }
}
