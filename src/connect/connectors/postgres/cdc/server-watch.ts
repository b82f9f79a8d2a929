import { RetriableError } from '../../../api/errors.ts';
import type { Client } from '../connection.ts';
import { identityOf } from '../server-identity.ts';
import type { CaptureContext } from './capture-context.ts';
import type { CapturedTables } from './captured-tables.ts';
import type { PublishedMarks } from './database/published-marks.ts';
import { slotNamed } from './database/slot.ts';
import { changedParts } from './database/slot-place.ts';
import type { Delivery } from './delivery.ts';

/** How often status updates are sent to the server, and how often the server is examined, in ms. */
export const STATUS_MS = 5000;

interface Surroundings {
  readonly signal: AbortSignal;
  /** Sends a status update even if nothing arrives; otherwise the server would assume that we are dead. */
  status(): void;
  /** The stream cannot continue as it is. */
  fail(error: Error): void;
  wake(): void;
  /** The reported state of the connector has changed. */
  report(): void;
}

/** Examines the server periodically: how much WAL it retains for us, and whether all changes are still published. */
export class ServerWatch {
  readonly #context: CaptureContext;
  readonly #client: Client;
  readonly #tables: CapturedTables;
  readonly #delivery: Delivery;
  readonly #marks: PublishedMarks;
  readonly #around: Surroundings;
  #stopTimer: () => void = () => {};
  #movedTo: string | undefined;
  /** Size of the WAL that the server retains for the slot, in bytes. */
  retained: number | undefined;

  constructor(
    context: CaptureContext,
    client: Client,
    tables: CapturedTables,
    delivery: Delivery,
    marks: PublishedMarks,
    around: Surroundings,
  ) {
    this.#context = context;
    this.#client = client;
    this.#tables = tables;
    this.#delivery = delivery;
    this.#marks = marks;
    this.#around = around;
  }

  start(): void {
    this.#tick();
  }

  stop(): void {
    this.#stopTimer();
  }

  /** The new identity of the server if it has moved to another timeline; it must be committed. Returned only once. */
  takeMoved(): string | undefined {
    const moved = this.#movedTo;
    this.#movedTo = undefined;
    return moved;
  }

  #tick(): void {
    this.#stopTimer();
    this.#poll().catch(() => {
      // The stream ends with the connection, and reports the error.
    });
    this.#stopTimer = this.#context.task.env.timers.after(STATUS_MS, () => {
      if (this.#around.signal.aborted) return;
      this.#around.status();
      this.#tick();
    });
  }

  /** A server may omit changes silently, for example if publications have changed. */
  async #poll(): Promise<void> {
    const client = this.#client;
    this.retained = (await slotNamed(client, this.#delivery.kept.slot))?.retained;
    this.#around.report();
    const before = this.#marks;
    const now = await this.#tables.marks(client, [...before.publications.keys()]);
    const isSame = (was: ReadonlyMap<string, string>, is: ReadonlyMap<string, string>): boolean =>
      [...was].every(([name, mark]) => is.get(name) === mark);
    if (!isSame(before.publications, now.publications) || !isSame(before.tables, now.tables)) {
      this.#around.fail(new RetriableError('Tables, or their publications, are others than they were'));
      return;
    }
    // The connected server cannot be a different one, because its slot moved to the timeline with it.
    const { kept } = this.#delivery;
    const [, timeline] = changedParts(kept.server, await identityOf(client));
    if (timeline === undefined) return;
    const [cluster, , database] = kept.server.split('/');
    this.#movedTo = [cluster, timeline.now, database].join('/');
    this.#around.wake();
    this.#context.task.remark(
      `The database went over to timeline ${timeline.now} (it was promoted, or follows another primary) while it was read: nothing is missing`,
    );
  }
}
