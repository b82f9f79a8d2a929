import type { SinkTaskContext } from '../../api/connector.ts';
import type { SinkRecord } from '../../api/record.ts';

/** The position of a record, for messages. */
export const placeOf = (record: SinkRecord): string =>
  `topic=${record.originalTopic} partition=${record.partition} offset=${record.offset}`;

/** The number of records left out for one reason, the first of them, and the remark about them. */
interface Count {
  n: number;
  readonly first: string;
  lastMessage: string | undefined;
}

/** Records that a sink leaves out, shown with its connector: the number for each reason, and the first of them. */
export class LeftOut {
  readonly #counts = new Map<string, Count>();

  /** @param words what happened to them: `were refused by orders and left out` */
  count(context: Pick<SinkTaskContext, 'remark'>, words: string, record: SinkRecord, reason: string): void {
    let count = this.#counts.get(words);
    if (count === undefined)
      this.#counts.set(words, (count = { n: 0, first: `${placeOf(record)}, ${reason}`, lastMessage: undefined }));
    count.n++;
    const message = `${count.n} ${count.n === 1 ? 'record' : 'records'} ${words}; the first: ${count.first}`;
    context.remark(message, count.lastMessage);
    count.lastMessage = message;
  }
}
