import type { OffsetMap } from '../../../../api/record.ts';
import { fullName } from '../../../database/table-names.ts';
import type { CaptureContext } from '../capture-context.ts';
import type { Captured, CapturedTables } from '../captured-tables.ts';
import { NamePattern } from '../../../../../base/regex/name-pattern.ts';
import { POSTGRES_ERRORS } from '../../errors.ts';
import { PostgresConnection, type Client } from '../../connection.ts';
import { nameOf } from '../snapshot/chunk-reading.ts';
import type { Notifications, ScanStatus } from '../notifications.ts';
import { progressOf, progressOffset } from '../offsets.ts';
import type { TableProgress } from '../snapshot/snapshot-table.ts';

/** The texts of a signal's first three columns: id, type, data. */
export type SignalRow = readonly (string | null | undefined)[];

/** What signals request, to be committed with the stream position after them. */
export interface Asked {
  readonly offsets: ReadonlyMap<OffsetMap, OffsetMap>;
  /** Tables that are to be read from now on. */
  readonly tables: ReadonlyMap<Captured, TableProgress>;
  /** Whether a running snapshot must be paused, ended or restarted: the stream is reopened for that. */
  readonly needsReopening: boolean;
}

interface Data {
  readonly 'data-collections'?: readonly string[];
  readonly type?: string;
  readonly 'additional-conditions'?: readonly { readonly 'data-collection': string; readonly filter: string }[];
  readonly 'surrogate-key'?: string;
  readonly message?: string;
}

/** A signal with its description. */
interface Named {
  readonly id: string;
  readonly type: string;
  /** The description in messages to users. */
  readonly signal: string;
}

/**
 * Debezium's signals: rows inserted into a table of the database (`signal.data.collection`), which arrive through the
 * stream like all others. Each is executed once: what it changes is committed with the position after it.
 */
export class Signals {
  readonly #context: CaptureContext;
  readonly #tables: CapturedTables;
  readonly #notices: Notifications;

  constructor(context: CaptureContext, tables: CapturedTables, notices: Notifications) {
    this.#context = context;
    this.#tables = tables;
    this.#notices = notices;
  }

  /** @param client used to check conditions */
  async ask(client: Client, rows: readonly SignalRow[]): Promise<Asked> {
    const pending = new Pending(this.#context);
    for (const [id, type, text] of rows) {
      const signal = `Signal ${id ?? ''} (${type ?? ''})`;
      // The connector continues whatever the table contains.
      try {
        await this.#one(client, { id: id ?? '', signal, type: type ?? '' }, dataOf(text), pending);
      } catch (error) {
        this.#context.task.remark(`${signal} is left out: ${POSTGRES_ERRORS.reasonOf(error)}`);
      }
    }
    return pending.asked();
  }

  async #one(client: Client, { id, signal, type }: Named, data: Data, pending: Pending): Promise<void> {
    const { task } = this.#context;
    switch (type) {
      case 'log':
        task.env.logger.info(`${signal}: ${data.message ?? ''}`);
        break;
      case 'execute-snapshot':
        await this.#execute(client, { id, signal, type }, data, pending);
        break;
      case 'pause-snapshot':
      case 'resume-snapshot':
      case 'stop-snapshot':
        this.#change({ id, signal, type }, data, pending);
        break;
      case 'snapshot-window-open':
      case 'snapshot-window-close':
        // Written by a Java connector that reads the same table.
        break;
      default:
        task.remark(
          `${signal} is left out: signals are execute-snapshot, pause-snapshot, resume-snapshot, stop-snapshot and log`,
        );
    }
  }

