import { assert, must } from '../../../../../base/assert.ts';
import type { TableName } from '../../../database/dialect.ts';
import { quotedName } from '../../../database/table-names.ts';
import { quoteIdentifier, type Client } from '../../connection.ts';
import { codeOf } from '../../errors.ts';
import { OP, type TableForm } from '../form/record-form.ts';
import { Snapshot } from '../snapshot/visibility.ts';
import type { Changes } from './changes.ts';
import { LastValues } from './last-values.ts';
import { textsOf } from './pgoutput.ts';
import { keyOfTexts } from './tuple-key.ts';

/** Rows per query: their keys are parameters, and a statement can have 65,535. */
const ASK_ROWS = 1000;
const UNDEFINED_TABLE = '42P01';
/** The alias of the transaction that wrote a row version. */
const WRITER = 'sluice xmin';

interface Around {
  readonly signal: AbortSignal;
  /** Whether the stream has delivered this transaction, among the last few thousand. */
  hasCome(xid: number): boolean;
}

/** A row whose last change was omitted, and for which it is not known whether a later one will follow. */
export interface RowToRead {
  readonly table: TableName;
  /** The texts of its key. */
  readonly key: readonly string[];
}

type Texts = (string | null | undefined)[];

/** The version of a row after a change. */
interface Version {
  /** Number of the change's record. */
  readonly record: number;
  /** undefined: the value was not sent. */
  readonly sent: Readonly<Texts>;
  /** The texts, with known values filled in for those that were not sent. */
  readonly known: Texts;
}

/** The versions of one row in a batch of changes. */
interface Row {
  readonly name: string;
  readonly form: TableForm;
  readonly versions: Version[];
  key: readonly string[];
  isGone: boolean;
}

/** A table for which a value was not sent. */
interface Seen {
  readonly id: number;
  /** Columns whose values have been missing at some time. */
  readonly columns: Set<number>;
}

/** The current row of a key in the database. */
interface Now {
  readonly texts: Readonly<Record<string, string | null>>;
  readonly writer: number;
  /** Whether its column types differ from those of the changes. */
  readonly isRetyped: boolean;
}

/**
 * Completes rows with values that Postgres did not send: those of an update that did not change a value which is stored
 * out of line (TOAST), if no old row was sent either. A value is never newer than its change. The sources are, in this
 * order:
 *
 * 1. The value of an earlier change of the row, from the same batch of changes or from the most recently used ones
 *    (`LastValues`). That change contains the value, and this one shows that it did not change.
 * 2. The current row in the database, if the transaction of its last change here wrote it (`xmin`) and its other
 *    columns equal that change: it has not changed since. Earlier changes that did not send the value had the same
 *    value.
 * 3. Neither: the change is omitted, and the row's last value in the topic remains. If the current row differs, a later
 *    change of it will follow. If it looks the same but another transaction wrote it, that may be a subtransaction
 *    (savepoint) of the same transaction, which the stream does not show, or a later transaction: the row must be read
 *    again, beside the stream.
 *
 * If a transaction is split into several batches (larger than a piece), rule 2 may use the value that a later statement
 * of the same transaction gave the row, if that changed nothing else: no reader of the database saw one without the
 * other.
 */
export class UnchangedValues {
  readonly #last: LastValues;
  #seen = new WeakMap<TableForm, Seen>();
  #tables = 0;

  constructor(last = new LastValues()) {
    this.#last = last;
  }

  /** Rows have changed without individual changes (TRUNCATE). */
  forget(): void {
    this.#last.clear();
  }

