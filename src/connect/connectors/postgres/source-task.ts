import type { Config } from '../../api/config-spec.ts';
import type { SourceTask, SourceTaskContext } from '../../api/connector.ts';
import { ConnectError, RetriableError } from '../../api/errors.ts';
import type { OffsetMap, SourceBatch } from '../../api/record.ts';
import { codeOf, connectPatiently, reasonOf, targetOf, taskError, type Client } from './connection.ts';
import { incrementingColumn, modeProblems, timestampColumns } from './mode-check.ts';
import { nextPass, type Pass, type PassSpec } from './passes.ts';
import { Portal } from './portal.ts';
import { fingerprintOf, RowShape, StaleShape } from './row-shape.ts';
import { Rows, type TextRow } from './rows.ts';
import { identityOf, mismatchOf } from './server-identity.ts';
import { settingsOf, type SourceSettings } from './source-settings.ts';
import { describeTable, fullName, quoted, type FieldInfo, type TableInfo, type TableName } from './tables.ts';
import { systemOf } from './url.ts';

/** A table, or the query, with where its reading stands. */
interface Origin {
  /** undefined for the query. */
  readonly table: TableName | undefined;
  readonly partition: OffsetMap;
  readonly topic: string;
  info: TableInfo | undefined;
  infoAtMs: number;
  shape: RowShape | undefined;
  dueAtMs: number;
  /** Further than what is committed: a pass that found nothing has no record to carry its offset. */
  ahead: OffsetMap | null | undefined;
}

interface OpenPass {
  readonly origin: Origin;
  readonly pass: Pass;
  readonly portal: Portal;
  readonly startedAtMs: number;
  /** Rows held back, since more of their instant may follow. */
  held: Rows;
}

const IDLE_MAX_MS = 1000;
const NOTHING: SourceBatch = {
  count: 0,
  record: () => {
    throw new Error('An empty batch has no record');
  },
};

/** Reads its tables in turn, one pass at a time, a batch of rows a poll. */
export class PostgresSourceTask implements SourceTask {
  private config!: Config;
  private settings!: SourceSettings;
  private context!: SourceTaskContext;
  private origins: Origin[] = [];
  private client: Client | undefined;
  /** Of the server behind the client. */
  private identity = '';
  private open: OpenPass | undefined;
  /** How often in a row the database has refused a statement. */
  private refused = 0;

  async start(config: Config, context: SourceTaskContext): Promise<void> {
    this.config = config;
    const settings = settingsOf(config);
    // Once for all passes: a later one that began at its own now would leave out what came since.
    const initialMs = settings.initialMs === -1 ? context.env.clock.nowMs() : settings.initialMs;
    this.settings = { ...settings, initialMs };
    this.context = context;
    this.origins =
      this.settings.query === ''
        ? tablesOf(config.raw['tables'] ?? '').map((t) => this.originOf(t))
        : [this.originOf(undefined)];
    context.signal.addEventListener('abort', () => this.cut(), { once: true });
  }

  async poll(): Promise<SourceBatch> {
    try {
      if (!this.open) {
        const origin = this.nextOrigin();
        const waitMs = origin === undefined ? IDLE_MAX_MS : origin.dueAtMs - this.nowMs();
        if (origin === undefined || waitMs > 0) {
          const pauseMs = Math.min(IDLE_MAX_MS, this.settings.lingerMs, waitMs);
          await this.context.env.timers.sleep(pauseMs, this.context.signal).catch(() => {});
          return NOTHING;
        }
        await this.begin(origin);
        if (!this.open) return NOTHING;
      }
      const batch = await this.read(this.open);
      this.refused = 0;
      return batch;
    } catch (error) {
      return await this.recover(error);
    }
  }

  async stop(): Promise<void> {
    const { client } = this;
    this.client = undefined;
    this.open = undefined;
    await client?.end().catch(() => {});
  }

