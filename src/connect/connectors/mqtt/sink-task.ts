import { must } from '../../../base/assert.ts';
import { messageOf } from '../../../base/errors.ts';
import type { Config } from '../../api/config-spec.ts';
import type { SinkTask, SinkTaskContext } from '../../api/connector.ts';
import { ConnectError, DataError, RetriableError } from '../../api/errors.ts';
import type { SinkRecord } from '../../api/record.ts';
import { LeftOut, placeOf } from '../internal/left-out.ts';
import { compileTemplate, type Template } from '../internal/template.ts';
import { PutRetries } from '../internal/put-retries.ts';
import { clientIdOf } from './identity.ts';
import { MqttLink } from './link.ts';
import { PayloadMaker } from './payload.ts';
import { SINK } from './sink-keys.ts';

/** Temporary reasons of MQTT 5: quota exceeded, server busy. */
const TRANSIENT: readonly unknown[] = [137, 151];
const PLAIN = (text: string): string => text;

interface Message {
  readonly record: SinkRecord;
  readonly topic: string;
  readonly payload: string | Buffer;
}

/** Sends the records of each `put`, and returns when the server has accepted all of them or they have been reported. */
export class MqttSinkTask implements SinkTask {
  #config!: Config;
  #context!: SinkTaskContext;
  #topicOf!: Template;
  readonly #payloads = new PayloadMaker();
  readonly #leftOut = new LeftOut();
  /** Records that were reported or left out: a repeated put does not report them again. */
  readonly #reported = new WeakSet<SinkRecord>();
  #link: MqttLink | undefined;

  async start(config: Config, context: SinkTaskContext): Promise<void> {
    this.#config = config;
    this.#context = context;
    const template = compileTemplate(config.get(SINK.topic));
    if (typeof template === 'string') throw new ConnectError(template);
    this.#topicOf = template;
  }

  async put(records: readonly SinkRecord[]): Promise<void> {
    const messages = await this.#messagesOf(records);
    const size = this.#config.get(SINK.inFlight);
    const retries = new PutRetries(this.#context, {
      max: this.#config.get(SINK.maxRetries),
      firstPauseMs: this.#config.get(SINK.retryBackoffMs),
    });
    for (let i = 0; i < messages.length; i += size) {
      const some = messages.slice(i, i + size);
      await retries.run(() => this.#send(some));
    }
    this.#context.trouble(undefined);
  }

  async stop(): Promise<void> {
    await this.#link?.close();
    this.#link = undefined;
  }

  async #messagesOf(records: readonly SinkRecord[]): Promise<readonly Message[]> {
    const messages: Message[] = [];
    const keeps = this.#config.get(SINK.retained);
    for (const record of records) {
      try {
        const isNothing = record.value === null || record.value === undefined;
        if (isNothing && !keeps) {
          if (this.#isNews(record))
            this.#leftOut.count(this.#context, 'had no value and were left out', record, 'nothing is retained');
          continue;
        }
        const topic = this.#topicOf(record, PLAIN);
        if (topic === '' || /[+#\0]/.test(topic)) throw new DataError(`'${topic}' is no topic of MQTT`);
        // An empty message deletes what is retained (MQTT 3.1.1, 3.3.1.3).
        messages.push({ record, topic, payload: isNothing ? '' : this.#payloads.payload(record) });
      } catch (error) {
        if (!(error instanceof DataError)) throw error;
        const text = `The record at ${placeOf(record)} makes no message: ${error.message}`;
        if (this.#isNews(record)) await this.#context.reportErrant(record, new DataError(text));
      }
    }
    return messages;
  }

  async #send(messages: readonly Message[]): Promise<void> {
    const link = await this.#connected();
    const options = { qos: this.#config.get(SINK.qos) as 0 | 1 | 2, retain: this.#config.get(SINK.retained) };
    const sent = Promise.allSettled(
      messages.map(({ topic, payload }) => link.client.publishAsync(topic, payload, options)),
    );
    // Messages in transit when the connection ends are never answered.
    let lose: (reason: unknown) => void = () => {};
    const lost = new Promise<never>((_, reject) => (lose = reject));
    lost.catch(() => {});
    const onLost = (): void => lose(link.lost);
    link.onLost(onLost);
    if (link.lost !== undefined) throw link.lost;
    try {
      const ends = await Promise.race([sent, lost]);
      if (link.lost !== undefined && ends.some((end) => end.status === 'rejected')) throw link.lost;
      for (const [i, end] of ends.entries())
        if (end.status === 'rejected') await this.#refused(must(messages[i], 'message'), end.reason, link.name);
    } finally {
      link.offLost(onLost);
    }
  }

  async #refused({ record, topic }: Message, error: unknown, name: string): Promise<void> {
    if (TRANSIENT.includes((error as { code?: unknown }).code))
      throw new RetriableError(`${name} takes no messages now: ${messageOf(error)}`);
    const text = `The record at ${placeOf(record)} is refused by ${name}, topic ${topic}: ${messageOf(error)}`;
    if (this.#isNews(record)) await this.#context.reportErrant(record, new ConnectError(text));
  }

  async #connected(): Promise<MqttLink> {
    if (this.#link !== undefined && this.#link.lost === undefined) return this.#link;
    await this.#link?.close();
    this.#link = undefined;
    const clientId = clientIdOf(this.#config, this.#context.connector, this.#context.taskId);
    return (this.#link = await MqttLink.open(this.#config, { clientId, clean: true }));
  }

  #isNews(record: SinkRecord): boolean {
    if (this.#reported.has(record)) return false;
    this.#reported.add(record);
    return true;
  }
}
