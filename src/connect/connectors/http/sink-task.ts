import { must } from '../../../base/assert.ts';
import type { Config } from '../../api/config-spec.ts';
import type { SinkTask, SinkTaskContext } from '../../api/connector.ts';
import { ConnectError, DataError, RetriableError } from '../../api/errors.ts';
import type { SinkRecord } from '../../api/record.ts';
import { AccessRefused } from '../internal/access-refused.ts';
import { Unreachable } from '../internal/http-client.ts';
import { LeftOut, placeOf } from '../internal/left-out.ts';
import { PutRetries } from '../internal/put-retries.ts';
import { lanesOf, type Batch } from './lanes.ts';
import { RequestMaker, type Letter } from './request.ts';
import { Service } from './service.ts';
import { SINK } from './sink-keys.ts';
import { parseStatusCodes, type StatusCodes } from './status-codes.ts';
import { verdictOf, type Verdict } from './verdict.ts';

/** Sends the records of each `put`, and returns when all have been accepted or reported. */
export class HttpSinkTask implements SinkTask {
  #config!: Config;
  #context!: SinkTaskContext;
  #maker!: RequestMaker;
  #service: Service | undefined;
  #retriesOn!: StatusCodes;
  #maxRetries = 0;
  #nullValues = 'ignore';
  #onError = 'fail';
  #idempotencyHeader = '';
  /** Nothing is sent before this time, by the monotonic clock in ms, because the service has asked for a pause. */
  #quietUntilMs = -Infinity;
  readonly #leftOut = new LeftOut();
  /** The remaining work of a put that failed temporarily, for when the same records come again. */
  #left: { readonly records: readonly SinkRecord[]; readonly lanes: readonly Batch[][] } | undefined;

  async start(config: Config, context: SinkTaskContext): Promise<void> {
    this.#config = config;
    this.#context = context;
    this.#maker = new RequestMaker(config);
    this.#service = new Service(config, context.env, this.#maker.target);
    const retriesOn = parseStatusCodes(config.get(SINK.retryOn));
    if (typeof retriesOn === 'string') throw new ConnectError(retriesOn);
    this.#retriesOn = retriesOn;
    this.#maxRetries = config.get(SINK.maxRetries);
    this.#nullValues = config.get(SINK.nullValues).toLowerCase();
    this.#onError = config.get(SINK.onError).toLowerCase();
    this.#idempotencyHeader = config.get(SINK.idempotencyHeader);
  }

