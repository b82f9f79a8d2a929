import { SILENT_LOGGER } from '../../src/base/env.ts';
import { SluiceError } from '../../src/base/errors.ts';
import type { Log } from '../../src/log/api.ts';
import { EmbeddedLog } from '../../src/log/embedded/embedded-log.ts';
import { MemoryStore } from '../../src/store/memory-store.ts';
import { FaultyStore } from './faulty-store.ts';
import { Outside, outsideSink, outsideSource } from './outside.ts';
import { forgetful, hasty, type Plant } from './plants.ts';
import type { Scenario } from './scenario.ts';
import { type SimServer, startServer } from './server.ts';
import { Machine, type VirtualTime } from './virtual-time.ts';

/** Nobody knows what became of what was asked: the server died before it answered. */
export class Unanswered extends Error {}

/** How long a machine is down after a kill, at most, in ms. */
const DOWN_MS = 200;
const START_RETRY_MS = 100;
/** How long a disk's bad time lasts, at most, in ms. */
const BAD_DISK_MS = 150;
const MAINTAIN_MS = 120;

/** Where the service runs: its disk, the server that is up, what stands outside, and the bad luck of all of them. */
export class Site {
  readonly outside: Outside;
  readonly #time: VirtualTime;
  readonly #scenario: Scenario;
  readonly #disk = new MemoryStore();
  /** The machine of those who are not servers. */
  readonly #fate: Machine;
  #machine: Machine | undefined;
  #server: SimServer | undefined;
  #dies: () => void = () => undefined;
  #death: Promise<never> = new Promise(() => undefined);
  #isCalm = false;
  #diskIsBad = false;
  kills = 0;
  /** Told when maintenance is over, or was ended by a kill: who waited for it goes on. */
  released: () => void = () => undefined;
  /** Told before the log is maintained: what is compacted away can be looked at for the last time. */
  maintaining: (log: Log) => Promise<void> = () => Promise.resolve();
  /** Told when the log has been maintained as of a time, in ms since the epoch. */
  maintained: (log: Log, nowMs: number) => Promise<void> = () => Promise.resolve();
  readonly #plant: Plant | undefined;

  constructor(time: VirtualTime, scenario: Scenario, plant?: Plant) {
    this.#time = time;
    this.#plant = plant;
    this.#scenario = scenario;
    this.#fate = time.machine(SILENT_LOGGER);
    const { luck } = scenario;
    this.outside = new Outside({
      latencyMs: () => time.random() * luck.latencyMs,
      fault: () => {
        if (this.#isCalm || time.random() >= luck.outsideFault) return undefined;
        return time.random() < 0.5 ? 'before' : 'after';
      },
    });
  }

  /** Bad luck begins. */
  begin(): void {
    const { killMs, badDiskMs } = this.#scenario.luck;
    if (killMs > 0) this.#again(killMs, () => this.kill());
    if (badDiskMs > 0)
      this.#again(badDiskMs, () => {
        this.#diskIsBad = true;
        this.#time.schedule(this.#time.random() * BAD_DISK_MS, this.#fate, () => (this.#diskIsBad = false));
      });
  }

  /** Bad luck ends: from here on everything has to come to rest. */
  calm(): void {
    this.#isCalm = true;
    this.#diskIsBad = false;
  }

  /** As kill -9. It is up again some time later. */
  kill(): void {
    if (this.#server === undefined) return;
    this.kills++;
    this.#machine!.kill();
    this.#server = undefined;
    this.released();
    this.#dies();
  }

  /** The server, once it is up. */
  async server(): Promise<SimServer> {
    while (this.#server === undefined) await this.#start();
    return this.#server;
  }

  /**
   * What a client asks of the server.
   * @throws Unanswered when the server dies meanwhile; whatever the server refuses with
   */
  async ask<T>(call: (server: SimServer) => Promise<T>): Promise<T> {
    const server = await this.server();
    return await Promise.race([call(server), this.#death]);
  }

  #starting: Promise<void> | undefined;

  async #start(): Promise<void> {
    await (this.#starting ??= this.#startOnce().finally(() => (this.#starting = undefined)));
  }

  async #startOnce(): Promise<void> {
    const { timers } = this.#fate.env;
    await timers.sleep(this.#isCalm ? 0 : this.#time.random() * DOWN_MS);
    const machine = this.#time.machine(SILENT_LOGGER);
    const store = new FaultyStore(this.#disk, machine, {
      writeError: () =>
        this.#diskIsBad && this.#time.random() < 0.5
          ? new SluiceError(this.#time.random() < 0.5 ? 'LOG_FULL' : 'LOG_UNAVAILABLE', 'The disk has a bad time')
          : undefined,
      flushMs: () => this.#time.random() * this.#scenario.luck.latencyMs,
    });
    this.#machine = machine;
    try {
      const env = this.#plant === 'lost wake-up' ? forgetful(machine.env) : machine.env;
      const log = new EmbeddedLog({ store, env });
      if (this.#plant === 'commit before its output') hasty(log, env);
      this.#server = await startServer({
        env,
        log,
        store,
        connectors: [outsideSource(this.outside), outsideSink(this.outside)],
        properties: { 'ksql.streams.auto.offset.reset': 'earliest' },
      });
      this.#maintain(machine, log);
    } catch (error) {
      // A real one would end, and be started again by whoever watches it.
      machine.kill();
      if (this.#isCalm) throw error;
      await timers.sleep(START_RETRY_MS);
      return;
    }
    this.#death = new Promise((_, reject) => {
      this.#dies = () => reject(new Unanswered('The server died'));
    });
    this.#death.catch(() => undefined);
  }

  /** Retention, compaction and the merging of small batches, more often than a real server does it. */
  #maintain(machine: Machine, log: EmbeddedLog): void {
    machine.env.timers.after(this.#time.random() * MAINTAIN_MS, () => {
      if (this.#isCalm) return;
      const nowMs = machine.env.clock.nowMs();
      const early = this.#plant === 'retention off by one' ? 1 : 0;
      this.maintaining(log)
        .then(() => log.maintain(nowMs + early))
        .then(() => this.maintained(log, nowMs))
        .catch(() => undefined)
        .finally(() => {
          this.released();
          this.#maintain(machine, log);
        });
    });
  }

  #again(meanMs: number, event: () => void): void {
    const next = (): void => {
      this.#time.schedule(-Math.log(1 - this.#time.random()) * meanMs, this.#fate, () => {
        if (this.#isCalm) return;
        event();
        next();
      });
    };
    next();
  }
}
