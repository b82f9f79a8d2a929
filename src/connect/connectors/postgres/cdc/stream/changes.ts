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
 * Where the stream stands: all of what was committed before `lsn`, and of the transaction that commits there the first
 * `index` changes.
 */
export interface StreamPosition {
  readonly lsn: bigint;
  readonly index: number;
}

/** Bytes between the position of a change in the log (XLogData) and the plugin's message. */
const LSN_BEFORE = 24;

const NO_BYTES = Buffer.alloc(0);

/** The change that a form is shown: one object for all. */
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

/** A change as it is put in. */
export type NewChange = Omit<Shown, 'filled' | 'lsn'>;

/**
 * A run of changes as they came: places in the buffers of the socket, of which records are made as they are asked for.
 * Numbers are those of records: a change may become several, or none.
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
  /** Records that are there already, of what is no change of a row. */
  #made: Map<number, SourceRecord> | undefined;
  /** Numbers of the records with a value that was not sent and stands in no old row. */
  readonly open: number[] = [];
  /** Texts of rows that are signals. */
  readonly signals: (readonly (string | null | undefined)[])[] = [];
  /** Bytes of the messages. */
  bytes = 0;
  /** Where to go on behind them. */
  position: StreamPosition | undefined;
  /** The server may forget what is before this; undefined where no transaction ends here. */
  end: bigint | undefined;

  get count(): number {
    return this.#ops.length;
  }
  /** When the last of them was committed, in ms since the epoch; undefined where there is none. */
  get madeAtMs(): number | undefined {
    return this.#transactions.at(-1)?.timeMs || undefined;
  }

  /** `isOpen`: a value was not sent that the form wants. */
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

  /** A record that is no change of a row. */
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
    shown.op = this.#ops[i]!;
    shown.bytes = this.#buffers[i]!;
    shown.message = this.#messages[i]!;
    shown.at = this.#places[i]!;
    shown.old = this.#olds[i]!;
    shown.isOldWhole = this.#wholes[i]!;
    shown.filled = this.#filled?.get(i);
    shown.transaction = this.#transactions[i]!;
    shown.index = this.#indexes[i]!;
    shown.order = this.#orders[i];
    return this.#forms[i]!.record(shown, this.#parts[i]!);
  }

  op(i: number): Op {
    return this.#ops[i]!;
  }
  /** Whether it is the last record of its change. */
  isLastPart(i: number): boolean {
    return this.#parts[i] === 0 ? this.#ops[i] !== OP.rekey : true;
  }
  /** undefined: it is no change of a row. */
  form(i: number): TableForm | undefined {
    return this.#forms[i];
  }
  buffer(i: number): Buffer {
    return this.#buffers[i]!;
  }
  place(i: number): number {
    return this.#places[i]!;
  }
  old(i: number): number {
    return this.#olds[i]!;
  }
  /** Whether the old row was sent whole. */
  isOldWhole(i: number): boolean {
    return this.#wholes[i]!;
  }
  xid(i: number): number {
    return this.#transactions[i]!.xid;
  }

  /** Gives record i the texts of values that were not sent, by column. */
  fill(i: number, texts: ReadonlyMap<number, string | null>): void {
    (this.#filled ??= new Map()).set(i, texts);
  }

  /** Takes records out. */
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
