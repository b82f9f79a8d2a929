import { SILENT_LOGGER } from '../../src/base/env.ts';
import { SluiceError } from '../../src/base/errors.ts';
import type { Log } from '../../src/log/api.ts';
import { EmbeddedLog } from '../../src/log/embedded/embedded-log.ts';
import { MemoryStore } from '../../src/store/memory-store.ts';
import { FaultyStore } from './faulty-store.ts';
import { Outside, outsideSink, outsideSource } from './outside.ts';
import { forgetful, hasty, type Plant } from './plants.ts';
import { isConnectOverRest, type Scenario } from './scenario.ts';
import { type SimServer, startServer } from './server.ts';
import type { ConnectWeather } from './sim-connect.ts';
import { SimKafka } from './sim-kafka.ts';
import type { Machine, VirtualTime } from './virtual-time.ts';

/** The outcome of a request is unknown, because the server died before it responded. */
export class Unanswered extends Error {}

/** The maximum downtime of a machine after a kill, in ms. */
const DOWN_MS = 200;
const START_RETRY_MS = 100;
/** The maximum duration of a disk fault, in ms. */
const BAD_DISK_MS = 150;
/** The longest transaction of another producer, in ms. */
const STRANGER_MS = 600;
const SLOW_MARKERS = 0.1;
const SLOW_MARKER_MS = 700;
const MAINTAIN_MS = 120;
const SESSION_MS = 400;

/** The location of a server, with a disk that survives the server. */
interface Slot {
  disk: MemoryStore;
  machine: Machine | undefined;
  /** Its use by the server. */
  store: FaultyStore | undefined;
  server: SimServer | undefined;
  /** Rejects when the server dies. */
  death: Promise<never>;
  dies: () => void;
  starting: Promise<void> | undefined;
}

/** The environment of the service: disks, running servers, external systems, and their faults. */
export class Site {
  readonly outside: Outside;
  readonly #time: VirtualTime;
  readonly #scenario: Scenario;
  readonly #slots: Slot[];
  /** The machine on which everything other than the servers runs. */
  readonly #fate: Machine;
  readonly #kafka: SimKafka | undefined;
  readonly #plant: Plant | undefined;
  #isCalm = false;
  /** After `gather`, the only slot in which a server may run. */
  #last: Slot | undefined;
  #diskIsBad = false;
  kills = 0;
  /** Called when maintenance has ended or was interrupted by a kill; what waited for it can continue. */
  released: () => void = () => undefined;
  /** Called before maintenance of the log: the last opportunity to read what compaction deletes. */
  maintaining: (log: Log) => Promise<void> = () => Promise.resolve();
  /**
   * Called after maintenance of the log with the time for which it was done, in ms since the epoch, and whether its
   * server has died since, so that the log does not know what others wrote.
   */
  maintained: (log: Log, nowMs: number, isDead: () => boolean) => Promise<void> = () => Promise.resolve();

