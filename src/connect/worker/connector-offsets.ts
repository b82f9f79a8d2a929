import { messageOf } from '../../base/errors.ts';
import type { Log } from '../../log/api.ts';
import type { ConnectorOffset } from '../client/api.ts';
import type { ConnectorRuntime } from './connector-runtime.ts';
import type { Forgotten } from '../api/connector.ts';
import type { StartOver } from '../api/errors.ts';
import { badRequest } from './request-error.ts';
import type { WorkerStore } from './store/worker-store.ts';

/** Shows, changes and deletes the offsets of a connector: a source's own, or those of a sink's consumer group. */
export class ConnectorOffsets {
  readonly #log: Log;
  readonly #store: WorkerStore;

  constructor(log: Log, store: WorkerStore) {
    this.#log = log;
    this.#store = store;
  }

  async list(name: string, isSink: boolean): Promise<ConnectorOffset[]> {
    if (!isSink) return this.#store.sourceOffsets(name);
    return (await this.#log.admin.committedOffsets(groupOf(name))).map((c) => ({
      partition: { kafka_topic: c.topic, kafka_partition: c.partition },
      offset: { kafka_offset: c.offset },
    }));
  }

  /**
   * Lets a sink, whose tasks are stopped, read topics from their first records. Resolves to sentences about records
   * that they no longer contain.
   */
  async rewind(name: string, { target, topics }: StartOver): Promise<readonly string[]> {
    const { admin } = this.#log;
    const starts: { topic: string; partition: number; offset: number }[] = [];
    for (const topic of topics) {
      const { partitions = 0 } = (await admin.describeTopic(topic)) ?? {};
      for (let partition = 0; partition < partitions; partition++) {
        const at = { topic, partition };
        starts.push({ ...at, offset: await admin.earliestOffset(at) });
      }
    }
    await this.#store.putGroupOffsets(groupOf(name), starts);
    await this.#store.forgetTargets(name, target);
    return starts
      .filter(({ offset }) => offset > 0)
      .map(({ topic, partition, offset }) => `Records of ${topic}-${partition} before offset ${offset} are gone`);
  }

  /** Changes offsets of a stopped connector. Resolves to Connect's message. @throws RequestError 400 */
  async alter(runtime: ConnectorRuntime, offsets: readonly ConnectorOffset[]): Promise<string> {
    checkForm(offsets);
    if (runtime.type === 'sink') {
      await this.#alterSink(runtime.name, offsets);
      return message('altered', false);
    }
    const agreed = await this.#connectorAgrees(runtime, offsets);
    await this.#store.putSourceOffsets(runtime.name, offsets);
    return message('altered', agreed);
  }

  async reset(runtime: ConnectorRuntime): Promise<string> {
    if (runtime.type === 'sink') {
      // A group that has never committed does not exist.
      await this.#log.admin.deleteGroup(groupOf(runtime.name)).catch(() => {});
      await this.#store.forgetTargets(runtime.name);
      return message('reset', false);
    }
    const all = this.#store.sourceOffsets(runtime.name).map((o) => ({ partition: o.partition, offset: null }));
    const agreed = await this.#connectorAgrees(runtime, all);
    const { notes = [], keep = [] } = await this.#forget(runtime);
    const kept = new Set(keep.map((p) => JSON.stringify(p)));
    const gone = all.filter((o) => !kept.has(JSON.stringify(o.partition)));
    if (gone.length > 0) await this.#store.putSourceOffsets(runtime.name, gone);
    return [message('reset', agreed), ...notes].join('\n');
  }

  /** Whatever the connector created in its source for its offsets is deleted with them. */
  async #forget(runtime: ConnectorRuntime): Promise<Forgotten> {
    if (runtime.plugin.type !== 'source') return {};
    const instance = (await runtime.plugin.load()).createConnector();
    return (await instance.forget?.(await runtime.parsed(), runtime.forgetContext)) ?? {};
  }

  /** Whether the connector examined the offsets; if it refuses them, the request fails. */
  async #connectorAgrees(runtime: ConnectorRuntime, offsets: readonly ConnectorOffset[]): Promise<boolean> {
    if (runtime.plugin.type !== 'source') return false;
    const instance = (await runtime.plugin.load()).createConnector();
    const check = instance.alterOffsets ?? instance.checkOffsets;
    if (!check) return false;
    const config = await runtime.parsed();
    try {
      await check.call(instance, config, offsets);
    } catch (error) {
      throw badRequest(messageOf(error));
    }
    return instance.alterOffsets !== undefined;
  }

  async #alterSink(name: string, offsets: readonly ConnectorOffset[]): Promise<void> {
    const changes: { topic: string; partition: number; offset: number }[] = [];
    for (const { partition, offset } of offsets) {
      const topic = partition['kafka_topic'];
      const number = Number(partition['kafka_partition']);
      if (typeof topic !== 'string' || topic === '' || !Number.isInteger(number) || number < 0) {
        throw badRequest(
          "The partition for a sink connector offset must contain the keys 'kafka_topic' and 'kafka_partition', " +
            'e.g. {"kafka_topic": "t", "kafka_partition": 0}',
        );
      }
      const at = { topic, partition: number };
      const described = await this.#log.admin.describeTopic(topic);
      if (described === undefined || number >= described.partitions) {
        throw badRequest(
          described === undefined
            ? `There is no topic ${topic}`
            : `Topic ${topic} has no partition ${number}: it has ${described.partitions}, counted from 0`,
        );
      }
      const wanted = offset === null ? await this.#log.admin.earliestOffset(at) : Number(offset['kafka_offset']);
      if (!Number.isInteger(wanted) || wanted < 0) {
        throw badRequest(
          "The offset for a sink connector must contain the key 'kafka_offset' with a number that is not negative",
        );
      }
      changes.push({ ...at, offset: wanted });
    }
    await this.#store.putGroupOffsets(groupOf(name), changes);
    await this.#store.forgetTargets(name);
  }
}

/** @throws RequestError 400 for anything but a list of partitions and offsets */
function checkForm(offsets: readonly ConnectorOffset[]): void {
  const isObject = (value: unknown): boolean => value !== null && typeof value === 'object' && !Array.isArray(value);
  for (const entry of offsets as readonly unknown[]) {
    const { partition, offset } = (isObject(entry) ? entry : {}) as { partition?: unknown; offset?: unknown };
    if (!isObject(partition) || (offset !== null && !isObject(offset))) {
      throw badRequest(
        `Each entry of "offsets" must be {"partition": {...}, "offset": {...}}, with the offset null to forget it; ${JSON.stringify(entry)} is not`,
      );
    }
  }
}

function groupOf(name: string): string {
  return `connect-${name}`;
}

function message(what: 'altered' | 'reset', connectorTookPart: boolean): string {
  return connectorTookPart
    ? `The offsets for this connector have been ${what} successfully`
    : `The Connect framework-managed offsets for this connector have been ${what} successfully. However, if this connector manages offsets externally, ` +
        `they will need to be manually ${what} in the system that the connector uses.`;
}
