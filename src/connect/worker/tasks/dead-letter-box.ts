import { BatchBuilder } from '../../../log/record-batch/builder.ts';
import { encodeHeaders, type RecordHeader } from '../../../log/record-batch/headers.ts';
import type { LogWriter } from '../../../log/api.ts';
import type { FailedRecord } from './error-policy.ts';
import type { TaskSite } from './task-site.ts';
import { ensureTopic } from '../topics/topic-creation.ts';

/** A batch of dead letters is closed at this size. */
const BATCH_BYTES = 512 * 1024;

/** A record that was put aside, as far as it is known. */
export interface DeadLetter {
  readonly key: Buffer | null;
  readonly value: Buffer | null;
  readonly headers: readonly RecordHeader[];
  readonly timestamp: number;
}

/** Dead letters of one task that wait to be written with its next commit. */
export class DeadLetterBox {
  readonly #site: TaskSite;
  readonly #open = new BatchBuilder();
  #closed: Buffer[] = [];
  #isTopicReady = false;

  constructor(site: TaskSite) {
    this.#site = site;
  }

  /** Whether there is a topic for records that cannot be handled. */
  get isKept(): boolean {
    const { isTolerant, deadLetters } = this.#site.spec.framework.errors;
    return isTolerant && deadLetters !== undefined;
  }

  get isEmpty(): boolean {
    return this.#open.count === 0 && this.#closed.length === 0;
  }

  /** Must be called before the first letter is handed to a writer. */
  async ensureTopic(): Promise<void> {
    const letters = this.#site.policy.settings.deadLetters;
    if (letters === undefined || this.#isTopicReady) return;
    const replicas = this.#site.host.log.kind === 'embedded' ? 1 : letters.replicas;
    await ensureTopic(this.#site.host.log, { name: letters.topic, partitions: 1, replicas }, this.#site.logger);
    this.#isTopicReady = true;
  }

  /** Adds a letter, with the reasons as headers. */
  add(failed: FailedRecord, letter: DeadLetter): void {
    const { policy, spec } = this.#site;
    spec.meter.deadLetters++;
    const headers = [...letter.headers, ...policy.deadLetterHeaders(failed, spec.connector, spec.taskId)];
    const bytes = (letter.key?.length ?? 0) + (letter.value?.length ?? 0);
    if (this.#open.count > 0 && this.#open.size + bytes > BATCH_BYTES) this.#closed.push(this.#open.finish());
    this.#open.add(letter.timestamp, letter.key, letter.value, headers.length === 0 ? null : encodeHeaders(headers));
  }

  /** Hands the letters to the writer; they stay here until `clear`, since a commit may have to be retried. */
  handTo(writer: LogWriter): void {
    if (this.#open.count > 0) this.#closed.push(this.#open.finish());
    for (const batch of this.#closed) writer.append(this.#site.policy.settings.deadLetters!.topic, 0, batch);
  }

  clear(): void {
    this.#open.reset();
    this.#closed = [];
  }
}
