/** Pauses, resumes and stops a running task from outside. */
export class TaskControl {
  readonly #controller = new AbortController();
  #pausedFlag: boolean;
  #waiters: (() => void)[] = [];
  /** Called when something changed: a sink wakes its reader. */
  onChange: () => void = () => {};

  constructor(paused: boolean) {
    this.#pausedFlag = paused;
  }

  get signal(): AbortSignal {
    return this.#controller.signal;
  }
  get stopped(): boolean {
    return this.#controller.signal.aborted;
  }
  get paused(): boolean {
    return this.#pausedFlag;
  }

  pause(): void {
    this.#pausedFlag = true;
    this.onChange();
  }
  resume(): void {
    this.#pausedFlag = false;
    this.#release();
  }
  stop(): void {
    this.#controller.abort(new Error('The task is stopping'));
    this.#release();
  }

  /** Resolves when not paused, or stopped. */
  async running(): Promise<void> {
    while (this.#pausedFlag && !this.stopped) await new Promise<void>((resolve) => this.#waiters.push(resolve));
  }

  #release(): void {
    const waiters = this.#waiters;
    this.#waiters = [];
    for (const wake of waiters) wake();
    this.onChange();
  }
}
