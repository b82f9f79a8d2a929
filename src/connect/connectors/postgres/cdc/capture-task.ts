import type { Config } from '../../../api/config-spec.ts';
import type { SourceTask, SourceTaskContext } from '../../../api/connector.ts';
import { ConnectError, RetriableError } from '../../../api/errors.ts';
import { NO_RECORDS, type OffsetMap, type SourceBatch } from '../../../api/record.ts';
import { connectPatiently, taskError } from '../../database/connecting.ts';
import type { Dialect } from '../../database/dialect.ts';
import { connect, type Client, type PostgresConnection } from '../connection.ts';
import { codeOf } from '../errors.ts';
import { identityOf, systemOf } from '../server-identity.ts';
import { captureContext, type CaptureContext } from './capture-context.ts';
import { CaptureSession, type EarlierRun } from './capture-session.ts';
import { CapturedTables } from './captured-tables.ts';
import { keptStream, STREAM } from './offsets.ts';
import { publicationsText } from './database/published-marks.ts';
import { beginSlot, lossOf, startOver, type LeftAt } from './database/slot-place.ts';
import { leftTimelineAt } from './database/timelines.ts';
import { versionOf } from './stream-table.ts';

/** SQLSTATEs of an undefined table, column and object. */
const ALTERED: ReadonlySet<string> = new Set(['42P01', '42703', '42704']);

/**
 * Reads the changes of its tables from a replication slot, in the order of commits, and beside them the rows that
 * existed before. A position is committed together with the records that lead to it; only then is the server told that
 * it may discard the WAL before it.
 */
export class CaptureTask implements SourceTask {
  readonly #dialect: Dialect;
  #context!: CaptureContext;
  #tables!: CapturedTables;
  #session: CaptureSession | undefined;
  #earlier: EarlierRun | undefined;

  constructor(dialect: Dialect) {
    this.#dialect = dialect;
  }

  async start(config: Config, task: SourceTaskContext): Promise<void> {
    this.#context = captureContext(this.#dialect, config, task);
    this.#tables = new CapturedTables(this.#context);
    task.signal.addEventListener('abort', () => this.#session?.interrupt(), { once: true });
  }

  async poll(): Promise<SourceBatch> {
    try {
      if (this.#session?.isOver === true) await this.#close();
      return this.#session === undefined ? await this.#open() : await this.#session.next();
    } catch (error) {
      await this.#close();
      if (this.#context.task.signal.aborted) return NO_RECORDS;
      // Altered or dropped in the meantime: the retry examines the tables again.
      if (ALTERED.has(codeOf(error) ?? ''))
        throw new RetriableError(`A table was altered: ${this.#dialect.errors.reasonOf(error)}`, { cause: error });
      throw taskError(this.#dialect, error, 'Cannot read the changes');
    }
  }

  async commit(): Promise<void> {
    this.#session?.committed();
  }

  async stop(): Promise<void> {
    await this.#close();
  }

  /**
   * Performs one step towards opening the stream: if offsets must be committed before the next step, they are returned
   * as a batch.
   */
  async #open(): Promise<SourceBatch> {
    const context = this.#context;
    const tables = this.#tables;
    const { task, settings } = context;
    const { client } = (await connectPatiently({
      ...context.source,
      env: task.env,
      signal: task.signal,
      options: { name: context.name, access: 'write' },
      trouble: (e) => task.trouble(e),
    })) as PostgresConnection;
    try {
      const version = await versionOf(client);
      const server = await this.#identityOf(client);
      const kept = keptStream(task.offset(STREAM));
      if (kept?.position === undefined)
        return only(
          await beginSlot(
            client,
            context,
            { server, version, kept },
            async (slot) => (await tables.publish(client, slot, version)).marks,
          ),
        );
      const names = await tables.publicationNames(client, kept.slot);
      const marks = await tables.marks(client, names);
      const leftAt: LeftAt = (earlier, now) =>
        this.#replicating((replication) => leftTimelineAt(replication, earlier, now));
      const loss = await lossOf(client, { kept, server, names, marks, leftAt }, (text) => task.remark(text));
      if (loss !== undefined && settings.lost === 'snapshot')
        return only(await startOver(client, context, { kept, server }, loss));
      if (loss !== undefined) throw new ConnectError(`${loss}. ${context.cure}`);
      const published = await tables.publish(client, kept.slot, version);
      if (published.forgotten.size > 0) return only(published.forgotten);
      this.#session = await CaptureSession.open(
        context,
        client,
        tables,
        { ...kept, server, publications: publicationsText(published.marks) },
        published,
        this.#earlier,
      );
      return NO_RECORDS;
    } finally {
      if (this.#session === undefined) await client.end().catch(() => {});
    }
  }

  /** Parts that the role may not see are taken from the streaming replication protocol. */
  async #identityOf(client: Client): Promise<string> {
    const found = await identityOf(client);
    return found.includes('?')
      ? await this.#replicating(async (replication) => await systemOf(replication, found))
      : found;
  }

  async #replicating<T>(use: (replication: Client) => Promise<T>): Promise<T> {
    const { target, name } = this.#context;
    const { client } = await connect(target, { name }, { replication: 'database' });
    try {
      return await use(client);
    } finally {
      await client.end().catch(() => {});
    }
  }

  async #close(): Promise<void> {
    const session = this.#session;
    this.#session = undefined;
    if (session !== undefined) this.#earlier = session.over;
    await session?.close();
  }
}

/** A batch with offsets only. */
const only = (offsets: ReadonlyMap<OffsetMap, OffsetMap | null>): SourceBatch => ({ ...NO_RECORDS, offsets });
