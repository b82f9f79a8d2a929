import { messageOf } from '../../../base/errors.ts';
import { within } from '../../../base/within.ts';
import { runAs } from './blame.ts';
import type { TaskControl } from './task-control.ts';
import type { TaskSite } from './task-site.ts';

/** How long the task's current work may take to end after a fault, in ms. */
const SETTLE_MS = 5000;

/** The part of the loop that depends on the kind of task. */
export interface TaskWork {
  /** Starts the plugin's task. */
  start(): Promise<void>;
  /** Opens its readers and writers of the log. */
  open(): Promise<void>;
  /** Moves some records, or waits a moment for them. */
  round(): Promise<void>;
  /** Called before a pause and after a stop: makes what was moved durable. */
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

  /** Resolves when the task was stopped or has failed, and the status has been reported. Never rejects. */
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
   * `atFault` rejects with an error that the task's code threw where nobody awaited it: the current work may then never
   * end.
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
    // Its errors are those of the race, except for later ones after a fault.
    const settled = running.catch(() => undefined);
    try {
      await Promise.race([running, atFault]);
    } catch (error) {
      if (!control.stopped) {
        logger.error(`Task ${spec.connector}-${spec.taskId} failed: ${messageOf(error)}`);
        spec.onState('FAILED', error);
      }
    } finally {
      // After a fault the work may be in any state: it must retry nothing and report no more states.
      control.stop();
      await work.stop().catch((error: unknown) => logger.warn(`Stopping a task failed: ${messageOf(error)}`));
      // A commit in progress matters for the successor of this task.
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
