import type { CommittedOffset, LogWriter, TopicPartition } from '../../../log/api.ts';
import type { SinkTask } from '../../api/connector.ts';
import type { DeadLetterBox } from './dead-letter-box.ts';
import { commitRetrying } from './retrying.ts';
import type { TaskSite } from './task-site.ts';

/** The key of a partition's offsets. */
const idOf = ({ topic, partition }: TopicPartition): string => `${topic} ${partition}`;

/**
 * The progress of a sink: the offsets of its consumer group, and when they are committed. Dead letters are written in
 * the transaction that commits the offsets after them.
 */
export class SinkCommits {
  readonly #site: TaskSite;
  readonly #task: SinkTask;
  readonly #letters: DeadLetterBox;
  readonly #group: string;
  /** The next offset to commit; for a task that holds records back, until it releases them. */
  readonly #done = new Map<string, CommittedOffset>();
  /** What was committed last. */
  readonly #committed = new Map<string, CommittedOffset>();
  #hasNews = false;
  /** Targets to which the task has written. */
  readonly #targets = new Set<string>();

  constructor(site: TaskSite, task: SinkTask, group: string, letters: DeadLetterBox) {
    this.#site = site;
    this.#task = task;
    this.#group = group;
    this.#letters = letters;
  }

  /** Whether records were put that are not committed yet. */
  get hasNews(): boolean {
    return this.#hasNews;
  }

  /** Whether the task holds back records that were put. */
  get isHolding(): boolean {
    return !this.#hasNews && this.#done.size > 0;
  }

  /** The group's last committed offset of a partition, as far as this task knows. */
  last(topic: string, partition: number): CommittedOffset | undefined {
    return this.#committed.get(idOf({ topic, partition }));
  }

  /** Takes over the group's offset of a partition; undefined: there is none. */
  stands(at: TopicPartition, offset: CommittedOffset | undefined): void {
    if (offset === undefined) this.#committed.delete(idOf(at));
    else this.#committed.set(idOf(at), offset);
  }

  /** Called when the partition is assigned to another task, which owns its offsets from now on. */
  forget(at: TopicPartition): void {
    this.#done.delete(idOf(at));
    this.#committed.delete(idOf(at));
  }

  /** Called when the task has accepted all records before these offsets. */
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

  /** @param everything whether the task must hold nothing back */
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
   * For a task that holds records back. When there are dead letters nothing is held back, since they would otherwise be
   * written twice.
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