  async #execute(client: Client, { id, signal }: Named, data: Data, pending: Pending): Promise<void> {
    const asked = data.type?.toLowerCase() === 'blocking' ? 'blocking' : 'incremental';
    const refused = new Map<string, ScanStatus>();
    const begun: string[] = [];
    for (const captured of this.#named(data, signal, (text) => refused.set(text, 'UNKNOWN_SCHEMA'))) {
      const name = fullName(captured.table);
      const progress = await this.#begun(client, captured, data, signal);
      if (typeof progress === 'string') {
        refused.set(name, progress);
        continue;
      }
      pending.begin(captured, { ...progress, asked, signal: id });
      begun.push(name);
    }
    this.#notices.asked(id, asked, begun, refused);
  }

  #change({ signal, type }: Named, data: Data, pending: Pending): void {
    const isAll = data['data-collections'] === undefined;
    const changed = new Map<string, TableProgress>();
    for (const captured of isAll ? this.#tables.all() : this.#named(data, signal)) {
      const before = pending.change(captured, (now) =>
        type === 'stop-snapshot'
          ? { state: 'done', rows: now.rows, estimate: now.estimate, after: undefined, published: now.published }
          : { ...now, isPaused: type === 'pause-snapshot' },
      );
      if (before !== undefined && (type !== 'resume-snapshot' || before.isPaused === true))
        changed.set(fullName(captured.table), before);
    }
    const outcome = type === 'stop-snapshot' ? 'ABORTED' : type === 'pause-snapshot' ? 'PAUSED' : 'RESUMED';
    this.#notices.changed(outcome, changed, isAll);
  }

  /** The tables that a signal names by regular expressions. */
  #named(data: Data, signal: string, unknown: (text: string) => void = () => {}): readonly Captured[] {
    const lists = data['data-collections'] ?? [];
    const all = [...this.#tables.all()];
    return lists.flatMap((text) => {
      const pattern = new NamePattern(text, true);
      const found = all.filter(({ table }) => pattern.test(fullName(table)));
      if (found.length === 0) {
        this.#context.task.remark(`${signal}: no table ${text} is captured`);
        unknown(text);
      }
      return found;
    });
  }

  /** The progress of a snapshot that starts, or why it does not start. */
  async #begun(
    client: Client,
    { table, published }: Captured,
    data: Data,
    signal: string,
  ): Promise<TableProgress | ScanStatus> {
    const { task } = this.#context;
    const name = fullName(table);
    if (table.key.length === 0) {
      task.remark(
        `${signal}: table ${name} has no key, its rows would come once more. ALTER CONNECTOR ${task.connector} SNAPSHOT TABLES (${name}); reads them all the same`,
      );
      return 'NO_PRIMARY_KEY';
    }
    if (data['surrogate-key'] !== undefined)
      task.remark(`${signal}: table ${name} is read by its own key, not by ${data['surrogate-key']}`);
    const condition = data['additional-conditions']?.find((c) =>
      new NamePattern(c['data-collection'], true).test(name),
    )?.filter;
    // A condition that the database refuses would stop the snapshot, and with it the connector.
    if (condition !== undefined)
      try {
        await new PostgresConnection(client).query(
          `EXPLAIN SELECT FROM (SELECT * FROM ${nameOf(table)} WHERE ${condition}\n) w`,
          [],
        );
      } catch (error) {
        task.remark(`${signal} is left out for table ${name}: ${POSTGRES_ERRORS.reasonOf(error)}`);
        return 'SQL_EXCEPTION';
      }
    return {
      state: 'waiting',
      rows: 0,
      estimate: 0,
      after: undefined,
      published,
      ...(condition !== undefined && { where: condition }),
    };
  }
}

/** Collects the changes made by signals, one after the other. */
class Pending {
  readonly #context: CaptureContext;
  readonly #changed = new Map<Captured, TableProgress>();
  readonly #begun = new Set<Captured>();
  #needsReopening = false;

  constructor(context: CaptureContext) {
    this.#context = context;
  }

  #now(captured: Captured): TableProgress | undefined {
    return this.#changed.get(captured) ?? progressOf(this.#context.task.offset(captured.partition));
  }

  begin(captured: Captured, progress: TableProgress): void {
    const now = this.#now(captured);
    // A table without a committed progress may be the next to be read, or may not be read at all.
    this.#needsReopening ||= now === undefined ? captured.reading !== undefined : now.state !== 'done';
    this.#changed.set(captured, progress);
    this.#begun.add(captured);
  }

  /**
   * Changes the progress of a snapshot requested by a signal; snapshots started by the connector itself are not
   * affected.
   * @returns the previous progress; undefined: no such snapshot is in progress
   */
  change(captured: Captured, to: (now: TableProgress) => TableProgress): TableProgress | undefined {
    const now = this.#now(captured);
    if (now === undefined || now.state === 'done' || now.asked === undefined) return undefined;
    this.#needsReopening = true;
    this.#changed.set(captured, to(now));
    return now;
  }

  asked(): Asked {
    return {
      offsets: new Map([...this.#changed].map(([{ partition }, progress]) => [partition, progressOffset(progress)])),
      tables: new Map([...this.#begun].map((captured) => [captured, this.#changed.get(captured)!])),
      needsReopening: this.#needsReopening,
    };
  }
}

/** @throws an error if the text is not a JSON object */
function dataOf(text: string | null | undefined): Data {
  if (text === null || text === undefined || text.trim() === '') return {};
  const found: unknown = JSON.parse(text);
  if (typeof found !== 'object' || found === null || Array.isArray(found))
    throw new Error('its data are no JSON object');
  return found;
}
