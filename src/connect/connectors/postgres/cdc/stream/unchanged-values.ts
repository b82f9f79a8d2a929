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

/** Rows that are asked for at a time: their keys are parameters, of which a statement has 65,535. */
const ASK_ROWS = 1000;
const UNDEFINED_TABLE = '42P01';
/** Under this name the transaction that wrote a row's version. */
const WRITER = 'sluice xmin';

interface Around {
  readonly signal: AbortSignal;
  /** Whether the stream has brought this transaction, among the last some thousands. */
  hasCome(xid: number): boolean;
}

/** A row whose last change was left out, and of which it is not known that a later one comes. */
export interface RowToRead {
  readonly table: TableName;
  /** Texts of its key. */
  readonly key: readonly string[];
}

type Texts = (string | null | undefined)[];

/** A row as one change of it left it. */
interface Version {
  /** Number of the change's record. */
  readonly record: number;
  /** undefined: it was not sent. */
  readonly sent: Readonly<Texts>;
  /** The texts, with known values filled in for those that were not sent. */
  readonly known: Texts;
}

/** What becomes of one row in a run of changes. */
interface Row {
  readonly name: string;
  readonly form: TableForm;
  readonly versions: Version[];
  key: readonly string[];
  isGone: boolean;
}

/** A table of which a value was not sent. */
interface Seen {
  readonly id: number;
  /** Columns whose values were not sent, at some time. */
  readonly columns: Set<number>;
}

/** The row of a key as the database has it now. */
interface Now {
  readonly texts: Readonly<Record<string, string | null>>;
  readonly writer: number;
  /** Its columns have other types than those of the changes. */
  readonly isRetyped: boolean;
}

/**
 * Completes rows with values that Postgres did not send: those of an update that left a value alone which is stored
 * apart (TOAST), where no old row was sent either. Never with a value that is newer than its change. In this order:
 *
 * 1. What an earlier change of the row brought: of the same run of changes, or of those that were used last
 *    (`LastValues`). Such a change says what the value was, and this one that it stayed.
 * 2. The row as the database has it now, if the transaction of its last change here wrote it (`xmin`) and its other
 *    columns are what that says: nothing has changed it since. The changes before it that did not send the value had
 *    the same.
 * 3. Neither: the change is left out, and the topic's last value of the row stays. A later change of the row is on its
 *    way where the row is another by now. Where it looks the same and another transaction wrote it, that may be one of
 *    a savepoint of the same, which the stream does not tell, or a later one: the row is to be read again, beside the
 *    stream.
 *
 * Of a transaction that comes in several runs (larger than a piece) rule 2 may take the value that a later statement of
 * the same transaction gave the row, if that changed nothing else: no reader of the database saw one without the other.
 */
export class UnchangedValues {
  readonly #last: LastValues;
  #seen = new WeakMap<TableForm, Seen>();
  #tables = 0;

  constructor(last = new LastValues()) {
    this.#last = last;
  }

  /** Rows have changed that no change told of (TRUNCATE). */
  forget(): void {
    this.#last.clear();
  }

  /** Fills what is not sent in, takes changes out for which that cannot be done. @throws the signal's reason */
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

  /** The rows of tables of which values were not sent, with what earlier changes say of them. */
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
      // Of an old row that is not whole the key alone is true.
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
        // The row of another key goes on as this one.
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

  /** Looks rows up. Those that are to be read again. */
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
      // Deleted since, or of another key: that is on its way.
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

  /** What the last change of a row says of columns whose values are not always sent. */
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

/** A value that a change did not send was the same before it. `now`: after the last one. */
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
 * Waits until the transactions are seen by queries. A commit is in the log, and with whoever reads it, a moment before
 * that: asked then, the row would be the one before the change. @throws the signal's reason
 */
async function visible(client: Client, xids: ReadonlySet<number>, signal: AbortSignal): Promise<void> {
  for (;;) {
    signal.throwIfAborted();
    const { rows } = await client.query<{ snapshot: string }>('SELECT pg_current_snapshot()::text AS snapshot');
    const snapshot = Snapshot.parse(must(rows[0], 'row').snapshot);
    // A standby sends what it has replayed, so that is seen.
    if ([...xids].every((xid) => snapshot.sees({ xid, lsn: 0n }))) return;
    await client.query('SELECT pg_sleep(0.001)');
  }
}

/** The rows as they are, by key. */
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
    // Of a domain a result has the type that it is made of, as the fields have.
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
