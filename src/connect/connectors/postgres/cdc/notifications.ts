import type { SourceRecord } from '../../../api/record.ts';
import { fullName } from '../../database/table-names.ts';
import type { CaptureContext } from './capture-context.ts';
import type { CapturedTables } from './captured-tables.ts';
import type { Notice } from './form/record-form.ts';
import type { ReadChunk, SnapshotTable, TableProgress } from './snapshot/snapshot-table.ts';

/** The result for a table that a signal names, in Debezium's terms. */
export type ScanStatus = 'SUCCEEDED' | 'EMPTY' | 'NO_PRIMARY_KEY' | 'UNKNOWN_SCHEMA' | 'SQL_EXCEPTION';

const LIST = ',';

/** Tables that are read for the same reason. */
interface Readings {
  readonly aggregate: Notice['aggregate'];
  /** The id of the signal that requested them; undefined: each notification has a separate id. */
  readonly id: string | undefined;
  /** The names of all tables, and of those that are not read yet. */
  readonly all: string[];
  left: string[];
  readonly begun: Set<string>;
}

/**
 * Debezium's notifications about snapshots: their start, progress and end. Each is written together with the records it
 * is about. (https://debezium.io/documentation/reference/stable/configuration/notification.html, and the output of
 * version 3.6.3: test/data/debezium-records/notifications.plain.json.)
 */
export class Notifications {
  readonly #context: CaptureContext;
  readonly #tables: CapturedTables;
  readonly #write: (record: SourceRecord) => void;
  readonly #readings = new Map<string, Readings>();

  /** @param write appends a record to the next batch */
  constructor(context: CaptureContext, tables: CapturedTables, write: (record: SourceRecord) => void) {
    this.#context = context;
    this.#tables = tables;
    this.#write = write;
  }

  /** Whether notifications are enabled. */
  get areWanted(): boolean {
    return this.#context.form.notices !== undefined;
  }

  /**
   * The stream starts, with these tables to be read. @param isStart whether it is the first start since the task
   * started
   */
  begin(waiting: readonly SnapshotTable[], isStart: boolean): void {
    for (const { table, progress } of waiting) this.#readingsOf(progress, fullName(table));
    const initial = this.#readings.get('initial');
    if (initial !== undefined) this.#report(initial, 'STARTED', {});
    else if (isStart) this.#send({ id: undefined, aggregate: 'Initial Snapshot', type: 'SKIPPED', data: {} });
  }

  /** A signal requests a snapshot of tables. @param refused tables that cannot be read, with the reason */
  asked(
    id: string,
    kind: 'incremental' | 'blocking',
    names: readonly string[],
    refused: ReadonlyMap<string, ScanStatus>,
  ): void {
    const progress = { asked: kind, signal: id };
    for (const name of [...names, ...refused.keys()]) this.#readingsOf(progress, name);
    const readings = this.#readings.get(keyOf(progress));
    if (readings === undefined) return;
    const list = readings.left.join(LIST);
    this.#report(readings, 'STARTED', kind === 'incremental' ? { data_collections: list } : {});
    for (const [name, status] of refused) this.#scanned(readings, name, 0, status);
  }

  /** A signal pauses, resumes or aborts the snapshots of these tables. */
  changed(type: 'PAUSED' | 'RESUMED' | 'ABORTED', changed: ReadonlyMap<string, TableProgress>, isAll: boolean): void {
    for (const [key, readings] of this.#readings) {
      if (readings.aggregate !== 'Incremental Snapshot') continue;
      const names = readings.left.filter((name) => keyOf(changed.get(name)) === key);
      if (names.length === 0) continue;
      if (type !== 'ABORTED') {
        this.#report(readings, type, { data_collections: names.join(LIST) });
        continue;
      }
      readings.left = readings.left.filter((name) => !names.includes(name));
      // Debezium sends them in this order.
      if (!isAll) this.#report(readings, type, { data_collections: names.join(LIST) });
      this.#end(key, readings);
      if (isAll) this.#report({ ...readings, id: undefined }, type, { data_collections: names.join(LIST) });
    }
  }

