import { KEYS } from '../config/keys.ts';
import type { Env } from '../base/env.ts';
import { isSluiceError, SluiceError } from '../base/errors.ts';
import { CommandLog } from '../engine/command-log.ts';
import type { Config } from '../base/config/config.ts';
import {
  MemorySchemaRegistry,
  RegistryMovedOn,
  type RegistryEvent,
  type RegistryStore,
} from '../formats/schema-registry/memory-registry.ts';
import { Fenced, type Log, type LogReader, type LogWriter } from '../log/api.ts';
import { BatchBuilder } from '../log/record-batch/builder.ts';
import { RecordCursor } from '../log/record-batch/cursor.ts';

/** The embedded log has this topic to itself; on Kafka it is that of a registry of the usual kind. */
const TOPIC = '_schemas';
const POLL_MS = 1000;
/** How long the topic's newest events are waited for: longer than what a dead server left open can hold them back. */
const NEWS_PATIENCE_MS = 60_000;
/** Longest random pauses, in ms, between attempts when several servers register at the same time. */
const CLAIM_PAUSE_MS = 20;
const CLAIM_PAUSE_MAX_MS = 1000;
const CLAIMS_MAX = 50;

/** The embedded registry: its events are replayed from the topic, and each change is appended before it counts. */
export async function openEmbeddedRegistry(log: Log, env: Env, config: Config): Promise<MemorySchemaRegistry> {
  if (log.kind === 'embedded') {
    await createTopic(log, TOPIC, 1);
    const topic = new RegistryTopic(log, env, TOPIC, 'schema-registry');
    return new MemorySchemaRegistry({
      events: await topic.news(),
      store: { append: (event) => topic.append(event) },
    });
  }
  const { name, inherited } = await topicOnKafka(log, env, config);
  // Fencing tells writers of one topic of one another, and of no others.
  const topic = new RegistryTopic(log, env, name, `${name}-writer`);
  if (inherited.length > 0) await topic.inherit(inherited);
  const registry = new MemorySchemaRegistry({ store: topic });
  await registry.refresh();
  return registry;
}

/**
 * A topic of the service's own. A service that is older than this rule goes on with `_schemas`, shared as it was,
 * unless a registry of another kind writes there as well: then its schemas are taken over.
 */
async function topicOnKafka(
  log: Log,
  env: Env,
  config: Config,
): Promise<{ readonly name: string; readonly inherited: readonly RegistryEvent[] }> {
  const serviceId = config.get(KEYS.serviceId);
  const replicas = config.get(KEYS.internalTopicReplicas);
  const named = config.get(KEYS.schemaRegistryTopic);
  const name = named ?? `_confluent-ksql-${serviceId}_schemas`;
  const isThere = (await log.admin.describeTopic(name)) !== undefined;
  const isNew = !isThere || (await log.admin.endOffset!({ topic: name, partition: 0 })) === 0;
  if (!isNew || named !== undefined) {
    if (!isThere) await createTopic(log, name, replicas);
    return { name, inherited: [] };
  }
  const { ours, others } = await legacyEvents(log, env, serviceId);
  if (!isThere && ours.length > 0 && others === 0) return { name: TOPIC, inherited: [] };
  if (!isThere) await createTopic(log, name, replicas);
  return { name, inherited: others === 0 ? [] : ours };
}

/** What an older server of this service may have written to `_schemas`. */
async function legacyEvents(
  log: Log,
  env: Env,
  serviceId: string,
): Promise<{ readonly ours: readonly RegistryEvent[]; readonly others: number }> {
  const nothing = { ours: [], others: 0 };
  try {
    if ((await log.admin.describeTopic(CommandLog.topicName(serviceId))) === undefined) return nothing;
    if ((await log.admin.describeTopic(TOPIC)) === undefined) return nothing;
    const topic = new RegistryTopic(log, env, TOPIC, '');
    const ours = await topic.news();
    return { ours, others: topic.others };
  } catch (error) {
    if (isSluiceError(error, 'FORBIDDEN')) return nothing;
    throw error;
  }
}

async function createTopic(log: Log, name: string, replicas: number): Promise<void> {
  const configs = { 'retention.ms': '-1', 'cleanup.policy': 'delete' };
  await log.admin.createTopic({ name, partitions: 1, replicas, configs }).catch((error: unknown) => {
    // It is there, or another server of the service was faster.
    if (!isSluiceError(error, 'CONFLICT')) throw error;
  });
}

/**
 * The registry's events on a topic that other servers write too. Who claims it fences the writers before him, so that
 * whatever is committed was decided with all that was committed before.
 */