  constructor(time: VirtualTime, scenario: Scenario, plant?: Plant) {
    this.#time = time;
    this.#plant = plant;
    this.#scenario = scenario;
    this.#fate = time.machine(SILENT_LOGGER);
    this.#slots = Array.from({ length: scenario.servers }, () => ({
      disk: new MemoryStore(),
      machine: undefined,
      store: undefined,
      server: undefined,
      death: new Promise<never>(() => undefined),
      dies: () => undefined,
      starting: undefined,
    }));
    if (scenario.log === 'kafka') {
      const { env } = this.#fate;
      this.#kafka = new SimKafka(new EmbeddedLog({ store: new MemoryStore(), env }), this.#fate, () =>
        this.#markerMs(),
      );
    }
    const { luck } = scenario;
    this.outside = new Outside({
      latencyMs: () => time.random() * luck.latencyMs,
      fault: () => this.#fault(luck.outsideFault),
    });
  }

  /** The log that all servers use; that of Kafka's brokers is available without a server. */
  async log(): Promise<Log> {
    return this.#kafka?.log ?? (await this.server()).engine.services.log;
  }

  /** Starts the faults. */
  begin(): void {
    const { killMs, badDiskMs, strangerMs } = this.#scenario.luck;
    for (const slot of this.#slots) {
      if (killMs > 0) this.#again(killMs, () => this.#kill(slot));
    }
    if (strangerMs > 0)
      this.#again(strangerMs, () => {
        const { random } = this.#time;
        void this.#kafka?.stranger(this.#fate, random, random() * STRANGER_MS).catch(() => undefined);
      });
    if (badDiskMs > 0)
      this.#again(badDiskMs, () => {
        this.#diskIsBad = true;
        this.#time.schedule(this.#time.random() * BAD_DISK_MS, this.#fate, () => (this.#diskIsBad = false));
      });
  }

  /** Whether transactions that have not ended everywhere still hide what was written after them. */
  async isHeldBack(): Promise<boolean> {
    return (await this.#kafka?.open.isHiding(this.#kafka.log.admin)) ?? false;
  }

  /** Ends the faults: from here on, the service must come to rest. */
  calm(): void {
    this.#isCalm = true;
    this.#diskIsBad = false;
  }

  /** Shuts down all servers except one, which then takes over all work. */
  async gather(): Promise<void> {
    this.#last = await this.#someSlot();
    for (const slot of this.#slots) {
      if (slot === this.#last) continue;
      await slot.starting;
      const { server } = slot;
      slot.server = undefined;
      await server?.close();
    }
  }

  /** Kills a server, as kill -9 does. It restarts some time later; on Kafka, its disk may be lost. */
  #kill(slot: Slot): void {
    if (slot.server === undefined) return;
    this.kills++;
    slot.machine!.kill();
    slot.store!.die();
    slot.server = undefined;
    if (this.#kafka !== undefined && this.#time.random() < 0.3) slot.disk = new MemoryStore();
    this.released();
    slot.dies();
    // The supervisor restarts it.
    if (this.#scenario.servers > 1) void this.#up(slot).catch(() => undefined);
  }

  /** One of the running servers; waits until there is one. */
  async server(): Promise<SimServer> {
    return (await this.#someSlot()).server!;
  }

  /**
   * Sends a client's request to a server.
   * @throws Unanswered when the server dies meanwhile, or the server's error
   */
  async ask<T>(call: (server: SimServer) => Promise<T>): Promise<T> {
    const slot = await this.#someSlot();
    return await Promise.race([call(slot.server!), slot.death]);
  }

  async #someSlot(): Promise<Slot> {
    for (;;) {
      const up = this.#slots.filter((slot) => slot.server !== undefined);
      if (up.length > 0) return up[Math.floor(this.#time.random() * up.length)]!;
      await this.#up(this.#last ?? this.#slots[0]!);
    }
  }

  /** Starts all servers and waits for the first. */
  async open(): Promise<void> {
    await this.server();
    for (const slot of this.#slots) void this.#up(slot).catch(() => undefined);
  }

  async #up(slot: Slot): Promise<void> {
    while (slot.server === undefined && (this.#last ?? slot) === slot)
      await (slot.starting ??= this.#start(slot).finally(() => (slot.starting = undefined)));
  }

  async #start(slot: Slot): Promise<void> {
    const { timers } = this.#fate.env;
    await timers.sleep(this.#isCalm ? 0 : this.#time.random() * DOWN_MS);
    const machine = this.#time.machine(SILENT_LOGGER);
    const store = new FaultyStore(slot.disk, machine, {
      writeError: () =>
        this.#diskIsBad && this.#time.random() < 0.5
          ? new SluiceError(this.#time.random() < 0.5 ? 'LOG_FULL' : 'LOG_UNAVAILABLE', 'The disk has a bad time')
          : undefined,
      flushMs: () => this.#time.random() * this.#scenario.luck.latencyMs,
      commitMs: () => this.#time.random() * this.#scenario.luck.commitMs,
      survives: () => this.#time.random() < 0.5,
    });
    slot.machine = machine;
    slot.store = store;
    try {
      const env = this.#plant === 'lost wake-up' ? forgetful(machine.env) : machine.env;
      const log = this.#connect(machine, store, env);
      slot.server = await startServer({
        env,
        log,
        store,
        ...(log.kind === 'kafka' && { instanceId: `server-${this.#slots.indexOf(slot)}` }),
        connectors: [outsideSource(this.outside), outsideSink(this.outside)],
        connectWeather: this.#connectWeather(),
        properties: {
          'ksql.streams.auto.offset.reset': 'earliest',
          'ksql.streams.session.timeout.ms': `${SESSION_MS}`,
          'ksql.streams.heartbeat.interval.ms': `${SESSION_MS / 4}`,
        },
      });
      if (log instanceof EmbeddedLog) this.#maintain(machine, log);
    } catch (error) {
      // A real server would exit and be restarted by its supervisor.
      machine.kill();
      store.die();
      if (this.#isCalm) throw error;
      await timers.sleep(START_RETRY_MS);
      return;
    }
    slot.death = new Promise((_, reject) => {
      slot.dies = () => reject(new Unanswered('The server died'));
    });
    slot.death.catch(() => undefined);
  }

  #connect(machine: Machine, store: FaultyStore, env: Machine['env']): Log {
    const { luck } = this.#scenario;
    if (this.#kafka !== undefined)
      return this.#kafka.connect(machine, {
        latencyMs: () => this.#time.random() * Math.min(luck.latencyMs, 20),
        fault: () => this.#fault(luck.netFault),
        refusal: () => this.#fault(luck.coordinatorFault),
        random: this.#time.random,
      });
    const log = new EmbeddedLog({ store, env });
    if (this.#plant === 'commit before its output') hasty(log, env);
    return log;
  }

  /** How long the end of a transaction takes to reach a partition or a group: long where a broker is in trouble. */
  #markerMs(): number {
    const { latencyMs, coordinatorFault } = this.#scenario.luck;
    const isSlow = !this.#isCalm && coordinatorFault > 0 && this.#time.random() < SLOW_MARKERS;
    return this.#time.random() * (isSlow ? SLOW_MARKER_MS : latencyMs);
  }

  #connectWeather(): ConnectWeather | undefined {
    const { connectFault, latencyMs } = this.#scenario.luck;
    if (!isConnectOverRest(this.#scenario)) return undefined;
    const { random } = this.#time;
    return { latencyMs: () => random() * Math.min(latencyMs, 20), fault: () => this.#fault(connectFault), random };
  }

  #fault(chance: number): 'before' | 'after' | undefined {
    if (this.#isCalm || this.#time.random() >= chance) return undefined;
    return this.#time.random() < 0.5 ? 'before' : 'after';
  }

  /** Runs retention, compaction and the merging of small batches more often than a real server does. */
  #maintain(machine: Machine, log: EmbeddedLog): void {
    machine.env.timers.after(this.#time.random() * MAINTAIN_MS, () => {
      if (this.#isCalm) return;
      const nowMs = machine.env.clock.nowMs();
      const early = this.#plant === 'retention off by one' ? 1 : 0;
      this.maintaining(log)
        .then(() => log.maintain(nowMs + early))
        .then(() => this.maintained(log, nowMs, () => machine.isDead))
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
