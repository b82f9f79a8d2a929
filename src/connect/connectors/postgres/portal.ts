import type { Client } from './connection.ts';
import type { FieldInfo } from './tables.ts';

/** A row as Postgres sent it: texts by position. */
export type TextRow = readonly (string | null)[];

/** The few calls of the driver's connection that a portal needs. */
interface Wire {
  parse(query: { readonly name: string; readonly text: string; readonly types: readonly number[] }): void;
  bind(config: {
    readonly portal: string;
    readonly statement: string;
    readonly values: readonly (string | null)[];
  }): void;
  describe(what: { readonly type: 'P'; readonly name: string }): void;
  execute(what: { readonly portal: string; readonly rows: number }): void;
  close(what: { readonly type: 'P'; readonly name: string }): void;
  flush(): void;
  sync(): void;
}

/**
 * Reads a query's result in batches by way of a portal of the extended protocol: the server keeps its place, nothing is read before it is
 * asked for, except that the next batch is on its way while the last is being worked on. Use inside a transaction; one at a time.
 */
export class Portal {
  private readonly text: string;
  private readonly values: readonly (string | null)[];
  private readonly batch: number;
  private wire: Wire | undefined;
  private rows: TextRow[] = [];
  private ready: TextRow[] | undefined;
  private suspended = false;
  private finished = false;
  private failure: unknown;
  private wake: (() => void) | undefined;
  private columns: FieldInfo[] | undefined;
  private ended: (() => void) | undefined;

  constructor(text: string, values: readonly (string | null)[], batch: number) {
    this.text = text;
    this.values = values;
    this.batch = batch;
  }

  /** Sends the query; resolves with the result's columns. @throws the driver's error */
  async open(client: Client): Promise<readonly FieldInfo[]> {
    client.query(this as unknown as Parameters<Client['query']>[0] & { submit: () => void });
    await this.until(() => this.columns !== undefined);
    return this.columns!;
  }

  /** The next rows, at most the batch size; an empty array at the end. @throws the driver's error */
  async next(): Promise<TextRow[]> {
    await this.until(() => this.ready !== undefined || this.finished);
    const batch = this.ready ?? [];
    this.ready = undefined;
    if (this.suspended) {
      this.suspended = false;
      this.fetch();
    }
    return batch;
  }

  /** Gives the place up before the end. */
  async close(): Promise<void> {
    if (this.finished || this.failure !== undefined || !this.wire) return;
    const done = new Promise<void>((resolve) => {
      this.ended = resolve;
    });
    this.wire.close({ type: 'P', name: '' });
    this.wire.sync();
    await done;
  }

  private fetch(): void {
    this.wire!.execute({ portal: '', rows: this.batch });
    this.wire!.flush();
  }

  private async until(condition: () => boolean): Promise<void> {
    while (!condition()) {
      if (this.failure !== undefined) throw this.failure;
      await new Promise<void>((resolve) => {
        this.wake = resolve;
      });
    }
  }

  private signal(): void {
    this.wake?.();
    this.wake = undefined;
  }

  // What the driver calls.

  submit(wire: Wire): void {
    this.wire = wire;
    wire.parse({ name: '', text: this.text, types: [] });
    wire.bind({ portal: '', statement: '', values: this.values });
    wire.describe({ type: 'P', name: '' });
    this.fetch();
  }

  handleRowDescription(message: { fields: { name: string; dataTypeID: number; dataTypeModifier: number }[] }): void {
    this.columns = message.fields.map((f) => ({ name: f.name, oid: f.dataTypeID, modifier: f.dataTypeModifier }));
    this.signal();
  }

  handleDataRow(message: { fields: (string | null)[] }): void {
    this.rows.push(message.fields);
  }

  handlePortalSuspended(): void {
    this.ready = this.rows;
    this.rows = [];
    this.suspended = true;
    this.signal();
  }

  handleCommandComplete(): void {
    if (this.rows.length > 0) this.ready = this.rows;
    this.rows = [];
    this.wire!.sync();
  }

  handleEmptyQuery(): void {
    this.wire!.sync();
  }

  handleReadyForQuery(): void {
    this.finished = true;
    this.ended?.();
    this.signal();
  }

  handleError(error: unknown): void {
    this.failure = error;
    this.wire?.sync();
    this.ended?.();
    this.signal();
  }
}
