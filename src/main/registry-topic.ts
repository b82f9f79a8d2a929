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

/**
 * On the embedded log nothing else uses this topic; on Kafka it is the default topic of Confluent's Schema Registry.
 */
const TOPIC = '_schemas';
const POLL_MS = 1000;
/**
 * How long to wait for the topic's newest events, in ms: longer than an open transaction of a crashed server can block
 * them.
 */
const NEWS_PATIENCE_MS = 60_000;
/** The maximum random pauses, in ms, between attempts when several servers register at the same time. */
const CLAIM_PAUSE_MS = 20;
const CLAIM_PAUSE_MAX_MS = 1000;
const CLAIMS_MAX = 50;

/**
 * The embedded registry: its events are replayed from the topic, and each change is appended before it takes effect.
 */
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
  // Writers fence each other only if they use the same transactional id, so it is derived from the topic's name.
  const topic = new RegistryTopic(log, env, name, `${name}-writer`);
  if (inherited.length > 0) await topic.inherit(inherited);
  const registry = new MemorySchemaRegistry({ store: topic });
  await registry.refresh();
  return registry;
}

/**
 * The service's own topic. A service that was created before this rule continues to use `_schemas`, as shared as
 * before, unless another registry writes there as well: then its schemas are copied to the new topic.
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

/** The events that an older server of this service may have written to `_schemas`. */
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
    const events = await topic.news();
    return { ours: events, others: topic.others };
  } catch (error) {
    if (isSluiceError(error, 'FORBIDDEN')) return nothing;
    throw error;
  }
}

async function createTopic(log: Log, name: string, replicas: number): Promise<void> {
  const configs = { 'retention.ms': '-1', 'cleanup.policy': 'delete' };
  await log.admin.createTopic({ name, partitions: 1, replicas, configs }).catch((error: unknown) => {
    // The topic exists already: it is old, or another server of the service created it first.
    if (!isSluiceError(error, 'CONFLICT')) throw error;
  });
}

/**
 * The registry's events on a topic that other servers write as well. A server that claims the topic fences the earlier
 * writers, so that every committed decision took into account everything that was committed before.
 */
class RegistryTopic implements RegistryStore {
  readonly #log: Log;
  readonly #env: Env;
  readonly #at: { readonly topic: string; readonly partition: 0 };
  readonly #transactionalId: string;
  #writer: LogWriter | undefined;
  #position = 0;
  /** The number of times this writer was fenced since the last success. */
  #fences = 0;
  /** Records that are not events of this registry. */
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
      // Otherwise the event would be committed together with the next one.
      this.#writer = undefined;
      await writer.abort().catch(() => undefined);
      await writer.close().catch(() => undefined);
      if (!(error instanceof Fenced)) throw error;
      await this.#giveWay();
      throw new RegistryMovedOn('Another server has written to the schema registry');
    }
  }

  /** Appends the events if the topic is empty. */
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
    // The records of a committed transaction may not be visible to readers yet, so wait for the actual end of the
    // topic.
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

  /** Pauses, so that two servers that fence each other do not do so forever. */
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

/** The event of a record; undefined for records of another registry. */
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
