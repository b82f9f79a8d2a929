import { KEYS } from '../../config/keys.ts';
import type { Collector } from '../../dataflow/graph/graph.ts';
import { rangesOf, type ScanRange, scanTopic } from '../../dataflow/views/topic-scan.ts';
import type { CompileEnv } from '../../expr/compile/env.ts';
import type { TopicRead } from '../../plan/pull/pull-plan.ts';
import type { QueryPlan, SourceStep, Step } from '../../plan/steps/steps.ts';
import type { Row } from '../../types/row.ts';
import { BIGINT } from '../../types/sql-type.ts';
import type { Config } from '../../base/config/config.ts';
import { taskSettings } from '../queries/query-options.ts';
import type { QueryFaults } from '../queries/query-faults.ts';
import type { Services } from '../services.ts';
import { bytesOfRow } from '../row-size.ts';
import type { Budget } from './budget.ts';
import { identityOf } from './identity.ts';

export interface PullSite {
  readonly services: Services;
  readonly config: Config;
  readonly compile: CompileEnv;
  /** False when the client no longer waits for the answer. @throws SluiceError STATEMENT_TIMEOUT */
  readonly mayGoOn: () => boolean;
  /** Receives what cannot be read or computed. */
  readonly faults: QueryFaults;
}

/** Rows of a table are returned in batches of this many. */
const BATCH_ROWS = 1000;

/** The contents of a topic, up to its ends when this was created. */
export class TopicRows {
  readonly #read: TopicRead;
  readonly #ranges: readonly ScanRange[];
  readonly #site: PullSite;
  readonly #budget: Budget;

  private constructor(read: TopicRead, ranges: readonly ScanRange[], site: PullSite, budget: Budget) {
    this.#read = read;
    this.#ranges = ranges;
    this.#site = site;
    this.#budget = budget;
  }

  /** @throws SluiceError NOT_FOUND, LOG_UNAVAILABLE */
  static async open(read: TopicRead, site: PullSite, budget: Budget): Promise<TopicRows> {
    const { services } = site;
    await services.prepareCodecs(services.catalog.current.source(read.source)!.topic);
    return new TopicRows(read, await rangesOf(services.log, read.topic), site, budget);
  }

  batches(): AsyncGenerator<Row[], void> {
    return this.#read.relation === 'STREAM' ? this.#streamed() : this.#lastOfEachKey();
  }

  async *#streamed(): AsyncGenerator<Row[], void> {
    let rows: Row[] = [];
    const collector: Collector = {
      retainsRow: true,
      push(_key, row) {
        if (row !== null) rows.push(row);
      },
      change() {},
    };
    for await (const _ of this.#scan(collector)) {
      if (rows.length === 0) continue;
      yield rows;
      rows = [];
    }
  }

  /** A table's rows are known only at the end, since later records replace earlier ones. */
  async *#lastOfEachKey(): AsyncGenerator<Row[], void> {
    const held = new Map<unknown, Row>();
    const budget = this.#budget;
    const { key, window } = sourceOf(this.#read.plan.root).out;
    const bounds = window === undefined ? [] : [BIGINT, BIGINT];
    const identity = identityOf([...key.map((c) => c.type), ...bounds]);
    const collector: Collector = {
      retainsRow: true,
      push() {},
      change(keyOf, row) {
        const id = identity(keyOf);
        const before = held.get(id);
        if (before !== undefined) budget.release(bytesOfRow(before));
        if (row === null) {
          held.delete(id);
        } else {
          budget.take(bytesOfRow(row), `the rows of a table that only its topic has`);
          held.set(id, row);
        }
      },
    };
    for await (const _ of this.#scan(collector)) if (!this.#site.mayGoOn()) return;
    let batch: Row[] = [];
    for (const row of held.values()) {
      batch.push(row);
      if (batch.length < BATCH_ROWS) continue;
      yield batch;
      batch = [];
    }
    if (batch.length > 0) yield batch;
  }

  #scan(collector: Collector): AsyncGenerator<void, void> {
    return scanRanges({ ...this.#read, ranges: this.#ranges, collector }, this.#site);
  }
}

/** What one pull query reads from a topic. */
interface Scan {
  readonly plan: QueryPlan;
  readonly topic: string;
  readonly ranges: readonly ScanRange[];
  readonly collector: Collector;
  readonly isEnough?: () => boolean;
}

/** Reads ranges of a topic with the limits of the site (dataflow/views/topic-scan.ts). */
export function scanRanges(
  { plan, topic, ranges, collector, isEnough }: Scan,
  { services, config, compile, faults, mayGoOn }: PullSite,
): AsyncGenerator<void, void> {
  return scanTopic({
    plan,
    topic,
    ranges,
    log: services.log,
    env: services.env,
    serviceId: services.config.get(KEYS.serviceId),
    settings: taskSettings(config),
    compile,
    registry: services.codecs,
    loadSchemas: services.loadSchemas,
    processingLog: faults,
    collector,
    mayGoOn,
    isEnough,
  });
}

function sourceOf(step: Step): SourceStep {
  return step.kind === 'TableFilter' || step.kind === 'StreamFilter' ? sourceOf(step.source) : (step as SourceStep);
}