  private originOf(table: TableName | undefined): Origin {
    return {
      table,
      partition: table === undefined ? { query: 'query' } : { protocol: '1', table: fullName(table) },
      topic: table === undefined ? this.settings.prefix : this.settings.prefix + table.name,
      info: undefined,
      infoAtMs: 0,
      shape: undefined,
      dueAtMs: this.nowMs(),
      ahead: undefined,
    };
  }

  private nextOrigin(): Origin | undefined {
    return this.origins.reduce<Origin | undefined>(
      (first, o) => (first === undefined || o.dueAtMs < first.dueAtMs ? o : first),
      undefined,
    );
  }

  /** Opens the next pass over the origin; leaves `open` undefined where there is nothing to read. */
  private async begin(origin: Origin): Promise<void> {
    const { settings, context } = this;
    const startedAtMs = this.nowMs();
    const client = (this.client ??= await this.connect());
    origin.dueAtMs = startedAtMs + settings.pollMs;
    await client.query(`BEGIN ISOLATION LEVEL ${settings.isolation} READ ONLY`);
    await this.refresh(client, origin, startedAtMs);
    if (origin.table !== undefined && origin.info === undefined) {
      context.env.logger.warn(`Table ${fullName(origin.table)} is gone`);
      await client.query('COMMIT');
      return;
    }
    const { horizon, next } =
      settings.mode === 'changes'
        ? (
            await client.query<{ horizon: string; next: string }>(
              'SELECT pg_snapshot_xmin(s)::text AS horizon, pg_snapshot_xmax(s)::text AS next FROM pg_current_snapshot() s',
            )
          ).rows[0]!
        : { horizon: '0', next: '0' };
    for (;;) {
      const spec = this.passSpec(origin);
      const offset = this.positionOf(origin, next);
      const pass = nextPass(spec, offset, horizon);
      if (!pass) {
        await client.query('COMMIT');
        return;
      }
      await this.checkNulls(client, origin, spec);
      const portal = new Portal(pass.sql, pass.values, settings.batchRows);
      const all = await portal.open(client);
      const fields = pass.extraColumns === 0 ? all : all.slice(0, -pass.extraColumns);
      if (origin.shape === undefined || origin.shape.fingerprint !== fingerprintOf(fields)) {
        // Columns were added, dropped or retyped since: ask the catalog, which cannot be asked beside an open portal.
        if (origin.table !== undefined && origin.shape !== undefined) {
          await portal.close();
          origin.shape = undefined;
          await this.describe(client, origin);
          continue;
        }
        this.adopt(origin, fields);
      }
      pass.begin(all);
      this.open = { origin, pass, portal, startedAtMs, held: new Rows() };
      return;
    }
  }

  private async connect(): Promise<Client> {
    const { context } = this;
    const client = await connectPatiently(
      this.config,
      context.env,
      context.signal,
      `${context.connector}-${context.taskId}`,
      (error) => context.trouble(error),
    );
    if (this.settings.mode !== 'changes') return client;
    try {
      this.identity = await identityOf(client);
      return client;
    } catch (error) {
      await client.end().catch(() => {});
      throw error;
    }
  }

  /** Where to go on; undefined: at the beginning, also where the position is not one of this server. `next`: its next transaction. */
  private positionOf(origin: Origin, next: string): OffsetMap | undefined {
    const offset = origin.ahead === undefined ? this.context.offset(origin.partition) : (origin.ahead ?? undefined);
    const { mode, serverChange } = this.settings;
    if (offset === undefined || mode !== 'changes' || serverChange === 'continue') return offset;
    const mismatch = mismatchOf(offset, this.identity, next);
    if (mismatch === undefined) return offset;
    const what = `Table ${fullName(origin.table!)}`;
    if (serverChange === 'fail')
      throw new ConnectError(
        `${what} cannot be read on: ${mismatch}. 'server.change.policy'='restart' reads it from its beginning, 'continue' from there all the same`,
      );
    this.context.remark(`${what} is read from its beginning: ${mismatch} ('server.change.policy'='restart')`);
    return undefined;
  }

