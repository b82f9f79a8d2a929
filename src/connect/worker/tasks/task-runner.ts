import { messageOf } from '../../../base/errors.ts';
import { within } from '../../../base/within.ts';
import { runAs } from './blame.ts';
import type { TaskControl } from './task-control.ts';
import type { TaskSite } from './task-site.ts';

/** How long what a task was at may take to end after a fault, in ms. */
const SETTLE_MS = 5000;

/** What a kind of task does in the loop that all have. */
export interface TaskWork {
  /** Starts the plugin's task. */
  start(): Promise<void>;
  /** Opens what reads and writes the log. */
  open(): Promise<void>;
  /** Moves some records, or waits a moment for them. */
  round(): Promise<void>;
  /** Before it is paused, and when it has been stopped: what was moved is made to stand. */
  settle(): Promise<void>;
  /** Ends the plugin's task. */
  stop(): Promise<void>;
  close(): Promise<void>;
}

/** Runs one task until it is stopped or has failed. */
export class TaskRunner {
  readonly #site: TaskSite;
  readonly #work: TaskWork;
  #isAtFault = false;

  constructor(site: TaskSite, work: TaskWork) {
    this.#site = site;
    this.#work = work;
  }

  get control(): TaskControl {
    return this.#site.control;
  }

  /** Resolves when the task was stopped or has failed; the status has been told. Never rejects. */
  async run(): Promise<void> {
    let blamed!: (error: unknown) => void;
    const atFault = new Promise<never>((_, reject) => {
      blamed = (error) => {
        this.#isAtFault = true;
        reject(error instanceof Error ? error : new Error(String(error)));
      };
    });
    atFault.catch(() => undefined);
    await runAs(blamed, () => this.#runUntil(atFault));
  }

  /**
   * `atFault` rejects with what the task's code has thrown where nobody waited for it: what it is at may never end
   * then.
   */
  async #runUntil(atFault: Promise<never>): Promise<void> {
    const site = this.#site;
    const work = this.#work;
    const { spec, control, logger } = site;
    const whole = async (): Promise<void> => {
      await site.foresight?.start();
      await site.retrying(() => work.start());
      await work.open();
      await this.#loop();
    };
    const running = whole();
    // Its errors are those of the race, but for what comes after a fault.
    const settled = running.catch(() => undefined);
    try {
      await Promise.race([running, atFault]);
    } catch (error) {
      if (!control.stopped) {
        logger.error(`Task ${spec.connector}-${spec.taskId} failed: ${messageOf(error)}`);
        spec.onState('FAILED', error);
      }
    } finally {
      // After a fault it may be at anything: it tries nothing again, and says no more how it is.
      control.stop();
      await work.stop().catch((error: unknown) => logger.warn(`Stopping a task failed: ${messageOf(error)}`));
      // A commit that is in progress counts for whoever goes on from here.
      await within(site.host.env.timers, SETTLE_MS, settled);
      await work.close().catch(() => {});
      await site.foresight?.stop();
    }
  }

  async #loop(): Promise<void> {
    const work = this.#work;
    const { spec, control } = this.#site;
    if (control.stopped) return;
    spec.onState(control.paused ? 'PAUSED' : 'RUNNING');
    while (!control.stopped && !this.#isAtFault) {
      if (control.paused) {
        await work.settle();
        spec.onState('PAUSED');
        await control.running();
        if (control.stopped) break;
        spec.onState('RUNNING');
      }
      await work.round();
    }
    if (!this.#isAtFault) await work.settle();
  }
}
