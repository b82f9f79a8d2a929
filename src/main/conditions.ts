import { readdirSync } from 'node:fs';
import { processMemory, MEMORY_SETTING, type MemoryBudget } from '../base/budget/memory.ts';
import { ok, type Condition } from '../base/condition.ts';
import type { Clock } from '../base/env.ts';
import { KEYS } from '../config/keys.ts';
import { openFilesMax } from './open-files.ts';

/** With fewer files and connections than this left, or than a twentieth of all, the next one may be the last. */
const LEFT_MIN = 32;
/** For so long it is told that something was refused, after the last time that it was, in ms. */
const TOLD_MS = 65_000;

/** What the system tells of the files of this process; each undefined where it does not. */
export interface FileCounts {
  most(): number | undefined;
  open(): number | undefined;
}

const SYSTEM: FileCounts = {
  most: openFilesMax,
  open: () => {
    try {
      return readdirSync('/proc/self/fd').length;
    } catch {
      return undefined;
    }
  },
};

/** How the process does beside its log and its queries: what the system gave it, and what clients take of it. */
export class ProcessConditions {
  readonly #clock: Pick<Clock, 'monotonicMs'>;
  readonly #files: FileCounts;
  readonly #memory: MemoryBudget;
  /** The last connections that were closed because there were too many: of which listener, and when. */
  #refused: { readonly setting: string; readonly most: number; readonly atMs: number } | undefined;
  #memoryRefused = { count: 0, atMs: -Infinity };

  constructor(clock: Pick<Clock, 'monotonicMs'>, files: FileCounts = SYSTEM, memory: MemoryBudget = processMemory) {
    this.#clock = clock;
    this.#files = files;
    this.#memory = memory;
    this.#memoryRefused.count = memory.refused;
  }

  /** @param setting of the listener, which has `most` connections; to be called once a minute at least */
  refusedConnections(setting: string, most: number): void {
    this.#refused = { setting, most, atMs: this.#clock.monotonicMs() };
  }

  all(): readonly Condition[] {
    return [this.#openFiles(), this.#connections(), this.#held()];
  }

  #openFiles(): Condition {
    const name = 'openFiles';
    const most = this.#files.most();
    const open = this.#files.open();
    // One that cannot even be counted has no file left.
    if (most === undefined || (open !== undefined && most - open >= Math.max(LEFT_MIN, most / 20))) return ok(name);
    return {
      name,
      state: 'FAILED',
      reason: `${open ?? most} of ${most} files and connections that the process may have are open`,
      hint: `ulimit -n (systemd: LimitNOFILE) gives more; ${KEYS.listenersMaxConnections.name} leaves clients fewer.`,
    };
  }

  #connections(): Condition {
    const name = 'connections';
    const refused = this.#refused;
    if (refused === undefined || this.#clock.monotonicMs() - refused.atMs > TOLD_MS) return ok(name);
    return {
      name,
      state: 'WARNING',
      reason: `Connections are closed: ${refused.setting} has the ${refused.most} that it may have`,
      hint: `${KEYS.listenersMaxConnections.name} allows more, at most half of the files that the process may open (ulimit -n).`,
    };
  }

  #held(): Condition {
    const name = 'memory';
    const nowMs = this.#clock.monotonicMs();
    const { refused, held, limit } = this.#memory;
    if (refused > this.#memoryRefused.count) this.#memoryRefused = { count: refused, atMs: nowMs };
    if (!this.#memory.isFull && nowMs - this.#memoryRefused.atMs > TOLD_MS) return ok(name);
    return {
      name,
      state: 'WARNING',
      reason: `Requests and queries are refused or wait: they hold ${held} of ${limit} bytes (${MEMORY_SETTING})`,
      hint: `SHOW QUERIES lists who holds it; ${MEMORY_SETTING} allows more where JavaScript's heap has it.`,
    };
  }
}