  /** A position with the server that it is of. */
  private placed(offset: OffsetMap | null | undefined): OffsetMap | null | undefined {
    return offset && this.settings.mode === 'changes' ? { ...offset, server: this.identity } : offset;
  }

  private async refresh(client: Client, origin: Origin, nowMs: number): Promise<void> {
    if (origin.table === undefined) {
      // Whether a query's timestamps have a zone decides how they are compared.
      if (origin.shape !== undefined || !this.settings.mode.includes('timestamp')) return;
      const { fields } = await client.query(`SELECT * FROM (${this.settings.query}) q LIMIT 0`);
      this.adopt(
        origin,
        fields.map((f) => ({ name: f.name, oid: f.dataTypeID, modifier: f.dataTypeModifier })),
      );
      return;
    }
    if (origin.info !== undefined && nowMs - origin.infoAtMs < this.settings.tablePollMs) return;
    await this.describe(client, origin);
  }

  private async describe(client: Client, origin: Origin): Promise<void> {
    const before = origin.info;
    origin.info = await describeTable(client, origin.table!);
    origin.infoAtMs = this.nowMs();
    if (!origin.info) return;
    const [problem] = modeProblems(this.settings, origin.info);
    if (problem) throw new ConnectError(problem.message);
    if (origin.shape === undefined || before === undefined || !sameCatalog(before, origin.info))
      this.adopt(origin, origin.info.fields);
  }

  private adopt(origin: Origin, fields: readonly FieldInfo[]): void {
    const shape = new RowShape(
      origin.topic,
      fields,
      origin.info,
      {
        ...this.settings.types,
        remark: (text) => this.context.remark(text),
      },
      this.settings.key,
    );
    origin.shape = shape;
    this.context.declareTopic(
      shape.declaration(
        origin.table?.name ?? origin.topic,
        origin.table && { system: systemOf(targetOf(this.config)), name: fullName(origin.table) },
      ),
    );
  }

  private passSpec(origin: Origin): PassSpec {
    const { settings } = this;
    const { info } = origin;
    return {
      mode: settings.mode,
      what: origin.table === undefined ? 'the query' : `table ${fullName(origin.table)}`,
      from: origin.table === undefined ? `(${settings.query})` : quoted(origin.table),
      query: origin.table === undefined ? settings.query : undefined,
      suffix: settings.suffix,
      incrementing: info === undefined ? settings.incrementing : incrementingColumn(settings, info),
      timestamps: info === undefined ? settings.timestamps : timestampColumns(settings, info),
      key: info === undefined || info.inherited ? [] : info.primaryKey,
      spread: info?.spread ?? false,
      fields: info?.fields ?? origin.shape?.fields ?? [],
      zone: settings.types.zone,
      delayMs: settings.delayMs,
      initialMs: settings.initialMs,
      quote: settings.quote,
    };
  }

  /** A row without a number would never be read, in silence. */
  private async checkNulls(client: Client, origin: Origin, spec: PassSpec): Promise<void> {
    if (origin.info === undefined || !spec.mode.includes('incrementing')) return;
    const column = spec.incrementing!;
    if (origin.info.notNull.has(column)) return;
    const found = await client.query(
      `SELECT 1 FROM ${spec.from} t WHERE t."${column.replaceAll('"', '""')}" IS NULL LIMIT 1`,
    );
    if (found.rows.length > 0) {
      throw new ConnectError(
        `The incrementing column "${column}" of ${spec.what} is NULL in a row. Rows without a number cannot be told apart: give the column a ` +
          'value and NOT NULL, or choose another mode',
      );
    }
  }

