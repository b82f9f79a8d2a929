import type { Offset } from '../../base/quantities.ts';
import { isSluiceError, messageOf, SluiceError } from '../../base/errors.ts';
import {
  type Fetched,
  type LogReader,
  OffsetOutOfRange,
  type ReaderOptions,
  TopicAnew,
  type TopicPartition,
} from '../api.ts';
import { type Assigned, AssignedReader } from '../assigned-reader.ts';
import { lastOffsetOf, sizeOf } from '../record-batch/batch-header.ts';
import { HEADER_BYTES } from '../record-batch/layout.ts';
import type { TimedBackoff } from '../../base/backoff.ts';
import type { ApiVersion, Cluster } from './cluster.ts';
import {
  decodeFetch,
  encodeFetch,
  FETCH_BY_ID,
  FETCH_BY_NAME,
  FETCH_KEY,
  type FetchedPartition,
  type FetchOptions,
  type FetchPartition,
  type FetchResponse,
} from './fetch-request.ts';
import { isStaleMetadata, KafkaCode, kafkaError } from './protocol-error.ts';
import { rawRequest } from './raw-request.ts';

/**
 * How long a topic may be missing from the metadata before it counts as nonexistent; a new topic takes a moment to
 * become known.
 */
const MISSING_TOPIC_MS = 3_000;

/** How long brokers may be unreachable before a poll reports it. */
const UNAVAILABLE_MS = 30_000;

type FetchArgs = [partitions: readonly FetchPartition[], options: FetchOptions];

const fetchApi = (version: number): ApiVersion<FetchArgs, FetchResponse> =>
  rawRequest(
    FETCH_KEY,
    version,
    (...[partitions, options]: FetchArgs) => [encodeFetch(partitions, options, version)],
    (bytes) => decodeFetch(bytes, version),
  );

const [BY_ID, BY_NAME] = [fetchApi(FETCH_BY_ID), fetchApi(FETCH_BY_NAME)];

interface Reading extends Assigned {
  /** When the topic was first missing. */
  missingSinceMs: number | undefined;
  /** Id of the topic that the position refers to; '' where the cluster has no topic ids. */
  topicId: string | undefined;
}

/** The fetch in progress with one node. */
interface NodeFetch {
  readonly asked: readonly { readonly assigned: Reading; readonly offset: Offset }[];
  /** The partitions by the key that a response uses: the topic's name or id, and the partition. */
  readonly byAnswer: ReadonlyMap<string, Reading>;
  response: FetchResponse | undefined;
  failure: unknown;
}

/**
 * Reads partitions from their leaders. One fetch is in progress per node; it is sent as soon as the previous response
 * has been returned, so that the network is busy while records are processed.
 */
export class KafkaReader extends AssignedReader<Reading> implements LogReader {
  readonly #cluster: Cluster;
  readonly #purpose: string;
  readonly #committed: boolean;
  readonly #fetches = new Map<number, NodeFetch>();
  /** Set while requests fail; cleared by the first response. */
  #failing: { readonly backoff: TimedBackoff; readonly sinceMs: number } | undefined;
  #retryAtMs = 0;
  /**
   * An error of one partition that was found together with records of others. The next poll throws it, so that the
   * records are not lost.
   */
  #pendingError: unknown;
  #wake: (() => void) | undefined;
  #woken = false;

  constructor(cluster: Cluster, id: number, options: ReaderOptions) {
    super(options);
    this.#cluster = cluster;
    this.#purpose = `fetch-${id}`;
    this.#committed = (options.isolation ?? 'read_committed') === 'read_committed';
  }

  protected begin(at: Assigned): Reading {
    return { ...at, missingSinceMs: undefined, topicId: undefined };
  }

  override assign(partitions: readonly (TopicPartition & { readonly offset: Offset })[]): void {
    super.assign(partitions);
    this.#pendingError = undefined;
  }