class RegistryTopic implements RegistryStore {
  readonly #log: Log;
  readonly #env: Env;
  readonly #at: { readonly topic: string; readonly partition: 0 };
  readonly #transactionalId: string;
  #writer: LogWriter | undefined;
  #position = 0;
  /** Since the last success. */
  #fences = 0;
  /** Records that are no events of ours. */
  others = 0;

  constructor(log: Log, env: Env, topic: string, transactionalId: string) {
    this.#log = log;
    this.#env = env;
    this.#at = { topic, partition: 0 };
    this.#transactionalId = transactionalId;
  }

  async claim(): Promise<void> {
    this.#writer ??= await this.#log.createWriter({ transactionalId: this.#transactionalId, usesReserve: true });
  }

  async append(...events: readonly RegistryEvent[]): Promise<void> {
    await this.claim();
    const writer = this.#writer!;
    const batch = new BatchBuilder();
    for (const event of events)
      batch.add(this.#env.clock.nowMs(), Buffer.from(keyOf(event)), Buffer.from(JSON.stringify(event)));
    try {
      writer.append(this.#at.topic, 0, batch.finish(), true);
      await writer.commit();
      this.#fences = 0;
    } catch (error) {
      // Else it would go out with the next event.
      this.#writer = undefined;
      await writer.abort().catch(() => undefined);
      await writer.close().catch(() => undefined);
      if (!(error instanceof Fenced)) throw error;
      await this.#giveWay();
      throw new RegistryMovedOn('Another server has written to the schema registry');
    }
  }

  /** Begins an empty topic with these. */
  async inherit(events: readonly RegistryEvent[]): Promise<void> {
    for (;;) {
      await this.claim();
      if ((await this.#log.admin.endOffset!(this.#at)) > 0) return;
      try {
        await this.append(...events);
        return;
      } catch (error) {
        if (!(error instanceof RegistryMovedOn)) throw error;
      }
    }
  }

  async news(): Promise<readonly RegistryEvent[]> {
    const { admin } = this.#log;
    // What a transaction that has been committed wrote may not be counted as readable yet: its end must be waited for.
    const end = await (admin.endOffset === undefined ? admin.latestOffset(this.#at) : admin.endOffset(this.#at));
    const events: RegistryEvent[] = [];
    if (this.#position >= end) return events;
    let position = this.#position;
    let others = 0;
    const reader: LogReader = this.#log.createReader({ isolation: 'read_committed' });
    const deadlineMs = this.#env.clock.monotonicMs() + NEWS_PATIENCE_MS;
    try {
      reader.assign([{ ...this.#at, offset: position }]);
      const cursor = new RecordCursor();
      while ((position = reader.position(this.#at)) < end) {
        if (this.#env.clock.monotonicMs() > deadlineMs)
          throw new SluiceError('LOG_UNAVAILABLE', `The end of topic ${this.#at.topic} cannot be read`, {
            retriable: true,
          });
        for (const fetched of await reader.poll(POLL_MS)) {
          cursor.openFetched(fetched);
          while (cursor.next()) {
            for (let i = 0; i < cursor.columns.count; i++) {
              const event = eventOf(cursor.columns.value(i));
              if (event === undefined) others++;
              else events.push(event);
            }
          }
        }
      }
    } finally {
      await reader.close();
    }
    this.#position = position;
    this.others += others;
    return events;
  }

  /** Two that fence one another must not do so forever. */
  async #giveWay(): Promise<void> {
    const { random, timers } = this.#env;
    if (++this.#fences > CLAIMS_MAX) {
      this.#fences = 0;
      throw new SluiceError('LOG_UNAVAILABLE', `Too many servers write to ${this.#at.topic} at once`, {
        retriable: true,
      });
    }
    await timers.sleep(random.next() * Math.min(CLAIM_PAUSE_MS * this.#fences, CLAIM_PAUSE_MAX_MS));
  }
}

const EVENTS = new Set(['schema', 'delete', 'config']);

/** Undefined for what a registry of another kind has written. */
function eventOf(value: Buffer | null): RegistryEvent | undefined {
  if (value === null) return undefined;
  try {
    const event = JSON.parse(value.toString('utf8')) as RegistryEvent;
    return EVENTS.has(event.type) ? event : undefined;
  } catch {
    return undefined;
  }
}

function keyOf(event: RegistryEvent): string {
  return JSON.stringify({ type: event.type, subject: 'subject' in event ? (event.subject ?? null) : null });
}
