import type { QueryDriver } from './query-driver.ts';
import { createDriver } from './drive.ts';
import { readTopic } from './run-qtt.ts';
import type { World } from './world.ts';

interface Running {
  driver: QueryDriver;
  plan: object;
  /** The number of records processed from each source topic. */
  readonly taken: Map<string, number>;
}

/**
 * Keeps all queries of a world up to date with their topics: the output of one is the input of the next, until nothing
 * changes. A row is processed only by the queries that run when it is written (README 7 of the suite), and not by one
 * that starts later.
 */
export class Pump {
  readonly #world: World;
  readonly #properties: Readonly<Record<string, string>>;
  readonly #running = new Map<string, Running>();

  constructor(world: World, properties: Readonly<Record<string, string>>) {
    this.#world = world;
    this.#properties = properties;
  }

  async run(): Promise<void> {
    await this.#follow();
    for (let moved = true; moved;) {
      moved = false;
      for (const entry of this.#running.values()) if (await this.#take(entry)) moved = true;
    }
  }

  async close(): Promise<void> {
    for (const { driver } of this.#running.values()) await driver.close();
  }

  /** Starts new queries, replaces changed ones (their state is kept), stops dropped ones. */
  async #follow(): Promise<void> {
    const queries = new Map(this.#world.queries().map((q) => [q.id, q]));
    for (const [id, entry] of this.#running) {
      if (queries.has(id)) continue;
      await entry.driver.close();
      this.#running.delete(id);
    }
    for (const [id, query] of queries) {
      const entry = this.#running.get(id);
      if (!entry) {
        const driver = await createDriver(query, this.#world, { ...this.#properties, ...query.properties });
        const taken = new Map<string, number>();
        for (const topic of driver.sourceTopics) taken.set(topic, (await readTopic(this.#world, topic)).length);
        this.#running.set(id, { driver, plan: query.plan, taken });
      } else if (entry.plan !== query.plan) {
        await entry.driver.close();
        entry.driver = await createDriver(query, this.#world, { ...this.#properties, ...query.properties });
        entry.plan = query.plan;
      }
    }
  }

  async #take(entry: Running): Promise<boolean> {
    let moved = false;
    for (const topic of entry.driver.sourceTopics) {
      const records = await readTopic(this.#world, topic);
      const taken = entry.taken.get(topic) ?? 0;
      for (const record of records.slice(taken)) {
        await entry.driver.pipe(topic, record.key, record.value, record.timestamp, record.headers);
        moved = true;
      }
      entry.taken.set(topic, records.length);
    }
    return moved;
  }
}
