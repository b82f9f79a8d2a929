import type { IPublishPacket } from 'mqtt';
import { must } from '../../../base/assert.ts';
import { messageOf } from '../../../base/errors.ts';
import type { Config } from '../../api/config-spec.ts';
import type { SourceTask, SourceTaskContext } from '../../api/connector.ts';
import { ConnectError, DataError, UnreadableRow } from '../../api/errors.ts';
import type { OffsetMap, SourceBatch, SourceRecord } from '../../api/record.ts';
import { Handshakes } from './handshakes.ts';
import { clientIdOf, partitionOf } from './identity.ts';
import { MqttLink, type Inbox } from './link.ts';
import { headersOf, KEY_SCHEMA, shapeOf, valueOf, type Shape } from './messages.ts';
import { SOURCE } from './source-keys.ts';

const RECORDS_PER_POLL = 1000;
const IDLE_MS = 1000;

interface Message {
  readonly topic: string;
  readonly payload: Buffer;
  readonly packet: IPublishPacket;
  readonly receivedAtMs: number;
}

/** Receives messages, and acknowledges those of quality 1 and 2 when they are committed. */
export class MqttSourceTask implements SourceTask, Inbox {
  #config!: Config;
  #context!: SourceTaskContext;
  #shape!: Shape;
  #clientId = '';
  #partition!: OffsetMap;
  #handshakes!: Handshakes;
  #link: MqttLink | undefined;
  #queue: Message[] = [];
  /** The messages of the last poll, and the ids that may be released. */
  #handed: readonly Message[] = [];
  #forgotten: readonly number[] = [];
  /** The committed session as a text, and whether it must be committed again. */
  #kept = '';
  #isStale = false;
  /** Continues reading from the connection, when there is room. */
  #held: (() => void)[] = [];
  #wake: () => void = () => {};
  /** What must be sent on a connection that is being established. */
  #early: (() => void)[] = [];