  async put(records: readonly SinkRecord[]): Promise<void> {
    const again = this.#left?.records === records ? this.#left.lanes : undefined;
    this.#left = undefined;
    const config = this.#config;
    const lanes =
      again ??
      lanesOf(await this.#letters(records), {
        most: config.get(SINK.batchMaxSize),
        mostBytes: config.get(SINK.batchMaxBytes),
        lanes: config.get(SINK.maxInFlightRequests),
      });
    const over = new AbortController();
    const ended = await Promise.allSettled(
      lanes.map(async (lane) => {
        try {
          await this.#sendAll(lane, over.signal);
        } catch (error) {
          // The other lanes finish their current requests; the rest is sent when the same records come again.
          over.abort();
          throw error;
        }
      }),
    );
    const faults = ended.flatMap((end) => (end.status === 'rejected' ? [end.reason as unknown] : []));
    const final = faults.find((error) => !(error instanceof RetriableError)) ?? faults[0];
    if (final === undefined) return this.#context.trouble(undefined);
    if (final instanceof RetriableError) this.#left = { records, lanes: lanes.filter((lane) => lane.length > 0) };
    throw final;
  }

  async stop(): Promise<void> {
    this.#service?.close();
  }

  async #letters(records: readonly SinkRecord[]): Promise<readonly Letter[]> {
    const letters: Letter[] = [];
    for (const record of records) {
      try {
        if (record.value !== null && record.value !== undefined) letters.push(this.#maker.letter(record));
        else if (this.#nullValues === 'delete') letters.push(this.#maker.removal(record));
        else if (this.#nullValues === 'fail')
          throw new DataError(`it has no value, and ${SINK.nullValues.name} is fail: ignore passes over it`);
        else if (this.#nullValues === 'log')
          this.#context.env.logger.warn(`The record at ${placeOf(record)} has no value and is left out`);
      } catch (error) {
        if (!(error instanceof DataError)) throw error;
        await this.#context.reportErrant(
          record,
          new DataError(`The record at ${placeOf(record)} makes no request: ${error.message}`),
        );
      }
    }
    return letters;
  }

  /** Sends the requests of a lane, and removes those that are done. */
  async #sendAll(lane: Batch[], over: AbortSignal): Promise<void> {
    const retries = new PutRetries(this.#context, {
      max: this.#config.get(SINK.maxRetries),
      firstPauseMs: this.#config.get(SINK.retryBackoffMs),
    });
    while (lane.length > 0 && !over.aborted) {
      const batch = must(lane[0], 'batch');
      const verdict = await retries.run(() => this.#sendInTime(batch)).catch(refusedAfterAll);
      if (verdict.kind === 'refused' && verdict.isOfContent && batch.length > 1) {
        const half = batch.length >> 1;
        lane.splice(0, 1, batch.slice(0, half), batch.slice(half));
        continue;
      }
      if (verdict.kind === 'refused')
        for (const letter of batch) await this.#refused(letter.record, verdict.reason, batch.length);
      lane.shift();
    }
  }

  /**
   * Sends a batch, but not before the time that the service has asked for.
   * @throws RetriableError for a failure that may pass, such as a refused login
   */
  async #sendInTime(batch: Batch): Promise<Extract<Verdict, { readonly kind: 'taken' | 'refused' }>> {
    const { env, signal } = this.#context;
    const quietMs = this.#quietUntilMs - env.clock.monotonicMs();
    if (quietMs > 0) await env.timers.sleep(quietMs, signal);
    const verdict = await this.#send(batch);
    const { name } = this.#maker.target;
    if (verdict.kind === 'accessRefused') throw new AccessRefused(name, verdict.reason);
    if (verdict.kind !== 'later') return verdict;
    if (verdict.afterMs > 0) this.#quietUntilMs = env.clock.monotonicMs() + verdict.afterMs;
    const message = `${name} takes no records now: ${verdict.reason}`;
    // The worker continues to try a service that is unavailable; in between, the task can be stopped and paused, and
    // reports its state.
    throw verdict.isUnreachable
      ? new RetriableError(message)
      : new LastingRefusal(message, `${verdict.reason}, after ${this.#maxRetries + 1} attempts`);
  }

  async #send(batch: Batch): Promise<Verdict> {
    const { env, signal } = this.#context;
    const { method, path, headers } = must(batch[0], 'letter');
    const key = this.#idempotencyHeader === '' ? {} : { [this.#idempotencyHeader]: this.#idempotencyKey(batch) };
    try {
      const answer = await must(this.#service, 'service').send(
        method,
        path,
        { ...key, ...Object.fromEntries(headers) },
        this.#maker.body(batch),
        signal,
      );
      // Deleting what does not exist has succeeded.
      if (method === 'DELETE' && (answer.status === 404 || answer.status === 410)) return { kind: 'taken' };
      return verdictOf(answer, this.#retriesOn, env.clock.nowMs());
    } catch (error) {
      if (signal.aborted || !(error instanceof Unreachable || error instanceof RetriableError)) throw error;
      return { kind: 'later', isUnreachable: true, reason: error.message, afterMs: 0 };
    }
  }

  /**
   * Identifies what is sent: the same records have the same key, and those of a later topic of the same name another.
   */
  #idempotencyKey(batch: Batch): string {
    const nameOf = ({ record: { originalTopic, partition, offset } }: Letter): string => {
      const id = this.#context
        .incarnation(originalTopic)
        ?.split('/')[0]
        ?.replaceAll(/[^\w-]/g, '')
        .slice(0, 12);
      return `${originalTopic}-${partition}-${offset}${id === undefined || id === '' ? '' : `-${id}`}`;
    };
    const first = nameOf(must(batch[0], 'letter'));
    return batch.length === 1 ? first : `${first}..${nameOf(must(batch.at(-1), 'letter'))}..${batch.length}`;
  }

  async #refused(record: SinkRecord, reason: string, together: number): Promise<void> {
    const others = together === 1 ? '' : ` (in a request of ${together} records)`;
    const text = `The record at ${placeOf(record)} is refused by ${this.#maker.target.name}${others}: ${reason}`;
    if (this.#onError === 'fail') return this.#context.reportErrant(record, new ConnectError(text));
    if (this.#onError === 'log') this.#context.env.logger.warn(text);
    this.#leftOut.count(this.#context, `were refused by ${this.#maker.target.name} and left out`, record, reason);
  }
}

/** A status that the user allows us to retry: when the attempts are used up, the records are refused. */
class LastingRefusal extends RetriableError {
  readonly reason: string;
  constructor(message: string, reason: string) {
    super(message);
    this.reason = reason;
  }
}

function refusedAfterAll(error: unknown): Extract<Verdict, { readonly kind: 'refused' }> {
  if (!(error instanceof LastingRefusal)) throw error;
  return { kind: 'refused', isOfContent: false, reason: error.reason };
}