  /** A chunk is about to be written. */
  wrote({ table, progress, lastKey }: ReadChunk): void {
    const name = fullName(table.table);
    const readings = this.#readingsOf(progress, name);
    const isLast = progress.state === 'done';
    const now = { current_collection_in_progress: name };
    if (readings.aggregate === 'Initial Snapshot') {
      if (!readings.begun.has(name))
        this.#report(readings, 'IN_PROGRESS', { ...now, data_collections: readings.all.join(LIST) });
      readings.begun.add(name);
    } else if (lastKey !== undefined)
      this.#report(readings, 'IN_PROGRESS', {
        ...now,
        data_collections: readings.left.join(LIST),
        maximum_key: (table.maximumKey ?? []).join(LIST),
        last_processed_key: lastKey.join(LIST),
      });
    if (!isLast) return;
    const isEmpty = readings.aggregate === 'Incremental Snapshot' && progress.rows === 0;
    this.#scanned(readings, name, progress.rows, isEmpty ? 'EMPTY' : 'SUCCEEDED');
  }

  #scanned(readings: Readings, name: string, rows: number, status: ScanStatus): void {
    const key = [...this.#readings].find(([, one]) => one === readings)?.[0];
    this.#report(readings, 'TABLE_SCAN_COMPLETED', {
      scanned_collection: name,
      total_rows_scanned: String(rows),
      status,
      data_collections: this.#scope(key, readings).join(LIST),
    });
    readings.left = readings.left.filter((one) => one !== name);
    if (key !== undefined) this.#end(key, readings);
  }

  /** For the initial snapshot, Debezium lists all captured tables, including the signal table, which is not read. */
  #scope(key: string | undefined, { aggregate, all, left }: Readings): readonly string[] {
    if (aggregate === 'Incremental Snapshot') return left;
    return key === 'initial' ? [...this.#tables.all()].map(({ table }) => fullName(table)) : all;
  }

  #end(key: string, readings: Readings): void {
    if (readings.left.length > 0) return;
    this.#readings.delete(key);
    this.#report(readings, 'COMPLETED', {});
  }

  /** The group of readings that a table belongs to. */
  #readingsOf(progress: Asked, name: string): Readings {
    const key = keyOf(progress);
    let readings = this.#readings.get(key);
    if (readings === undefined) {
      const isIncremental = progress.asked === 'incremental';
      readings = {
        aggregate: isIncremental ? 'Incremental Snapshot' : 'Initial Snapshot',
        id: isIncremental ? (progress.signal ?? '') : undefined,
        all: [],
        left: [],
        begun: new Set(),
      };
      this.#readings.set(key, readings);
    }
    if (!readings.all.includes(name)) readings.all.push(name);
    if (!readings.left.includes(name)) readings.left.push(name);
    return readings;
  }

  #report({ id, aggregate }: Readings, type: Notice['type'], data: Notice['data']): void {
    this.#send({ id, aggregate, type, data });
  }

  #send(notice: Omit<Notice, 'id'> & { readonly id: string | undefined }): void {
    const { form, task } = this.#context;
    if (form.notices === undefined) return;
    const whole: Notice = { ...notice, id: notice.id ?? task.env.random.uuid() };
    if (form.notices.areLogged) task.env.logger.info(`${whole.aggregate}: ${whole.type}`, whole.data);
    const record = form.notices.record?.(whole);
    if (record !== undefined) this.#write(record);
  }
}

type Asked = Pick<TableProgress, 'asked' | 'signal'>;

const keyOf = (progress: Asked | undefined): string =>
  progress === undefined
    ? ''
    : progress.asked === undefined
      ? 'initial'
      : progress.asked === 'blocking'
        ? 'blocking'
        : `signal ${progress.signal ?? ''}`;