  async start(config: Config, context: SourceTaskContext): Promise<void> {
    this.#config = config;
    this.#context = context;
    this.#shape = shapeOf(config);
    this.#clientId = clientIdOf(config, context.connector, context.taskId);
    this.#partition = partitionOf(config, this.#clientId);
    const offset = context.offset(this.#partition);
    this.#handshakes = new Handshakes(offset);
    this.#kept = JSON.stringify(offset?.['filters'] ?? null);
  }

  async poll(): Promise<SourceBatch | readonly SourceRecord[]> {
    if (this.#link?.lost !== undefined) {
      const { lost } = this.#link;
      await this.#leave();
      throw lost;
    }
    this.#link ??= await this.#connected();
    if (this.#queue.length === 0 && !this.#handshakes.hasReleased && !this.#isStale) await this.#idle();
    const batch = this.#queue.splice(0, RECORDS_PER_POLL);
    for (const take of this.#held.splice(0)) take();
    const forgotten = this.#handshakes.takeReleased();
    if (batch.length === 0 && forgotten.length === 0 && !this.#isStale) return [];
    this.#handed = batch;
    this.#forgotten = forgotten;
    const second = batch.flatMap(({ packet }) => (packet.qos === 2 ? [packet.messageId ?? 0] : []));
    const received = this.#handshakes.settle(second, forgotten);
    const hasNews = this.#isStale || second.length > 0 || forgotten.length > 0;
    const offset: OffsetMap = {
      kept: !this.#config.get(SOURCE.clean),
      filters: this.#filters(),
      ...(received.length > 0 && { received }),
    };
    return {
      count: batch.length,
      record: (i) => this.#recordOf(must(batch[i], 'message')),
      ...(hasNews && { offsets: new Map([[this.#partition, offset]]) }),
    };
  }

  async commit(): Promise<void> {
    const link = this.#link;
    const isThere = link !== undefined && link.lost === undefined;
    for (const { packet } of this.#handed) {
      const id = packet.messageId ?? 0;
      if (packet.qos === 0) continue;
      this.#handshakes.committed(id);
      if (isThere) this.#acknowledge(link, id, packet.qos);
    }
    if (isThere) for (const id of this.#forgotten) link.acknowledge('pubcomp', id);
    if (this.#isStale) this.#kept = JSON.stringify(this.#filters());
    this.#isStale = false;
    this.#handed = [];
    this.#forgotten = [];
  }

  async stop(): Promise<void> {
    this.#wake();
    for (const take of this.#held.splice(0)) take();
    await this.#link?.close();
    this.#link = undefined;
  }

  message(topic: string, payload: Buffer, packet: IPublishPacket, taken: () => void): void {
    const { qos, messageId = 0 } = packet;
    if (qos > 0) {
      const meeting = this.#handshakes.meet(messageId, qos);
      if (meeting === 'acknowledge') this.#send((link) => this.#acknowledge(link, messageId, qos));
      if (meeting !== 'read') return taken();
    }
    this.#queue.push({ topic, payload, packet, receivedAtMs: this.#context.env.clock.nowMs() });
    this.#wake();
    if (qos === 0 && this.#queue.length >= this.#config.get(SOURCE.queueRecords)) this.#held.push(taken);
    else taken();
  }

  release(id: number): void {
    if (this.#handshakes.release(id)) this.#wake();
    else this.#send((link) => link.acknowledge('pubcomp', id));
  }

  /** A session continues as soon as the server accepts us, when the connection is not assigned yet. */
  #send(words: (link: MqttLink) => void): void {
    const link = this.#link;
    if (link !== undefined) words(link);
    else
      this.#early.push(() => {
        if (this.#link !== undefined) words(this.#link);
      });
  }

  #acknowledge(link: MqttLink, id: number, qos: number): void {
    link.acknowledge(qos === 2 ? 'pubrec' : 'puback', id);
    this.#handshakes.acknowledged(id);
  }

  #filters(): readonly string[] {
    return [String(this.#config.get(SOURCE.qos)), ...this.#config.get(SOURCE.topics)];
  }

  async #connected(): Promise<MqttLink> {
    const clean = this.#config.get(SOURCE.clean);
    const link = await MqttLink.open(this.#config, { clientId: this.#clientId, clean, inbox: this });
    link.onLost(() => this.#wake());
    // What arrives during the subscription is acknowledged on this connection.
    this.#link = link;
    for (const send of this.#early.splice(0)) send();
    try {
      if (!link.resumed) {
        this.#handshakes.forget();
        this.#queue = this.#queue.filter(({ packet }) => packet.qos === 0);
      }
      // A session has its subscriptions: subscribing again would make the server resend retained messages.
      if (!link.resumed || this.#kept !== JSON.stringify(this.#filters())) await this.#subscribe(link);
      this.#context.trouble(undefined);
      return link;
    } catch (error) {
      await this.#leave();
      throw error;
    }
  }

  async #subscribe(link: MqttLink): Promise<void> {
    const qos = this.#config.get(SOURCE.qos) as 0 | 1 | 2;
    const [, ...before] = (JSON.parse(this.#kept) as string[] | null) ?? [];
    const filters = this.#config.get(SOURCE.topics);
    const gone = link.resumed ? before.filter((filter) => !filters.includes(filter)) : [];
    if (gone.length > 0) await link.client.unsubscribeAsync(gone);
    let granted;
    try {
      granted = await link.client.subscribeAsync([...filters], { qos });
    } catch (error) {
      if (link.lost !== undefined) throw link.lost;
      throw new ConnectError(`${link.name} refuses a subscription to ${filters.join(', ')}: ${messageOf(error)}`);
    }
    for (const { topic, qos: level } of granted) {
      if (level >= 128) throw new ConnectError(`${link.name} refuses a subscription to ${topic}`);
      if (topic.includes('*'))
        this.#context.remark(
          `${topic} is one topic, with a star in its name: + stands for a level and # for all that follow, topics='${topic.replaceAll('/*', '/+').replace(/\/\+$/, '/#').replaceAll('*', '+')}'`,
        );
      if (level < qos) this.#context.remark(`${link.name} gives messages of ${topic} with quality ${level} at most`);
    }
    this.#isStale = true;
  }

  /** Messages that are not committed come again; those of quality 0 are kept. */
  async #leave(): Promise<void> {
    const link = this.#link;
    this.#link = undefined;
    this.#early = [];
    await link?.close();
  }

  async #idle(): Promise<void> {
    const { env, signal } = this.#context;
    await new Promise<void>((resolve) => {
      const cancel = env.timers.after(IDLE_MS, resolve);
      this.#wake = () => {
        cancel();
        resolve();
      };
      signal.addEventListener('abort', this.#wake, { once: true });
    });
    signal.removeEventListener('abort', this.#wake);
  }

  /** @throws UnreadableRow for a message that does not match the settings */
  #recordOf({ topic, payload, packet, receivedAtMs }: Message): SourceRecord {
    const target = this.#config.get(SOURCE.topic);
    let value: unknown;
    try {
      value = valueOf(this.#shape, payload);
    } catch (error) {
      if (!(error instanceof DataError)) throw error;
      throw new UnreadableRow(`The message of ${topic} is not as message.format says: ${error.message}`, {
        topic: target,
        sourcePartition: this.#partition,
        sourceOffset: null,
        row: { topic, message: payload.toString('utf8') },
      });
    }
    return {
      topic: target,
      keySchema: KEY_SCHEMA,
      key: topic,
      valueSchema: this.#shape.schema,
      value,
      timestamp: receivedAtMs,
      headers: headersOf(packet),
      sourcePartition: this.#partition,
      sourceOffset: null,
    };
  }
}