  private async read(open: OpenPass): Promise<SourceBatch> {
    const { origin, pass, portal, held } = open;
    const fresh = await portal.next();
    const ended = fresh.length < this.settings.batchRows;
    const rows = held.length === 0 ? fresh : held;
    if (rows === held) held.append(fresh);
    open.held = new Rows();
    if (!ended && pass.splitsBetween !== undefined) {
      const cut = lastSplit(rows, pass.splitsBetween);
      open.held.append(rows, cut);
      rows.truncate(cut);
    }
    const shape = origin.shape!;
    shape.checkNulls(rows);
    const last = rows.length - 1;
    const reached =
      last < 0
        ? undefined
        : this.placed(ended && pass.completed !== undefined ? pass.completed : pass.after(rows.text(last)));
    if (ended) {
      this.open = undefined;
      await this.client!.query('COMMIT');
      const end = pass.completed === undefined ? reached : this.placed(pass.completed);
      if (end !== undefined) origin.ahead = end;
    } else if (reached !== undefined) {
      // The worker commits this place with the rows: where the last pass ended is behind it from here on, also for a pass whose last
      // batch turns out to be empty, its rows being an exact multiple of the batch size.
      origin.ahead = undefined;
    }
    const { partition } = origin;
    return {
      count: rows.length,
      record: (i) => shape.record(rows, i, partition, i === last ? (reached ?? null) : null),
    };
  }

  /** After an error: the pass is over, the connection too where it is lost. The next goes on after what was handed out of this one. */
  private async recover(error: unknown): Promise<SourceBatch> {
    const open = this.open;
    this.open = undefined;
    const { client } = this;
    if (client) {
      try {
        await open?.portal.close();
        await client.query('ROLLBACK');
      } catch {
        this.client = undefined;
        await client.end().catch(() => {});
      }
    }
    if (this.context.signal.aborted) return NOTHING;
    if (error instanceof StaleShape && open) {
      if (open.origin.info?.notNull.size === 0) throw new ConnectError(error.message);
      open.origin.info = undefined;
      open.origin.shape = undefined;
      open.origin.dueAtMs = this.nowMs();
      this.context.env.logger.info(`${error.message}: the table was altered`);
      return NOTHING;
    }
    if (codeOf(error) === '42P01') {
      // Dropped under way: the connector takes it off the list.
      this.context.env.logger.warn(`A table is gone: ${reasonOf(error)}`);
      return NOTHING;
    }
    const failure = taskError(error, this.settings.query === '' ? 'Cannot read' : 'Cannot run the query');
    const { statementRetries } = this.settings;
    // A statement that the database refused, not a state of ours: those have a class of their own.
    if (codeOf(error) === undefined || failure instanceof RetriableError) throw failure;
    if (statementRetries !== -1 && this.refused >= statementRetries) throw failure;
    this.refused++;
    throw new RetriableError(failure.message, { cause: error });
  }

  /** Makes a waiting read end at once. */
  private cut(): void {
    const stream = (this.client as unknown as { connection?: { stream?: { destroy(): void } } } | undefined)?.connection
      ?.stream;
    stream?.destroy();
  }

  private nowMs(): number {
    return this.context.env.clock.monotonicMs();
  }
}

/** How many rows may go when more may follow: up to the last change of place. All of one place: none. */
function lastSplit(rows: Rows, splitsBetween: (a: TextRow, b: TextRow) => boolean): number {
  for (let i = rows.length - 1; i > 0; i--) if (splitsBetween(rows.text(i - 1), rows.text(i))) return i;
  return 0;
}

function sameCatalog(a: TableInfo, b: TableInfo): boolean {
  return (
    fingerprintOf(a.fields) === fingerprintOf(b.fields) &&
    a.primaryKey.join('\0') === b.primaryKey.join('\0') &&
    [...a.notNull].sort().join('\0') === [...b.notNull].sort().join('\0')
  );
}

/** Reads `"public"."users","public"."orders"`. */
function tablesOf(text: string): TableName[] {
  const names = [...text.matchAll(/"((?:[^"]|"")*)"\."((?:[^"]|"")*)"/g)];
  return names.map(([, schema, name]) => ({
    schema: schema!.replaceAll('""', '"'),
    name: name!.replaceAll('""', '"'),
  }));
}
