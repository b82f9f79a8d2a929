import { SILENT_LOGGER } from '../../src/base/env.ts';
import { messageOf } from '../../src/base/errors.ts';
import type { Log } from '../../src/log/api.ts';
import { splitStatements } from '../../src/sql/split.ts';
import { declarations, END_MS, type Input, insertOf, type SourceName, SOURCES } from '../differential/inputs.ts';
import type { Plant } from './plants.ts';
import { readTopic } from './read-topic.ts';
import type { Rows } from '../differential/reference.ts';
import { isConnectOverRest, isOrdered, type Scenario } from './scenario.ts';
import { Site, Unanswered } from './site.ts';
import { type Machine, StandStill, VirtualTime } from './virtual-time.ts';

/** A violated property. */
export interface Finding {
  readonly property: 'lost' | 'twice' | 'result' | 'state' | 'rest' | 'outside' | 'retention' | 'crash';
  readonly text: string;
}

export interface Outcome {
  readonly finding: Finding | undefined;
  /** The number of steps, which is the same for the same scenario. */
  readonly steps: number;
  readonly virtualMs: number;
  readonly kills: number;
}

/** Limits for the virtual time of a complete run, and of its end, when no more faults occur. */
const RUN_LIMIT_MS = 10 * 60_000;
const REST_LIMIT_MS = 3 * 60_000;
const CLIENT_PAUSE_MS = 80;
const RETRY_MS = 50;
const OUTSIDE_PAUSE_MS = 25;
const LOOK_MS = 1;
/** The number of attempts after which a statement counts as refused. */
const TRIES_MAX = 200;

/** How the worker writes and reads records whose declarations it does not know. */
const CONVERTERS =
  "'key.converter'='org.apache.kafka.connect.converters.IntegerConverter', 'value.converter'='org.apache.kafka.connect.json.JsonConverter', 'value.converter.schemas.enable'='false'";
const CREATE_SINK = {
  inProcess: "CREATE SINK CONNECTOR IF NOT EXISTS going WITH ('connector.class'='sim.OutsideSink', sources='totals');",
  overRest: `CREATE SINK CONNECTOR IF NOT EXISTS going WITH ('connector.class'='sim.OutsideSink', topics='TOTALS', ${CONVERTERS});`,
};
const CREATE_SOURCE = {
  inProcess: "CREATE SOURCE CONNECTOR IF NOT EXISTS coming WITH ('connector.class'='sim.OutsideSource');",
  overRest: `CREATE SOURCE CONNECTOR IF NOT EXISTS coming WITH ('connector.class'='sim.OutsideSource', ${CONVERTERS});`,
};
const OUTSIDE_STREAMS = [
  "CREATE STREAM IF NOT EXISTS outside (k INT KEY, id INT, n INT) WITH (kafka_topic='outside', value_format='JSON', partitions=2);",
  'CREATE TABLE IF NOT EXISTS totals AS SELECT k, COUNT(*) AS c, SUM(n) AS s FROM outside GROUP BY k;',
];

const FADING_MS = 60;
const FADING = `CREATE STREAM fading (k INT KEY, n INT) WITH (kafka_topic='fading', value_format='JSON', partitions=1, retention_ms=${FADING_MS});`;

class Found extends Error {
  readonly finding: Finding;
  constructor(property: Finding['property'], text: string) {
    super(text);
    this.finding = { property, text };
  }
}

/**
 * Runs a scenario from its first statement until the service is at rest. The same scenario always has the same outcome.
 */
export async function run(scenario: Scenario, plant?: Plant): Promise<Outcome> {
  const time = new VirtualTime(scenario.seed);
  const site = new Site(time, scenario, plant);
  const world = new Run(time, site, scenario);
  let finding: Finding | undefined;
  try {
    await time.until(world.all(), RUN_LIMIT_MS, 'the run');
  } catch (error) {
    if (error instanceof Found) finding = error.finding;
    else if (error instanceof StandStill) finding = { property: 'rest', text: `${error.message} (${world.stage})` };
    else
      finding = {
        property: 'crash',
        text: `${world.stage}: ${error instanceof Error ? (error.stack ?? error.message) : messageOf(error)}`,
      };
  }
  return { finding, steps: time.steps, virtualMs: time.nowMs, kills: site.kills };
}

