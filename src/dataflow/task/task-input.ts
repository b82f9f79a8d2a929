import type { Fetched } from '../../log/api.ts';
import { RecordCursor } from '../../log/record-batch/cursor.ts';
import type { TopologyInput } from '../topology.ts';
import type { RecordInput } from './record-input.ts';

/** One topic partition that a task reads. */
export class TaskInput {
  readonly topic: string;
  readonly partition: number;
  readonly internal: boolean;
  readonly isTable: boolean;
  readonly hasReadTimes: boolean;
  readonly handlers: readonly RecordInput[];
  readonly cursor = new RecordCursor();
  /** Position in the cursor's columns. */
  index = 0;
  /**
   * The handler that processes the record at `index` next: after NeedsSchema, earlier ones have already processed it.
   */
  nextHandler = 0;
  /** Offset of the next record to be handled. */
  position = 0;
  /** The known end of the partition. */
  endOffset = 0;
  /** The end of the partition when the task started: records before it are waited for, however long it takes. */
  historyEnd = 0;
  /** Whether the runner has suspended fetching. */
  isHeldBack = false;
  /** Whether its tables must be read first: nothing of it is fetched, and the task does not wait for it. */
  isBarred = false;
  #queue: Waiting[] = [];
  #current: Waiting | undefined;

  constructor(input: TopologyInput, partition: number, handlers: readonly RecordInput[]) {
    this.topic = input.topic;
    this.partition = partition;
    this.internal = input.internal;
    this.isTable = input.isTable;
    this.hasReadTimes = input.hasReadTimes === true;
    this.handlers = handlers;
  }

  get hasRecord(): boolean {
    return this.index < this.cursor.columns.count;
  }

  /** Timestamp of the next record. */
  get timestamp(): number {
    return this.cursor.columns.timestamp[this.index]!;
  }

  /** Whether there are more records than were fetched. */
  get isBehind(): boolean {
    return this.position < this.endOffset;
  }

  /** Whether records that existed when the task started are still unhandled. */
  get owesHistory(): boolean {
    return this.position < this.historyEnd;
  }

  add(fetched: Fetched): void {
    if (fetched.highWatermark > this.endOffset) this.endOffset = fetched.highWatermark;
    this.#queue.push({ fetched, isOwned: false });
    if (!this.hasRecord) this.#fill();
  }

  /** Marks records before `index` as handled. */
  advance(index: number): void {
    const { columns } = this.cursor;
    this.index = index;
    if (index > 0) this.position = columns.offset[index - 1]! + 1;
    if (index >= columns.count) this.#fill();
  }

  keep(): void {
    if (this.#current !== undefined && !this.#current.isOwned) {
      this.#current = owned(this.#current, this.position);
      this.cursor.openFetched(this.#current.fetched, { verify: false });
      this.index = 0;
      if (!this.cursor.next()) this.#fill();
    }
    this.#queue = this.#queue.map((w) => (w.isOwned ? w : owned(w, w.fetched.startOffset)));
  }

  /** Moves to the next run of fetched records. */
  #fill(): void {
    this.index = 0;
    for (;;) {
      if (this.#current !== undefined) {
        if (this.cursor.next()) return;
        const { nextOffset } = this.#current.fetched;
        if (nextOffset > this.position) this.position = nextOffset;
        this.#current = undefined;
      }
      const next = this.#queue.shift();
      if (next === undefined) return;
      this.#current = next;
      this.cursor.openFetched(next.fetched);
    }
  }
}

interface Waiting {
  readonly fetched: Fetched;
  /** Whether the buffer belongs to this input rather than to the reader. */
  readonly isOwned: boolean;
}

function owned({ fetched }: Waiting, startOffset: number): Waiting {
  const buffer = Buffer.from(fetched.buffer.subarray(fetched.from, fetched.to));
  return { fetched: { ...fetched, buffer, from: 0, to: buffer.length, startOffset }, isOwned: true };
}
