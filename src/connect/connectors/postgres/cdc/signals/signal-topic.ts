import type { SourceTaskContext } from '../../../../api/connector.ts';
import type { OffsetMap } from '../../../../api/record.ts';
import { signalOf, type Received, type SignalChannel } from './signal-channel.ts';

/**
 * Signals from a topic of this server: values are JSON objects with `id`, `type` and `data`, keys contain the
 * connector's name (https://debezium.io/documentation/reference/stable/configuration/signalling.html). As in Debezium,
 * only partition 0 is read, initially from its beginning.
 */
export class SignalTopic implements SignalChannel {
  readonly partition: OffsetMap;
  readonly #topic: string;
  readonly #isOurs: (key: string) => boolean;
  readonly #begin: 'beginning' | 'end';
  readonly #task: SourceTaskContext;

  /** @param isOurs whether a key names the connector */
  constructor(topic: string, isOurs: (key: string) => boolean, begin: 'beginning' | 'end', task: SourceTaskContext) {
    this.partition = { mode: 'cdc', signals: `topic ${topic}` };
    this.#topic = topic;
    this.#isOurs = isOurs;
    this.#begin = begin;
    this.#task = task;
  }

  async read(kept: OffsetMap | undefined): Promise<Received | undefined> {
    const from = typeof kept?.['offset'] === 'number' ? kept['offset'] : undefined;
    const { records, next } = await this.#task.recordsOf(this.#topic, 0, from ?? this.#begin);
    if (next === undefined || next === from) return undefined;
    const signals = records.flatMap(({ key, value }) => {
      if (value === null || !this.#isOurs(key?.toString('utf8') ?? '')) return [];
      const text = value.toString('utf8');
      const signal = signalOf(text);
      if (signal === undefined)
        this.#task.remark(`A record of topic ${this.#topic} is no signal, and left out: ${text.slice(0, 100)}`);
      return signal === undefined ? [] : [signal];
    });
    return { signals, offset: { offset: next } };
  }
}
