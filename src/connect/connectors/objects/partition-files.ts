import type { SinkRecord } from '../../api/record.ts';
import { BOUNDARIES_MAX, boundariesText, parseBoundaries, type Boundary } from './boundaries.ts';
import type { Partitioner } from './partitioner.ts';
import { Segment, type FileSettings } from './segment.ts';

/** The most open files of a partition: they are ended before a record that would open one more. */
const FILES_MAX = 500;

/** When the files of a partition end. */
export interface EndSettings {
  readonly records: number;
  readonly bytes: number;
  /** undefined: record times do not end files. */
  readonly intervalMs: number | undefined;
  /** The time at which the clock ends files that began at a given time; undefined: the clock does not end files. */
  readonly scheduledEnd: ((wallMs: number) => number) | undefined;
}

/** What the partitions of a task have in common. */
export interface TaskFiles {
  readonly files: FileSettings;
  readonly ends: EndSettings;
  readonly partitioner: Partitioner;
  readonly nowMs: () => number;
}

/**
 * The files of one partition. First, the end of a segment is committed, as metadata of the offset of its beginning;
 * then its files are made visible; then the offset after it is committed. A task that reads the records again, after a
 * crash between these steps, finds the committed end and writes the same files again, whatever ended the segment: the
 * number of records, their times, the clock, or a pause. (Ends that follow only from the records would not need this,
 * if those other causes did not exist: a visible file with three records would be overwritten with the two that came
 * before a pause.)
 */
export class PartitionFiles {
  readonly #task: TaskFiles;
  /** Ends that are committed and whose files may not be visible yet. */
  #planned: Boundary[];
  #open: Segment | undefined;
  /** Segments that have ended, oldest first. */
  #ended: Segment[] = [];
  /** Offset of the next record; earlier ones have been taken. */
  #next = 0;

  /** @param committed the metadata that is committed with the partition's offset */
  constructor(task: TaskFiles, committed: string | undefined) {
    this.#task = task;
    this.#planned = parseBoundaries(committed);
  }

  /** Segments whose files may be made visible. */
  get settled(): readonly Segment[] {
    const first = this.#ended.findIndex((s) => !s.isSettled);
    return first < 0 ? this.#ended : this.#ended.slice(0, first);
  }

  get segments(): readonly Segment[] {
    return this.#open === undefined ? this.#ended : [...this.#ended, this.#open];
  }

  /** Whether the record was taken before: it comes again when a put is retried. */
  has(record: SinkRecord): boolean {
    return record.offset < this.#next;
  }

  /** Skips the record. */
  pass(record: SinkRecord): void {
    this.#next = record.offset + 1;
  }

  /** @throws DataError for a record that cannot become a row; it counts as taken */
  take(record: SinkRecord): void {
    this.#next = record.offset + 1;
    const { partitioner, ends, nowMs } = this.#task;
    if (this.#open?.fixedEnd !== undefined && record.offset >= this.#open.fixedEnd) this.#end(record.offset);
    let segment = this.#open;
    const wallMs = segment?.wallMs ?? this.#planned[0]?.wallMs ?? nowMs();
    const timeMs = ends.intervalMs === undefined ? undefined : partitioner.timeOf(record, wallMs);
    const isLate =
      segment?.fixedEnd === undefined &&
      segment?.firstMs !== undefined &&
      timeMs !== undefined &&
      timeMs - segment.firstMs >= (ends.intervalMs ?? Infinity);
    if (isLate) {
      this.#end(record.offset);
      segment = undefined;
    }
    const folder = partitioner.folderOf(record, segment?.wallMs ?? wallMs);
    if (segment === undefined) {
      const plan = this.#planned.shift();
      segment = new Segment(this.#task.files, record, { wallMs: plan?.wallMs ?? wallMs, fixedEnd: plan?.end });
      this.#open = segment;
    }
    segment.firstMs ??= timeMs;
    segment.add(record, folder);
    const isFull =
      segment.fixedEnd === undefined
        ? segment.records >= ends.records || segment.files.length >= FILES_MAX
        : record.offset + 1 >= segment.fixedEnd;
    if (isFull) this.#end(record.offset + 1);
  }

  /** Ends the open segment if the clock, its size or `isForced` requires it. */
  endByClock(reached: number, isForced: boolean): void {
    const open = this.#open;
    if (open === undefined) return;
    if (open.fixedEnd !== undefined) {
      if (reached >= open.fixedEnd) this.#end(open.fixedEnd);
      return;
    }
    const { ends, partitioner, nowMs } = this.#task;
    const now = nowMs();
    const isDue =
      now >= (ends.scheduledEnd?.(open.wallMs) ?? Infinity) ||
      open.bytes >= ends.bytes ||
      (partitioner.usesClock && now - open.wallMs >= (ends.intervalMs ?? Infinity)) ||
      open.isInAnotherFolder(partitioner, now);
    if (isForced || isDue) this.#end(this.#next);
  }

  /** Notes that the files of a settled segment are visible. */
  done(segment: Segment): void {
    this.#ended = this.#ended.filter((s) => s !== segment);
  }

  /**
   * What may be committed once all settled segments are done: the offset, and the ends that were decided after it.
   * Segments whose ends are in that text count as settled from then on; `more`: whether there were any.
   */
  standing(reached: number): {
    readonly offset: number;
    readonly metadata: string | undefined;
    readonly more: boolean;
  } {
    const open = this.#open;
    const settling = this.#ended.slice(0, BOUNDARIES_MAX);
    for (const segment of settling) segment.isSettled = true;
    const boundaries: Boundary[] = [
      ...settling.map((s) => ({ end: s.end ?? 0, wallMs: s.wallMs })),
      ...(open?.fixedEnd === undefined ? [] : [{ end: open.fixedEnd, wallMs: open.wallMs }]),
      ...this.#planned.filter((b) => b.end > reached),
    ];
    return {
      offset: this.#ended[0]?.start ?? open?.start ?? reached,
      metadata: boundariesText(boundaries.slice(0, BOUNDARIES_MAX)),
      more: settling.length > 0,
    };
  }

  /** Discards all segments. */
  async drop(): Promise<void> {
    const segments = this.segments;
    this.#open = undefined;
    this.#ended = [];
    this.#planned = [];
    for (const segment of segments) for (const file of segment.files) await file.abort();
  }

  #end(offset: number): void {
    const segment = this.#open;
    this.#open = undefined;
    if (segment === undefined) return;
    segment.end = offset;
    segment.isSettled = segment.fixedEnd !== undefined;
    this.#ended.push(segment);
  }
}
