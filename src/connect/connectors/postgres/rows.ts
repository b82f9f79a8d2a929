import { must } from '../../../base/assert.ts';
import type { Rows, TextRow } from '../database/dialect.ts';

const HEADER_BYTES = 5;

/**
 * Rows as received: DataRow messages of Postgres' protocol inside the buffers of the socket. Each consists of a byte
 * `D`, the length of the remainder (int32), the number of fields (int16), and for each field its length (int32, -1 for
 * NULL) and its text.
 */
export class WireRows implements Rows {
  readonly #buffers: Buffer[] = [];
  readonly #starts: number[] = [];

  get length(): number {
    return this.#starts.length;
  }

  /** The total size of all messages, in bytes. */
  get bytes(): number {
    let sum = 0;
    for (let i = 0; i < this.#starts.length; i++)
      sum += 1 + must(this.#buffers[i], 'buffer').readInt32BE(must(this.#starts[i], 'start') - 4);
    return sum;
  }

  /** @param at the position of the first byte of the message */
  add(buffer: Buffer, at: number): void {
    this.#buffers.push(buffer);
    this.#starts.push(at + HEADER_BYTES);
  }

  append(other: WireRows): void {
    for (let i = 0; i < other.#starts.length; i++) {
      this.#buffers.push(must(other.#buffers[i], 'buffer'));
      this.#starts.push(must(other.#starts[i], 'start'));
    }
  }

  split(at: number): WireRows {
    const rest = new WireRows();
    for (let i = at; i < this.#starts.length; i++) {
      rest.#buffers.push(must(this.#buffers[i], 'buffer'));
      rest.#starts.push(must(this.#starts[i], 'start'));
    }
    this.#buffers.length = at;
    this.#starts.length = at;
    return rest;
  }

  buffer(i: number): Buffer {
    return must(this.#buffers[i], 'buffer');
  }
  /** The position of the number of fields in row `i`. */
  start(i: number): number {
    return must(this.#starts[i], 'start');
  }

  text(i: number): TextRow {
    const buffer = must(this.#buffers[i], 'buffer');
    let at = must(this.#starts[i], 'start');
    const count = buffer.readInt16BE(at);
    at += 2;
    const row: (string | null)[] = [];
    for (let field = 0; field < count; field++) {
      const length = buffer.readInt32BE(at);
      at += 4;
      if (length < 0) row.push(null);
      else {
        row.push(buffer.toString('utf8', at, at + length));
        at += length;
      }
    }
    return row;
  }
}
