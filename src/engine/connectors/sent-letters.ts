import { SluiceError } from '../../base/errors.ts';
import type { CommittedOffset } from '../../log/api.ts';

/** The most bytes of offset metadata that a broker accepts by default (`offset.metadata.max.bytes` is 4096). */
const METADATA_MAX = 4000;

/**
 * Which dead letters of a partition were sent again: all before an offset, and those after it that a WHERE selected.
 * Stored as the offset of a consumer group and its metadata, so that it is committed with the records.
 */
export class SentLetters {
  /** The first letter that was not sent. */
  #first: number;
  /** Ranges of sent letters after the position: `from` up to, not including, `to`, in order. */
  readonly #ranges: { readonly from: number; to: number }[];

  constructor(committed: Pick<CommittedOffset, 'offset' | 'metadata'> | undefined) {
    this.#first = committed?.offset ?? 0;
    this.#ranges = [...(committed?.metadata ?? '').matchAll(/(\d+)(?:-(\d+))?/g)].map(([, from, last]) => ({
      from: Number(from),
      to: Number(last ?? from) + 1,
    }));
  }

  /** The first offset that may not have been sent. */
  get first(): number {
    return this.#first;
  }

  has(offset: number): boolean {
    return offset < this.#first || this.#ranges.some(({ from, to }) => from <= offset && offset < to);
  }

  /** How many of the letters at `from` and behind it were sent out of turn: behind one that was not. */
  behindFirst(from: number): number {
    return this.#ranges.reduce((sum, range) => sum + Math.max(0, range.to - Math.max(range.from, from)), 0);
  }

  /** Marks the letters from `from` up to, not including, `to` as sent. Ranges come in any order and do not overlap. */
  add(from: number, to: number): void {
    if (to <= this.#first) return;
    const ranges = this.#ranges;
    let at = ranges.findIndex((range) => range.to >= from);
    if (at === -1) at = ranges.length;
    let merged = { from, to };
    let count = 0;
    for (; at + count < ranges.length && ranges[at + count]!.from <= merged.to; count++)
      merged = {
        from: Math.min(merged.from, ranges[at + count]!.from),
        to: Math.max(merged.to, ranges[at + count]!.to),
      };
    ranges.splice(at, count, merged);
    while (ranges.length > 0 && ranges[0]!.from <= this.#first) this.#first = Math.max(this.#first, ranges.shift()!.to);
  }

  /** @throws SluiceError STATEMENT for more gaps than a commit can store */
  committed(): { readonly offset: number; readonly metadata: string } {
    const metadata = this.#ranges.map(({ from, to }) => (to === from + 1 ? from : `${from}-${to - 1}`)).join(',');
    if (metadata.length > METADATA_MAX)
      throw new SluiceError(
        'STATEMENT',
        `The dead letters that were sent again lie in ${this.#ranges.length} places among others that were not: that is more than can be kept account of`,
        { hint: 'Send whole stretches of them again: WHERE OFFSET BETWEEN … AND …, or all of them without WHERE.' },
      );
    return { offset: this.#first, metadata };
  }
}
