import type { SourceRecord } from '../../../api/record.ts';
import type { ChangeShape } from './change-shape.ts';

const UPSERT = 0;
const TOMBSTONE = 1;

/**
 * Where the stream stands: all of what was committed before `lsn`, and of the transaction that commits there the first
 * `index` changes.
 */
export interface StreamPosition {
  readonly lsn: bigint;
  readonly index: number;
}

/**
 * A run of changes as they came: places in the buffers of the socket, of which records are made as they are asked for.
 */
export class Changes {
  private readonly kinds: number[] = [];
  private readonly shapes: ChangeShape[] = [];
  private readonly buffers: Buffer[] = [];
  private readonly places: number[] = [];
  private readonly olds: number[] = [];
  private readonly times: number[] = [];
  private filled: Map<number, ReadonlyMap<number, string | null>> | undefined;
  /** Numbers of the rows with a value that was not sent and stands in no old row. */
  readonly open: number[] = [];
  /** The transactions of those rows. */
  readonly openXids = new Set<number>();
  /** Bytes of the messages. */
  bytes = 0;
  /** Where to go on behind them. */
  position: StreamPosition | undefined;
  /** The server may forget what is before this; undefined where no transaction ends here. */
  end: bigint | undefined;

  get count(): number {
    return this.kinds.length;
  }

  /** `old`: position of the old row or key, -1 for none. `openXid`: the transaction, where a value was not sent. */
  upsert(shape: ChangeShape, buffer: Buffer, at: number, old: number, time: number, openXid: number | undefined): void {
    if (openXid !== undefined) {
      this.open.push(this.kinds.length);
      this.openXids.add(openXid);
    }
    this.push(UPSERT, shape, buffer, at, old, time);
  }

  tombstone(shape: ChangeShape, buffer: Buffer, at: number, time: number): void {
    this.push(TOMBSTONE, shape, buffer, at, -1, time);
  }

  record(i: number): SourceRecord {
    const shape = this.shapes[i]!;
    const buffer = this.buffers[i]!;
    return this.kinds[i] === UPSERT
      ? shape.upsert(buffer, this.places[i]!, this.olds[i]!, this.filled?.get(i), this.times[i]!)
      : shape.tombstone(buffer, this.places[i]!, this.times[i]!);
  }

  shape(i: number): ChangeShape {
    return this.shapes[i]!;
  }
  buffer(i: number): Buffer {
    return this.buffers[i]!;
  }
  place(i: number): number {
    return this.places[i]!;
  }
  old(i: number): number {
    return this.olds[i]!;
  }

  /** Gives row i the texts of values that were not sent, by column. */
  fill(i: number, texts: ReadonlyMap<number, string | null>): void {
    (this.filled ??= new Map()).set(i, texts);
  }

  /** Takes rows out. */
  remove(numbers: ReadonlySet<number>): void {
    if (numbers.size === 0) return;
    let to = 0;
    const filled = this.filled;
    this.filled = filled && new Map();
    for (let i = 0; i < this.kinds.length; i++) {
      if (numbers.has(i)) continue;
      const texts = filled?.get(i);
      if (texts !== undefined) this.filled!.set(to, texts);
      for (const list of [this.kinds, this.shapes, this.buffers, this.places, this.olds, this.times] as unknown[][])
        list[to] = list[i];
      to++;
    }
    for (const list of [this.kinds, this.shapes, this.buffers, this.places, this.olds, this.times]) list.length = to;
  }

  private push(kind: number, shape: ChangeShape, buffer: Buffer, at: number, old: number, time: number): void {
    this.kinds.push(kind);
    this.shapes.push(shape);
    this.buffers.push(buffer);
    this.places.push(at);
    this.olds.push(old);
    this.times.push(time);
  }
}
