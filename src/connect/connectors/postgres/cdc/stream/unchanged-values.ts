import { quotedName } from '../../../database/table-names.ts';
import { quoteIdentifier, type Client } from '../../connection.ts';
import { codeOf } from '../../errors.ts';
import type { Changes } from './changes.ts';
import { textsOf } from './pgoutput.ts';
import type { TableForm } from '../form/record-form.ts';
import { keyOfTexts } from './tuple-key.ts';
import { Snapshot } from '../snapshot/visibility.ts';

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

/**
 * Completes rows with values that Postgres did not send: those of an update that left a value alone which is stored
 * apart (TOAST), where no old row was sent either. The row as it stands now has them, if it is this version: its other
 * columns are what the change says, and no other transaction that has come wrote it (`xmin`). Else a later change of
 * the row is on its way, and this one is left out: the topic's last value stays until then.
 *
 * A version that a savepoint's transaction wrote has a number of its own, which the stream does not tell: it is
 * believed by its columns. So a value can be newer than its change only where a later change, of these values alone,
 * was committed and has not come yet; its record follows.
 */
export async function completeValues(client: Client, changes: Changes, around: Around): Promise<void> {
  if (changes.open.length === 0) return;
  await visible(client, changes.openXids, around.signal);
  const gone = new Set<number>();
  const byForm = new Map<TableForm, number[]>();
  for (const i of changes.open) {
    const form = changes.form(i);
    const list = byForm.get(form);
    if (list === undefined) byForm.set(form, [i]);
    else list.push(i);
  }
  for (const [form, numbers] of byForm)
    for (let from = 0; from < numbers.length; from += ASK_ROWS)
      await completeSome(client, changes, { form, numbers: numbers.slice(from, from + ASK_ROWS) }, around, gone);
  changes.remove(gone);
}

/**
 * Waits until the transactions are seen by queries. A commit is in the log, and with whoever reads it, a moment before
 * that: asked then, the row would be the one before the change. @throws the signal's reason
 */
async function visible(client: Client, xids: ReadonlySet<number>, signal: AbortSignal): Promise<void> {
  for (;;) {
    signal.throwIfAborted();
    const { rows } = await client.query<{ snapshot: string }>('SELECT pg_current_snapshot()::text AS snapshot');
    const snapshot = Snapshot.parse(rows[0]!.snapshot);
    if ([...xids].every((xid) => snapshot.sees(xid))) return;
    await client.query('SELECT pg_sleep(0.001)');
  }
}

async function completeSome(
  client: Client,
  changes: Changes,
  { form, numbers }: { readonly form: TableForm; readonly numbers: readonly number[] },
  { hasCome }: Around,
  gone: Set<number>,
): Promise<void> {
  const { keyAt, fields } = form;
  const sent = numbers.map((i) => {
    const texts = textsOf(changes.buffer(i), changes.place(i));
    const old = changes.old(i) === -1 ? [] : textsOf(changes.buffer(i), changes.old(i));
    return texts.map((text, f) => (text === undefined && keyAt.includes(f) ? old[f] : text));
  });
  const now = await rowsNow(
    client,
    form,
    sent.map((texts) => keyAt.map((f) => texts[f] ?? null)),
  );
  for (const [n, i] of numbers.entries()) {
    const texts = sent[n]!;
    const row = now.get(keyOfTexts(keyAt.map((f) => texts[f] ?? '')));
    const writer = Number(row?.[WRITER]);
    const isThis =
      row !== undefined &&
      (writer === changes.xid(i) || !hasCome(writer)) &&
      texts.every((text, f) => text === undefined || !(fields[f]!.name in row) || row[fields[f]!.name] === text);
    if (!isThis) {
      gone.add(i);
      continue;
    }
    const filled = new Map<number, string | null>();
    for (const [f, text] of texts.entries()) if (text === undefined) filled.set(f, row[fields[f]!.name] ?? null);
    changes.fill(i, filled);
  }
}

/** The rows of some keys, texts by column. */
async function rowsNow(
  client: Client,
  form: TableForm,
  keys: readonly (readonly (string | null)[])[],
): Promise<ReadonlyMap<string, Readonly<Record<string, string | null>>>> {
  const { keyAt, fields, info } = form;
  const columns = keyAt.map((f) => quoteIdentifier(fields[f]!.name)).join(', ');
  const values: (string | null)[] = [];
  const tuples = keys.map((key) => `(${key.map((text) => `$${values.push(text)}`).join(', ')})`).join(', ');
  try {
    const { rows } = await client.query<Record<string, string | null>>(
      `SELECT *, xmin::text AS ${quoteIdentifier(WRITER)} FROM ${quotedName({ quote: quoteIdentifier }, info)} WHERE (${columns}) IN (${tuples})`,
      values,
    );
    return new Map(rows.map((row) => [keyOfTexts(keyAt.map((f) => row[fields[f]!.name] ?? '')), row]));
  } catch (error) {
    if (codeOf(error) === UNDEFINED_TABLE) return new Map();
    throw error;
  }
}
