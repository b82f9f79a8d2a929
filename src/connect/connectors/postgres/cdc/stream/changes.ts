import { must } from '../../../../../base/assert.ts';
import type { SourceRecord } from '../../../../api/record.ts';
import {
  OP,
  type Change,
  type Op,
  type TableForm,
  type Transaction,
  type TransactionOrder,
} from '../form/record-form.ts';

/**
 * A position of the stream: includes everything that was committed before `lsn`, and the first `index` changes of the
 * transaction whose commit is at `lsn`.
 */
export interface StreamPosition {
  readonly lsn: bigint;
  readonly index: number;
}

/** Bytes between the WAL position of a change (XLogData) and the plugin's message. */
const LSN_BEFORE = 24;

const NO_BYTES = Buffer.alloc(0);

/** The change that is passed to a form: one object is reused for all. */
class Shown implements Change {
  op: Op = 0;
  bytes!: Buffer;
  at = -1;
  old = -1;
  isOldWhole = false;
  filled: ReadonlyMap<number, string | null> | undefined;
  transaction!: Transaction;
  index = 0;
  order: TransactionOrder | undefined;
  message = 0;

  get lsn(): bigint {
    return this.bytes.readBigUInt64BE(this.message - LSN_BEFORE);
  }
}

/** A change to be added. */
export type NewChange = Omit<Shown, 'filled' | 'lsn'>;

/**
 * A batch of changes as received: positions in the buffers of the socket, from which records are created on demand.
 * Numbers are those of records: a change may result in several records, or none.
 */
export class Changes {
  readonly #ops: Op[] = [];
  readonly #parts: number[] = [];
  readonly #forms: (TableForm | undefined)[] = [];
  readonly #buffers: Buffer[] = [];
  readonly #messages: number[] = [];
  readonly #places: number[] = [];
  readonly #olds: number[] = [];
  readonly #wholes: boolean[] = [];
  readonly #transactions: Transaction[] = [];
  readonly #indexes: number[] = [];
  readonly #shown = new Shown();
  readonly #orders: (TransactionOrder | undefined)[] = [];
  #filled: Map<number, ReadonlyMap<number, string | null>> | undefined;
  /** Records that already exist, because they are not changes of rows. */
  #made: Map<number, SourceRecord> | undefined;
  /** Numbers of the records with a value that was neither sent nor in the old row. */
  readonly open: number[] = [];
  /** Texts of rows that are signals. */
  readonly signals: (readonly (string | null | undefined)[])[] = [];
  /** The total size of the messages. */
  bytes = 0;
  /** The position at which to continue after them. */
  position: StreamPosition | undefined;
  /** The server may discard the WAL before this position; undefined if no transaction ends here. */
  end: bigint | undefined;

  get count(): number {
    return this.#ops.length;
  }
  /** When the last of them was committed, in ms since the epoch; undefined if not known. */
  get madeAtMs(): number | undefined {
    return this.#transactions.at(-1)?.timeMs || undefined;
  }

  /** @param isOpen whether a value that the form needs was not sent */
  add(form: TableForm, change: NewChange, isOpen: boolean): void {
    const count = form.count(change);
    for (let part = 0; part < count; part++) {
      this.#ops.push(change.op);
      this.#parts.push(part);
      this.#forms.push(form);
      this.#buffers.push(change.bytes);
      this.#messages.push(change.message);
      this.#places.push(change.at);
      this.#olds.push(change.old);
      this.#wholes.push(change.isOldWhole);
      this.#transactions.push(change.transaction);
      this.#indexes.push(change.index);
      this.#orders.push(change.order);
    }
    if (isOpen && count > 0) this.open.push(this.#ops.length - 1);
  }

  /** Adds a record that is not a change of a row. */
  addMade(record: SourceRecord, transaction: Transaction): void {
    (this.#made ??= new Map()).set(this.#ops.length, record);
    this.#ops.push(OP.insert);
    this.#parts.push(0);
    this.#forms.push(undefined);
    this.#buffers.push(NO_BYTES);
    this.#messages.push(0);
    this.#places.push(-1);
    this.#olds.push(-1);
    this.#wholes.push(false);
    this.#transactions.push(transaction);
    this.#indexes.push(0);
    this.#orders.push(undefined);
  }

  record(i: number): SourceRecord {
    const made = this.#made?.get(i);
    if (made !== undefined) return made;
    const shown = this.#shown;
    shown.op = must(this.#ops[i], 'operation');
    shown.bytes = must(this.#buffers[i], 'buffer');
    shown.message = must(this.#messages[i], 'message');
    shown.at = must(this.#places[i], 'place');
    shown.old = must(this.#olds[i], 'old row');
    shown.isOldWhole = must(this.#wholes[i], 'completeness');
    shown.filled = this.#filled?.get(i);
    shown.transaction = must(this.#transactions[i], 'transaction');
    shown.index = must(this.#indexes[i], 'index');
    shown.order = this.#orders[i];
    return must(this.#forms[i], 'form').record(shown, must(this.#parts[i], 'part'));
  }

  op(i: number): Op {
    return must(this.#ops[i], 'operation');
  }
  /** Whether it is the last record of its change. */
  isLastPart(i: number): boolean {
    return this.#parts[i] === 0 ? this.#ops[i] !== OP.rekey : true;
  }
  /** undefined: the record is not a change of a row. */
  form(i: number): TableForm | undefined {
    return this.#forms[i];
  }
  buffer(i: number): Buffer {
    return must(this.#buffers[i], 'buffer');
  }
  place(i: number): number {
    return must(this.#places[i], 'place');
  }
  old(i: number): number {
    return must(this.#olds[i], 'old row');
  }
  /** Whether the complete old row was sent. */
  isOldWhole(i: number): boolean {
    return must(this.#wholes[i], 'completeness');
  }
  xid(i: number): number {
    return must(this.#transactions[i], 'transaction').xid;
  }

  /** Sets the texts of the values that were not sent for record i, by column. */
  fill(i: number, texts: ReadonlyMap<number, string | null>): void {
    (this.#filled ??= new Map()).set(i, texts);
  }

  /** Removes records. */
  remove(numbers: ReadonlySet<number>): void {
    if (numbers.size === 0) return;
    const lists: unknown[][] = [
      this.#ops,
      this.#parts,
      this.#forms,
      this.#buffers,
      this.#messages,
      this.#places,
      this.#olds,
      this.#wholes,
      this.#transactions,
      this.#indexes,
      this.#orders,
    ];
    let to = 0;
    const [filled, made] = [this.#filled, this.#made];
    this.#filled = filled && new Map();
    this.#made = made && new Map();
    for (let i = 0; i < this.count; i++) {
      if (numbers.has(i)) continue;
      const texts = filled?.get(i);
      if (texts !== undefined) this.#filled!.set(to, texts);
      const record = made?.get(i);
      if (record !== undefined) this.#made!.set(to, record);
      for (const list of lists) list[to] = list[i];
      to++;
    }
    for (const list of lists) list.length = to;
  }
}