/** The outcome of a client's INSERT. */
interface Written {
  readonly input: Input;
  /** Acknowledged, unknown or refused; a refused row must not be in the topic. */
  answer: 'acknowledged' | 'unknown' | 'refused';
}

class Run {
  stage = 'start';
  readonly #time: VirtualTime;
  readonly #site: Site;
  readonly #scenario: Scenario;
  readonly #people: Machine;
  readonly #written: Written[] = [];
  /** All records that the input topics ever contained, by source, partition and offset. */
  readonly #history = new Map<string, Input>();
  /** How far clients' records were read before maintenance. The last check reads all of them again. */
  readonly #looked = new Map<string, number>();
  #inserting = 0;
  /** The number of queries that were given an id. */
  #named = 0;
  #isLooking = false;

  constructor(time: VirtualTime, site: Site, scenario: Scenario) {
    this.#time = time;
    this.#site = site;
    this.#scenario = scenario;
    this.#people = time.machine(SILENT_LOGGER);
    site.maintaining = (log) => this.#look(log);
    site.released = () => {
      this.#isLooking = false;
    };
  }

  async all(): Promise<void> {
    const { inputs, shapes, partitions, sources, outsideRows } = this.#scenario;
    this.stage = 'declarations';
    await this.#site.open();
    for (const statement of declarations(partitions, sources)) await this.#execute(statement);
    if (this.#scenario.log === 'embedded') await this.#execute(FADING);
    this.#site.begin();
    this.stage = 'creations';
    if (outsideRows > 0)
      for (const statement of [...OUTSIDE_STREAMS, CREATE_SOURCE[this.#connect], CREATE_SINK[this.#connect]])
        await this.#execute(statement);
    for (const [i, shape] of shapes.entries()) {
      for (const { text } of splitStatements(shape.create.replaceAll('@', `o${i}`)).statements)
        await this.#execute(text);
    }
    this.stage = 'clients';
    const before = inputs.filter((input) => input.time !== END_MS);
    await Promise.all([
      this.#clients(before),
      this.#outside(),
      this.#operator(before.length),
      this.#fading(before.length),
    ]);
    this.stage = 'rest';
    this.#site.calm();
    await this.#site.gather();
    await this.#resumeAll();
    // A record that is hidden until others have closed its windows is late, and joins no other.
    await this.#allRead();
    for (const input of inputs) if (input.time === END_MS) await this.#insert(input);
    await this.#rest();
    this.stage = 'check';
    await this.#remember(await this.#site.log());
    await this.#checkRows();
    await this.#checkResults();
    if (outsideRows > 0) await this.#checkOutside();
    await this.#checkStates();
  }

  get #connect(): 'inProcess' | 'overRest' {
    return isConnectOverRest(this.#scenario) ? 'overRest' : 'inProcess';
  }

  #sleep(ms: number): Promise<void> {
    return this.#people.env.timers.sleep(ms);
  }

  /**
   * Executes a statement as a careful person would, who repeats it until it succeeds, in a form that has its effect once
   * even if the response was lost: another server may not know yet what the first one did.
   */
  async #execute(statement: string): Promise<void> {
    const text = statement
      .replace(/^CREATE (STREAM|TABLE) (?!IF NOT)/, 'CREATE $1 IF NOT EXISTS ')
      .replace(
        /^INSERT INTO (\w+) (?=SELECT)/,
        (_, into: string) => `INSERT INTO ${into} WITH (QUERY_ID='insert_${++this.#named}') `,
      );
    let last: unknown;
    for (let tries = 0; tries < TRIES_MAX; tries++) {
      try {
        await this.#site.ask((server) => server.execute(text));
        return;
      } catch (error) {
        // INSERT INTO … SELECT has no IF NOT EXISTS, but only one query has an id.
        if (tries > 0 && /^Query ID '\w+' already exists/.test(messageOf(error))) return;
        last = error;
        await this.#sleep(RETRY_MS);
      }
    }
    throw new Found('rest', `${text} is refused again and again: ${messageOf(last)}`);
  }

  async #clients(inputs: readonly Input[]): Promise<void> {
    const { clients } = this.#scenario;
    const rows = inputs.values();
    await Promise.all(
      Array.from({ length: clients }, async () => {
        for (const input of rows) {
          await this.#insert(input);
          if (isOrdered(this.#scenario)) await this.#caughtUp();
          else await this.#sleep(this.#time.random() * CLIENT_PAUSE_MS);
        }
      }),
    );
  }

  async #insert(input: Input): Promise<void> {
    const written: Written = { input, answer: 'unknown' };
    while (this.#isLooking) await this.#sleep(LOOK_MS);
    this.#inserting++;
    this.#written.push(written);
    try {
      await this.#site.ask((server) => server.execute(insertOf(input)));
      written.answer = 'acknowledged';
    } catch (error) {
      // If the response may have been lost, the outcome is unknown.
      const isKnown = !(error instanceof Unanswered) && this.#scenario.luck.netFault === 0;
      if (isKnown) written.answer = 'refused';
      await this.#sleep(RETRY_MS);
    } finally {
      this.#inserting--;
    }
  }

  /**
   * Reads all records before compaction may delete those that later rows replace, because results of queries also
   * depend on them. Clients wait meanwhile.
   */
  async #look(log: Log): Promise<void> {
    this.#isLooking = true;
    while (this.#inserting > 0) await this.#sleep(LOOK_MS);
    await this.#remember(log, this.#looked);
  }

  /** @param after offsets by source and partition from which to read on; updated */
  async #remember(log: Log, after: Map<string, number> = new Map()): Promise<void> {
    for (const source of this.#scenario.sources) {
      const records = await readTopic(log, source, (partition) => after.get(`${source} ${partition}`) ?? 0);
      for (const { partition, offset, key, value, timestamp } of records) {
        const input: Input = { source, time: timestamp, key: key!.readInt32BE(0), value: inputValue(source, value) };
        this.#history.set(`${source} ${partition} ${String(offset).padStart(9, '0')}`, input);
        after.set(`${source} ${partition}`, offset + 1);
      }
    }
  }

  /** Waits until every query has processed all records, even if a server dies meanwhile. */
  async #caughtUp(): Promise<void> {
    for (;;) {
      try {
        await this.#site.ask((server) => server.queries.caughtUp());
        return;
      } catch {
        // The server died, or its log did not respond.
        await this.#sleep(RETRY_MS);
      }
    }
  }

  /** Checks that the records of a stream with a short retention time are kept for at least that time. */
  async #fading(rounds: number): Promise<void> {
    // Only the embedded log deletes records itself.
    if (this.#scenario.log !== 'embedded') return;
    let retention: string | undefined;
    const acknowledged: { readonly n: number; readonly at: number }[] = [];
    this.#site.maintained = async (log, nowMs, isDead) => {
      // What is acknowledged while the topic is read may not have been read.
      const before = [...acknowledged];
      const there = new Set((await readTopic(log, 'fading')).map((record) => record.value!.toString()));
      if (isDead()) return;
      for (const { n, at } of before) {
        if (at >= nowMs - FADING_MS && !there.has(`{"N":${n}}`))
          retention ??= `a record of ${at} is gone at ${nowMs}, ${nowMs - at} ms later: it was to be kept for ${FADING_MS} ms`;
      }
    };
    for (let n = 0; n < rounds; n++) {
      const at = this.#people.env.clock.nowMs();
      const insert = `INSERT INTO fading (ROWTIME, k, n) VALUES (${at}, 1, ${n});`;
      await this.#site
        .ask((server) => server.execute(insert))
        .then(
          () => acknowledged.push({ n, at }),
          () => undefined,
        );
      await this.#sleep(this.#time.random() * CLIENT_PAUSE_MS);
      if (retention !== undefined) throw new Found('retention', retention);
    }
    this.#site.maintained = () => Promise.resolve();
  }