  /**
   * Fills in values that were not sent, and removes changes for which this is impossible. Returns the rows that must be
   * read again. @throws the signal's reason
   */
  async complete(client: Client, changes: Changes, around: Around): Promise<readonly RowToRead[]> {
    for (const i of changes.open) this.#see(changes.form(i)!);
    if (this.#tables === 0) return [];
    const rows = this.#rowsOf(changes);
    const asked = rows.filter((row) => !row.isGone && row.versions.some(isOpen));
    const again: RowToRead[] = [];
    if (asked.length > 0) {
      await visible(client, new Set(asked.map((row) => changes.xid(row.versions.at(-1)!.record))), around.signal);
      for (const [form, some] of byForm(asked))
        for (let from = 0; from < some.length; from += ASK_ROWS)
          again.push(...(await this.#ask(client, changes, form, some.slice(from, from + ASK_ROWS), around)));
    }
    const gone = new Set<number>();
    for (const row of rows) {
      this.#keep(row);
      for (const version of row.versions) {
        if (isOpen(version)) gone.add(version.record);
        else if (version.sent.includes(undefined)) changes.fill(version.record, filledOf(version));
      }
    }
    changes.remove(gone);
    return again;
  }

  #see(form: TableForm): Seen {
    let seen = this.#seen.get(form);
    if (seen === undefined) {
      seen = { id: this.#tables++, columns: new Set() };
      this.#seen.set(form, seen);
    }
    return seen;
  }

  /** The rows of tables for which values were not sent, with the values from earlier changes. */
  #rowsOf(changes: Changes): readonly Row[] {
    const found: Row[] = [];
    const current = new Map<string, Row>();
    const { count } = changes;
    for (let i = 0; i < count; i++) {
      const form = changes.form(i);
      const seen = form && this.#seen.get(form);
      if (form === undefined || seen === undefined || !changes.isLastPart(i)) continue;
      const op = changes.op(i);
      const bytes = changes.buffer(i);
      const old = changes.old(i) === -1 ? undefined : textsOf(bytes, changes.old(i));
      const name = (texts: readonly string[]): string => `${seen.id} ${keyOfTexts(texts)}`;
      if (op === OP.delete) {
        const gone = name(form.keyAt.map((f) => old![f] ?? ''));
        const row = current.get(gone);
        if (row !== undefined) row.isGone = true;
        current.delete(gone);
        this.#last.delete(gone);
        continue;
      }
      const sent: Texts = textsOf(bytes, changes.place(i));
      // An old row that is not complete is valid only in its key.
      for (const f of changes.isOldWhole(i) ? sent.keys() : form.keyAt) sent[f] ??= old?.[f];
      const key = form.keyAt.map((f) => sent[f] ?? '');
      const now = name(key);
      const before = op === OP.rekey ? name(form.keyAt.map((f) => old![f] ?? '')) : now;
      let row = op === OP.insert ? undefined : current.get(before);
      const last = row?.versions.at(-1)?.known;
      const kept = row === undefined && op !== OP.insert ? this.#last.get(before) : undefined;
      const known = sent.map((text, f) => (text === undefined ? (last?.[f] ?? kept?.get(f)) : text));
      if (before !== now) {
        current.delete(before);
        this.#last.delete(before);
      }
      if (row === undefined || row.name !== now) {
        row = { name: now, form, versions: row?.versions ?? [], key, isGone: false };
        // The row with the old key continues as this one.
        const at = found.findIndex((r) => r.versions === row!.versions);
        if (at === -1) found.push(row);
        else found[at] = row;
        current.set(now, row);
      }
      row.versions.push({ record: i, sent, known });
      for (const [f, text] of sent.entries()) if (text === undefined) seen.columns.add(f);
    }
    return found;
  }

  /** Looks up rows in the database. Returns those that must be read again. */
  async #ask(
    client: Client,
    changes: Changes,
    form: TableForm,
    rows: readonly Row[],
    { hasCome }: Around,
  ): Promise<readonly RowToRead[]> {
    const { fields, info } = form;
    const now = await rowsNow(client, form, rows);
    const again: RowToRead[] = [];
    for (const { key, versions } of rows) {
      const row = now.get(keyOfTexts(key));
      // Deleted since, or its key has changed: that change will follow.
      if (row === undefined) continue;
      const { record, sent } = versions.at(-1)!;
      const isSame = sent.every((text, f) => {
        const { name } = must(fields[f], 'field');
        return text === undefined ? name in row.texts : !(name in row.texts) || row.texts[name] === text;
      });
      if (isSame && !row.isRetyped && row.writer === changes.xid(record)) {
        fillBackwards(
          versions,
          fields.map((f) => row.texts[f.name]),
        );
        continue;
      }
      if (row.isRetyped || (isSame && !hasCome(row.writer))) again.push({ table: info, key });
    }
    return again;
  }

  /** Keeps the values of a row's last change for columns whose values are not always sent. */
  #keep({ name, form, versions, isGone }: Row): void {
    if (isGone) return;
    const { known } = versions.at(-1)!;
    this.#last.set(
      name,
      [...this.#seen.get(form)!.columns].map((f) => [f, known[f]] as const),
    );
  }
}

