import { readdirSync } from 'node:fs';
import { processMemory, MEMORY_SETTING, type MemoryBudget } from '../base/budget/memory.ts';
import { ok, type Condition } from '../base/condition.ts';
import type { Clock } from '../base/env.ts';
import { KEYS } from '../config/keys.ts';
import type { ConnectionLimit } from './doors.ts';
import { openFilesMax } from './open-files.ts';

/** With fewer free files and connections than this, or than a twentieth of the limit, a warning is due. */
const LEFT_MIN = 32;
/** How long after the last refusal the condition reports it, in ms. */
const TOLD_MS = 65_000;

/** The system's counts of open files of this process; each is undefined when the system does not provide it. */
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

/**
 * The health of the process apart from its log and its queries: the resources that the system provides, and their use
 * by clients.
 */
export class ProcessConditions {
  readonly #clock: Pick<Clock, 'monotonicMs'>;
  readonly #files: FileCounts;
  readonly #memory: MemoryBudget;
  /** The last time that connections were closed because there were too many, and the setting of their listener. */
  #refused: (ConnectionLimit & { readonly setting: string; readonly atMs: number }) | undefined;
  #memoryRefused = { count: 0, atMs: -Infinity };

  constructor(clock: Pick<Clock, 'monotonicMs'>, files: FileCounts = SYSTEM, memory: MemoryBudget = processMemory) {
    this.#clock = clock;
    this.#files = files;
    this.#memory = memory;
    this.#memoryRefused.count = memory.refused;
  }

  /**
   * @param setting the setting of the listener, which has reached its maximum of `most` connections; to be called at
   * least once a minute while connections are refused
   */
  refusedConnections(setting: string, limit: ConnectionLimit): void {
    this.#refused = { setting, ...limit, atMs: this.#clock.monotonicMs() };
  }

  all(): readonly Condition[] {
    return [this.#openFiles(), this.#connections(), this.#held()];
  }

  #openFiles(): Condition {
    const name = 'openFiles';
    const most = this.#files.most();
    const open = this.#files.open();
    // If the open files cannot be counted, no file descriptor is left.
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
    if (refused.client !== undefined)
      return {
        name,
        state: 'WARNING',
        reason: `Connections of ${refused.client} are closed: they have the ${refused.most} of ${refused.setting} that one client may have`,
        hint: `${KEYS.listenersMaxConnectionsPerIp.name} allows more; where a proxy connects for all clients, give it ${KEYS.listenersMaxConnections.name}.`,
      };
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