  /** Adds rows to the external system during the run. */
  async #outside(): Promise<void> {
    const { outsideRows } = this.#scenario;
    for (let id = 0; id < outsideRows; id++) {
      this.#site.outside.rows.push({
        id,
        k: Math.floor(this.#time.random() * 5),
        n: Math.floor(this.#time.random() * 10),
      });
      await this.#sleep(this.#time.random() * OUTSIDE_PAUSE_MS);
    }
  }

  /** Acts as an operator who tries things on a live service. */
  async #operator(rounds: number): Promise<void> {
    const { luck, outsideRows } = this.#scenario;
    if (luck.operator === 0 || isOrdered(this.#scenario)) return;
    for (let i = 0; i < rounds * luck.operator * 0.1; i++) {
      await this.#sleep(this.#time.random() * 100);
      const query = await this.#someQuery();
      const actions = [
        ...(query === undefined ? [] : [`PAUSE ${query};`, `RESUME ${query};`]),
        ...(outsideRows === 0
          ? []
          : [
              'RESTART CONNECTOR coming;',
              'PAUSE CONNECTOR going;',
              'RESUME CONNECTOR going;',
              'DROP CONNECTOR IF EXISTS going;',
              CREATE_SINK[this.#connect],
            ]),
        'CREATE STREAM IF NOT EXISTS passing AS SELECT k, v FROM s;',
        'DROP STREAM IF EXISTS passing DELETE TOPIC;',
      ];
      const action = actions[Math.floor(this.#time.random() * actions.length)]!;
      await this.#site.ask((server) => server.execute(action)).catch(() => undefined);
    }
  }

  async #someQuery(): Promise<string | undefined> {
    const ids = [...(await this.#site.server()).engine.catalog.queries.keys()];
    return ids[Math.floor(this.#time.random() * ids.length)];
  }

  async #resumeAll(): Promise<void> {
    await this.#resumeQueries();
    if (this.#scenario.outsideRows === 0) return;
    await this.#execute(CREATE_SINK[this.#connect]);
    await this.#execute('RESUME CONNECTOR going;');
  }

  /**
   * Resumes paused queries and returns whether there were any. A PAUSE whose response was lost may reach this server
   * after it was checked.
   */
  async #resumeQueries(): Promise<boolean> {
    const server = await this.#site.server();
    const paused = [...server.engine.catalog.queries.values()].filter((query) => query.state === 'PAUSED');
    for (const query of paused) await this.#execute(`RESUME ${query.id};`);
    return paused.length > 0;
  }

  /** Waits until nothing is hidden and every query, none of which is paused, has processed all records. */
  async #allRead(): Promise<void> {
    do {
      await this.#caughtUp();
      // Whoever reads a result sees no more than readers of committed records.
      while (await this.#site.isHeldBack()) await this.#sleep(RETRY_MS);
    } while (await this.#resumeQueries());
  }

  /** Waits until all work is done, within a time that a person would wait. */
  async #rest(): Promise<void> {
    const began = this.#time.nowMs;
    const { outside } = this.#site;
    for (;;) {
      await this.#allRead();
      if (this.#scenario.outsideRows === 0) return;
      const server = await this.#site.server();
      const arrived = (await server.ask('SELECT k, c, s FROM totals;')).reduce((sum, row) => sum + Number(row[1]), 0);
      if (
        arrived === outside.rows.length &&
        sinkIsEven(await server.ask('SELECT k, c, s FROM totals;'), outside.written)
      )
        return;
      if (this.#time.nowMs - began > REST_LIMIT_MS)
        throw new Found(
          'rest',
          `${arrived} of ${outside.rows.length} rows of the system outside arrived, its sink has ${[...outside.written].join(' ')}`,
        );
      await this.#sleep(100);
    }
  }

  /** Checks that no acknowledged row is lost, no row occurs twice, and no refused row was written. */
  async #checkRows(): Promise<void> {
    const there = this.#everything();
    const counts = counted(there.map(identity));
    const bounds = new Map<string, { least: number; most: number }>();
    for (const { input, answer } of this.#written) {
      const { least, most } = bounds.get(identity(input)) ?? { least: 0, most: 0 };
      const isAcknowledged = answer === 'acknowledged';
      bounds.set(identity(input), {
        least: least + (isAcknowledged ? 1 : 0),
        most: most + (answer === 'refused' ? 0 : 1),
      });
    }
    for (const id of new Set([...counts.keys(), ...bounds.keys()])) {
      const n = counts.get(id) ?? 0;
      const { least, most } = bounds.get(id) ?? { least: 0, most: 0 };
      if (n < least) throw new Found('lost', `${id} was acknowledged ${least} times and is there ${n} times`);
      if (n > most) throw new Found('twice', `${id} was written ${most} times at most and is there ${n} times`);
    }
  }

  /** All records, partition by partition in the order of their offsets. */
  #everything(): Input[] {
    return [...this.#history].sort(([a], [b]) => (a < b ? -1 : 1)).map(([, input]) => input);
  }

  /** Checks that the result of each query equals the result computed over the whole input at once. */
  async #checkResults(): Promise<void> {
    const { shapes } = this.#scenario;
    const server = await this.#site.server();
    const inputs = this.#everything();
    // If order matters, there was only one client, and timestamps increase from record to record.
    if (isOrdered(this.#scenario)) inputs.sort((a, b) => a.time - b.time);
    for (const [i, shape] of shapes.entries()) {
      const isKept = (row: Rows[number]): boolean => shape.isLeftOver?.(row) !== true;
      const expected = canonical(shape.expected(inputs).filter(isKept));
      const answer = (await server.ask(shape.ask.replaceAll('@', `o${i}`))) as Rows;
      const got = canonical(answer.filter(isKept));
      if (expected !== got) throw new Found('result', `${shape.name}\nexpected: ${expected}\ngot:      ${got}`);
    }
  }

  async #checkOutside(): Promise<void> {
    const server = await this.#site.server();
    const rows = await server.ask('SELECT id FROM outside;');
    const ids = rows.map((row) => Number(row[0])).sort((a, b) => a - b);
    const { outside } = this.#site;
    if (ids.join() !== outside.rows.map((row) => row.id).join())
      throw new Found('outside', `the source's topic has ids ${ids.join()} of ${outside.rows.length}`);
    const totals = new Map<number, readonly [number, number]>();
    for (const { k, n } of outside.rows) {
      const [c, s] = totals.get(k) ?? [0, 0];
      totals.set(k, [c + 1, s + n]);
    }
    const expected = canonical([...totals].map(([k, [c, s]]) => [k, c, s]));
    const got = canonical(await server.ask('SELECT k, c, s FROM totals;'));
    if (expected !== got) throw new Found('outside', `totals\nexpected: ${expected}\ngot:      ${got}`);
  }

  /** Checks that whatever is not running states a reason. */
  async #checkStates(): Promise<void> {
    const server = await this.#site.server();
    for (const query of server.engine.catalog.queries.values()) {
      const status = server.queries.status(query.id);
      if (status?.status !== 'RUNNING')
        throw new Found(
          'state',
          `${query.id} is ${status?.status}: ${status?.errors.at(-1)?.errorMessage ?? 'no reason'}`,
        );
    }
  }
}

function inputValue(source: SourceName, value: Buffer | null): Input['value'] {
  if (value === null) return null;
  const json = JSON.parse(value.toString()) as Record<string, number | string | null>;
  return Object.fromEntries(Object.keys(SOURCES[source].columns).map((c) => [c, json[c.toUpperCase()] ?? null]));
}

const identity = ({ source, time, key, value }: Input): string =>
  `${source} ${time} ${key} ${JSON.stringify(value && Object.entries(value).sort(([a], [b]) => (a < b ? -1 : 1)))}`;

function counted(ids: readonly string[]): Map<string, number> {
  const counts = new Map<string, number>();
  for (const id of ids) counts.set(id, (counts.get(id) ?? 0) + 1);
  return counts;
}

function canonical(rows: readonly (readonly unknown[])[]): string {
  return rows
    .map((row) => JSON.stringify(row))
    .sort()
    .join(' ');
}

function sinkIsEven(table: readonly (readonly unknown[])[], written: ReadonlyMap<string, string>): boolean {
  return (
    table.length === written.size &&
    table.every(([k, c, s]) => {
      const text = written.get(String(k)) ?? [...written].find(([key]) => key.replace(/\D/g, '') === String(k))?.[1];
      const numbers = text?.match(/\d+/g)?.map(Number) ?? [];
      return numbers.includes(Number(c)) && numbers.includes(Number(s));
    })
  );
}