const isOpen = ({ known }: Version): boolean => known.includes(undefined);

function filledOf({ sent, known }: Version): ReadonlyMap<number, string | null> {
  const filled = new Map<number, string | null>();
  for (const [f, text] of sent.entries()) {
    if (text !== undefined) continue;
    const value = known[f];
    assert(value !== undefined, 'what was not sent has been looked up');
    filled.set(f, value);
  }
  return filled;
}

/** A value that a change did not send was the same before it. @param now the values after the last change */
function fillBackwards(versions: readonly Version[], now: readonly (string | null | undefined)[]): void {
  for (let f = 0; f < now.length; f++) {
    for (let n = versions.length - 1; n >= 0; n--) {
      const { sent, known } = versions[n]!;
      if (sent[f] !== undefined) break;
      known[f] ??= now[f];
    }
  }
}

function byForm(rows: readonly Row[]): ReadonlyMap<TableForm, readonly Row[]> {
  const found = new Map<TableForm, Row[]>();
  for (const row of rows) {
    const list = found.get(row.form);
    if (list === undefined) found.set(row.form, [row]);
    else list.push(row);
  }
  return found;
}

/**
 * Waits until the transactions are visible to queries. A commit is in the WAL, and may be received by readers of the
 * WAL, shortly before it is visible: until then a query would return the row before the change. @throws the signal's
 * reason
 */
async function visible(client: Client, xids: ReadonlySet<number>, signal: AbortSignal): Promise<void> {
  for (;;) {
    signal.throwIfAborted();
    const { rows } = await client.query<{ snapshot: string }>('SELECT pg_current_snapshot()::text AS snapshot');
    const snapshot = Snapshot.parse(must(rows[0], 'row').snapshot);
    // A standby sends only what it has replayed, so it is already visible.
    if ([...xids].every((xid) => snapshot.sees({ xid, lsn: 0n }))) return;
    await client.query('SELECT pg_sleep(0.001)');
  }
}

/** The current rows, by key. */
async function rowsNow(client: Client, form: TableForm, asked: readonly Row[]): Promise<ReadonlyMap<string, Now>> {
  const { keyAt, fields, info } = form;
  const columns = keyAt.map((f) => quoteIdentifier(must(fields[f], 'field').name)).join(', ');
  const values: string[] = [];
  const tuples = asked.map(({ key }) => `(${key.map((text) => `$${values.push(text)}`).join(', ')})`).join(', ');
  try {
    const { rows, fields: found } = await client.query<Record<string, string | null>>(
      `SELECT *, xmin::text AS ${quoteIdentifier(WRITER)} FROM ${quotedName({ quote: quoteIdentifier }, info)} WHERE (${columns}) IN (${tuples})`,
      values,
    );
    const types = new Map(found.map((f) => [f.name, f.dataTypeID]));
    // For a domain, a query result contains the base type, as do the fields.
    const isRetyped = fields.some((f) => types.has(f.name) && types.get(f.name) !== f.oid);
    return new Map(
      rows.map((texts) => [
        keyOfTexts(keyAt.map((f) => texts[must(fields[f], 'field').name] ?? '')),
        { texts, writer: Number(texts[WRITER]), isRetyped },
      ]),
    );
  } catch (error) {
    if (codeOf(error) === UNDEFINED_TABLE) return new Map();
    throw error;
  }
}