  async poll(timeoutMs: number): Promise<readonly Fetched[]> {
    const { clock } = this.#cluster.env;
    const deadline = clock.monotonicMs() + timeoutMs;
    for (;;) {
      this.requireOpen();
      const found = this.#takeAnswers();
      if (found.length === 0 && this.#pendingError !== undefined) {
        const error = this.#pendingError;
        this.#pendingError = undefined;
        throw error;
      }
      await this.#sendFetches();
      if (this.#pendingError !== undefined && found.length === 0) continue;
      if (found.length > 0 || this.#woken) {
        this.#woken = false;
        return found;
      }
      const left = deadline - clock.monotonicMs();
      if (left <= 0) return found;
      // While brokers are unreachable there is nothing to wait for except the next attempt.
      const pause = this.#failing ? Math.max(1, this.#retryAtMs - clock.monotonicMs()) : Infinity;
      await this.#waitForAnswer(Math.min(left, pause));
    }
  }

  wakeup(): void {
    this.#woken = true;
    this.#wake?.();
  }

  async close(): Promise<void> {
    this.markClosed();
    this.#fetches.clear();
    this.#wake?.();
    await this.#cluster.connections.dropPurpose(this.#purpose);
  }

  async #waitForAnswer(ms: number): Promise<void> {
    for (const fetch of this.#fetches.values()) if (fetch.response || fetch.failure !== undefined) return;
    let cancel = (): void => {};
    await new Promise<void>((resolve) => {
      this.#wake = resolve;
      cancel = this.#cluster.env.timers.after(ms, resolve);
    });
    this.#wake = undefined;
    cancel();
  }

  /** Returns the fetched records, and handles errors. */
  #takeAnswers(): Fetched[] {
    const out: Fetched[] = [];
    if (this.#pendingError !== undefined) return out;
    for (const [node, fetch] of this.#fetches) {
      if (fetch.failure !== undefined) {
        this.#fetches.delete(node);
        for (const { assigned } of fetch.asked) this.#cluster.forgetTopic(assigned.topic);
        this.#failed(fetch.failure);
        continue;
      }
      const { response } = fetch;
      if (response === undefined) continue;
      this.#fetches.delete(node);
      if (response.errorCode !== 0) {
        this.#failed(kafkaError(response.errorCode, 'fetch records'));
        continue;
      }
      this.#failing = undefined;
      const offsets = new Map(fetch.asked.map(({ assigned, offset }) => [assigned, offset]));
      const served = new Set<Reading>();
      for (const partition of response.partitions) {
        const assigned = fetch.byAnswer.get(`${partition.topic}\0${partition.partition}`);
        if (assigned !== undefined && this.find(assigned) !== assigned) continue;
        if (assigned !== undefined && partition.to > partition.from) served.add(assigned);
        // The partition was reassigned, moved or paused meanwhile, so the response no longer applies.
        if (assigned === undefined || assigned.paused || offsets.get(assigned) !== assigned.position) continue;
        try {
          const fetched = this.#take(assigned, partition, response.bytes);
          if (fetched) out.push(fetched);
        } catch (error) {
          this.#pendingError ??= error;
        }
      }
      // A broker fills its response in request order up to the limit, so partitions that were served move to the end.
      this.assigned = [...this.assigned.filter((a) => !served.has(a)), ...served];
    }
    return out;
  }

  #take(assigned: Reading, answer: FetchedPartition, bytes: Buffer): Fetched | undefined {
    const { errorCode } = answer;
    if (errorCode === KafkaCode.OFFSET_OUT_OF_RANGE) throw new OffsetOutOfRange(assigned, assigned.position);
    if (isStaleMetadata(errorCode)) {
      this.#cluster.forgetTopic(assigned.topic);
      this.#pauseBeforeRetry();
      return undefined;
    }
    if (errorCode !== 0) throw kafkaError(errorCode, `read ${assigned.topic}-${assigned.partition}`);
    assigned.missingSinceMs = undefined;
    const last = lastBatchIn(bytes, answer.from, answer.to);
    if (last === undefined) return undefined;
    const fetched: Fetched = {
      topic: assigned.topic,
      partition: assigned.partition,
      buffer: bytes,
      from: answer.from,
      to: answer.to,
      startOffset: assigned.position,
      nextOffset: last + 1,
      highWatermark: this.#committed ? answer.lastStableOffset : answer.highWatermark,
      ...(this.#committed && answer.aborted.length > 0 ? { aborted: answer.aborted } : {}),
    };
    assigned.position = fetched.nextOffset;
    return fetched;
  }

  /** Sends a fetch to each leader that has none in progress. */
  async #sendFetches(): Promise<void> {
    if (this.isClosed || this.#cluster.env.clock.monotonicMs() < this.#retryAtMs) return;
    const stale = new Set(this.assigned.filter((a) => !a.paused && this.#cluster.isStale(a.topic)).map((a) => a.topic));
    if (stale.size > 0) {
      try {
        await this.#cluster.refresh([...stale]);
      } catch (error) {
        this.#failed(error);
        return;
      }
    }
    const byNode = new Map<number, Reading[]>();
    for (const assigned of this.assigned) {
      if (assigned.paused) continue;
      const info = this.#cluster.knownPartition(assigned);
      if (info === undefined) {
        this.#noteMissing(assigned);
        continue;
      }
      assigned.missingSinceMs = undefined;
      if (!this.#isSame(assigned)) continue;
      if (info.leader === undefined) {
        this.#cluster.forgetTopic(assigned.topic);
        this.#pauseBeforeRetry();
      } else if (!this.#fetches.has(info.leader)) {
        const list = byNode.get(info.leader);
        if (list) list.push(assigned);
        else byNode.set(info.leader, [assigned]);
      }
    }
    for (const [node, partitions] of byNode) this.#sendFetch(node, partitions);
  }

  #sendFetch(node: number, partitions: readonly Reading[]): void {
    const fetch: NodeFetch = {
      asked: partitions.map((assigned) => ({ assigned, offset: assigned.position })),
      byAnswer: new Map(
        partitions.flatMap((assigned) =>
          [assigned.topic, assigned.topicId ?? ''].map((name) => [`${name}\0${assigned.partition}`, assigned] as const),
        ),
      ),
      response: undefined,
      failure: undefined,
    };
    this.#fetches.set(node, fetch);
    const request = partitions.map((assigned) => ({
      topic: assigned.topic,
      topicId: assigned.topicId ?? '',
      partition: assigned.partition,
      leaderEpoch: this.#cluster.knownPartition(assigned)?.leaderEpoch ?? -1,
      offset: assigned.position,
    }));
    const options = {
      maxWaitMs: this.#cluster.config.fetchMaxWaitMs,
      maxBytes: this.maxBytes,
      maxPartitionBytes: this.maxPartitionBytes,
      committed: this.#committed,
    };
    const versions = request.every((r) => r.topicId !== '') ? [BY_ID, BY_NAME] : [BY_NAME];
    const send = async (): Promise<FetchResponse> =>
      this.#cluster.send(this.#cluster.addressOf(node), this.#purpose, versions, [request, options]);
    send().then(
      (response) => {
        fetch.response = response;
        this.#wake?.();
      },
      (error: unknown) => {
        fetch.failure = error;
        this.#wake?.();
      },
    );
  }

  /** False: the topic is another one than was read, which the next poll reports. */
  #isSame(assigned: Reading): boolean {
    const id = this.#cluster.knownTopic(assigned.topic)?.id ?? '';
    if (assigned.topicId === id || id === '') return true;
    if (!assigned.topicId) assigned.topicId = id;
    else if (this.#pendingError === undefined) {
      assigned.topicId = id;
      this.#pendingError = new TopicAnew(assigned, assigned.position);
      return false;
    }
    return assigned.topicId === id;
  }

  /** Keeps the error for the caller if it is final or has lasted too long. */
  #failed(error: unknown): void {
    if (this.isClosed) return;
    const nowMs = this.#cluster.env.clock.monotonicMs();
    if (!isSluiceError(error) || !error.retriable) {
      this.#pendingError ??= error;
      return;
    }
    this.#failing ??= { backoff: this.#cluster.backoff(), sinceMs: nowMs };
    if (nowMs - this.#failing.sinceMs > UNAVAILABLE_MS) {
      // The next poll starts again.
      this.#failing = undefined;
      this.#pendingError ??= error;
      return;
    }
    this.#cluster.env.logger.debug('Cannot fetch: trying again', { error: messageOf(error) });
    this.#pauseBeforeRetry();
  }

  #pauseBeforeRetry(): void {
    const nowMs = this.#cluster.env.clock.monotonicMs();
    this.#failing ??= { backoff: this.#cluster.backoff(), sinceMs: nowMs };
    this.#retryAtMs = nowMs + this.#failing.backoff.nextMs();
  }

  #noteMissing(assigned: Reading): void {
    const nowMs = this.#cluster.env.clock.monotonicMs();
    assigned.missingSinceMs ??= nowMs;
    if (nowMs - assigned.missingSinceMs > MISSING_TOPIC_MS) {
      throw new SluiceError(
        'NOT_FOUND',
        `Topic '${assigned.topic}' does not exist, or has no partition ${assigned.partition}`,
      );
    }
    this.#cluster.forgetTopic(assigned.topic);
    this.#pauseBeforeRetry();
  }
}

/** The last offset of the last whole batch; undefined when there is none. */
function lastBatchIn(bytes: Buffer, from: number, to: number): number | undefined {
  let last: number | undefined;
  let at = from;
  while (to - at >= HEADER_BYTES) {
    const size = sizeOf(bytes, at);
    if (size < HEADER_BYTES || at + size > to) break;
    last = lastOffsetOf(bytes, at);
    at += size;
  }
  return last;
}
