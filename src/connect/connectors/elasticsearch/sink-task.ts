import { Backoff } from '../../../base/backoff.ts';
import type { Config } from '../../api/config-spec.ts';
import type { SinkTask, SinkTaskContext } from '../../api/connector.ts';
import { ConnectError, DataError, RetriableError, StartOver } from '../../api/errors.ts';
import type { SinkRecord } from '../../api/record.ts';
import { isOwnVersion, requestsOf, sendBulk, versionOf, type Action, type Judged } from './bulk.ts';
import { Cluster, Unreachable } from './cluster.ts';
import { Indices } from './indices.ts';
import { idOf, planRecords, recordSettings, type RecordPlan, type RecordSettings } from './record-plan.ts';
import { SINK } from './sink-keys.ts';

const RETRY_MAX_MS = 30_000;
/** Plans that are kept: transforms that make a schema for each record would make one plan each. */
const PLANS_MAX = 100;

type Behavior = 'ignore' | 'warn' | 'report' | 'fail';

/** What is left out and counted, and the sentence that says so. */
interface Count {
  n: number;
  said: string | undefined;
}

/** Writes what one `put` brings in `_bulk` requests, and returns when all of it is taken, or reported. */
export class ElasticsearchSinkTask implements SinkTask {
  private config!: Config;
  private context!: SinkTaskContext;
  private cluster: Cluster | undefined;
  private indices!: Indices;
  private settings!: RecordSettings;
  private upserts = false;
  private nullValues: string = 'fail';
  private onMalformed: Behavior = 'fail';
  private onConflict: Behavior = 'warn';
  private plans: RecordPlan[] = [];
  private readonly counts = new Map<string, Count>();
  /** What a put that failed for now has left to do, when the same records come again. */
  private left: { readonly records: readonly SinkRecord[]; readonly actions: readonly Action[] } | undefined;

  async start(config: Config, context: SinkTaskContext): Promise<void> {
    this.config = config;
    this.context = context;
    this.cluster = new Cluster(config, context.env);
    this.indices = new Indices(this.cluster, config, context);
    this.settings = recordSettings(config, this.indices.isStream);
    this.upserts = config.get(SINK.writeMethod).toUpperCase() === 'UPSERT';
    this.nullValues = config.get(SINK.nullValues).toLowerCase();
    this.onMalformed = config.get(SINK.malformedDocuments).toLowerCase() as Behavior;
    this.onConflict = config.get(SINK.versionConflict).toLowerCase() as Behavior;
  }

  async put(records: readonly SinkRecord[]): Promise<void> {
    const again = this.left?.records === records ? this.left.actions : undefined;
    this.left = undefined;
    try {
      await this.write(records, again ?? (await this.actionsFor(records)));
    } catch (error) {
      if (error instanceof StartOver) throw error;
      // What stood in the index may not, when the cluster is back.
      this.indices.forget();
      throw error;
    }
  }

  async flush(): Promise<void> {
    await this.indices.checkWritten();
  }

  async stop(): Promise<void> {
    this.cluster?.close();
  }

  // --- from records to actions

  private async actionsFor(records: readonly SinkRecord[]): Promise<readonly Action[]> {
    // Of a key the last record counts. Fields that are put into a document are another matter: all count, in their order.
    const byId = new Map<string, Action>();
    const all: Action[] = [];
    for (const record of records) {
      try {
        const action = await this.actionFor(record);
        if (action === undefined) continue;
        if (this.upserts || this.indices.isStream || action.id === undefined) all.push(action);
        else {
          const id = `${action.index} ${action.id}`;
          byId.delete(id);
          byId.set(id, action);
        }
      } catch (error) {
        if (!(error instanceof DataError)) throw error;
        await this.invalid(record, error);
      }
    }
    return [...all, ...byId.values()];
  }

  private async actionFor(record: SinkRecord): Promise<Action | undefined> {
    const { indices } = this;
    const index = indices.nameOf(record.topic);
    const keyed = this.isKeyed(record);
    if (record.value === null) return this.deletion(record, index, keyed);
    const plan = this.planFor(record);
    await indices.ready(index, record, plan);
    const generation = await indices.generation(index, record.originalTopic, keyed);
    const document = plan.document(record);
    const id = this.idFor(record, keyed, generation);
    // A data stream takes new documents only: one that comes again is there.
    if (indices.isStream) return action(record, index, id, 'create', undefined, `${document}\n`, generation);
    if (this.upserts) {
      const merged = `{"doc":${document},"doc_as_upsert":true}\n`;
      return action(record, index, id, 'update', { retry_on_conflict: 5 }, merged, undefined);
    }
    const version = keyed ? this.versionFor(record, generation) : undefined;
    return action(record, index, id, 'index', version, `${document}\n`, version && generation);
  }

  /** Whether the record's key is the id of its document. */
  private isKeyed({ topic, originalTopic }: SinkRecord): boolean {
    const { config, indices } = this;
    // What a data stream has once it keeps: records of one key would be lost but for the first, unless that is asked for.
    if (indices.isStream && !config.isSet(SINK.keyIgnore)) return false;
    const ignored = config.get(SINK.topicKeyIgnore);
    return !config.get(SINK.keyIgnore) && !ignored.includes(topic) && !ignored.includes(originalTopic);
  }

  /** @returns undefined where there is nothing to do */
  private async deletion(record: SinkRecord, index: string, keyed: boolean): Promise<Action | undefined> {
    if (this.nullValues === 'ignore') return undefined;
    if (this.nullValues === 'fail')
      throw new DataError(
        `it has no value, and ${SINK.nullValues.name} is fail: delete takes the document of its key away, ignore passes over it`,
      );
    if (!keyed || this.indices.isStream || record.key === null) return undefined;
    const id = idOf(record);
    await this.indices.ready(index, record, KEY_ONLY);
    const generation = await this.indices.generation(index, record.originalTopic, true);
    const version = this.upserts ? undefined : this.versionFor(record, generation);
    return action(record, index, id, 'delete', version, '', version && generation);
  }

  private planFor({ keySchema, valueSchema }: SinkRecord): RecordPlan {
    const last = this.plans.at(-1);
    if (last?.valueSchema === valueSchema && last.keySchema === keySchema) return last;
    const found = this.plans.findIndex((p) => p.valueSchema === valueSchema && p.keySchema === keySchema);
    const plan = found < 0 ? planRecords(this.settings, keySchema, valueSchema) : this.plans.splice(found, 1)[0]!;
    if (this.plans.length >= PLANS_MAX) this.plans.shift();
    this.plans.push(plan);
    return plan;
  }

  private idFor(record: SinkRecord, keyed: boolean, generation: number): string | undefined {
    const strategy = this.config.get(SINK.keyIgnoreIdStrategy).toLowerCase();
    if (keyed || strategy === 'record.key') return idOf(record);
    if (strategy === 'none' || this.config.get(SINK.useAutogeneratedIds)) return undefined;
    // What a later topic of the name has at the same offset is another event.
    return `${record.topic}+${record.partition}+${record.offset}${generation === 0 ? '' : `+${generation}`}`;
  }

  private versionFor(record: SinkRecord, generation: number): Version {
    const header = this.config.get(SINK.externalVersionHeader);
    if (header === undefined) return { version: versionOf(generation, record.offset), version_type: 'external' };
    const found = record.headers?.findLast((h) => h.key === header)?.value;
    const text = String(
      typeof found === 'object' && found !== null ? Buffer.from(found as Uint8Array).toString() : found,
    );
    if (!/^\d{1,19}$/.test(text))
      throw new DataError(
        `its header ${header} holds no version: ${found === undefined || found === null ? 'it is missing' : text}`,
      );
    return { version: text, version_type: 'external' };
  }

  // --- from actions to the cluster

  private async write(records: readonly SinkRecord[], actions: readonly Action[]): Promise<void> {
    const { config, context } = this;
    const backoff = new Backoff(config.get(SINK.retryBackoffMs), RETRY_MAX_MS, {
      share: 0.2,
      random: context.env.random,
    });
    const retries = config.get(SINK.maxRetries);
    let pending = actions;
    for (let attempt = 0; pending.length > 0; attempt++) {
      const { waiting, reason } = await this.attempt(pending);
      pending = waiting;
      if (waiting.length === 0) break;
      const error = new RetriableError(
        `${this.cluster!.name} does not take ${waiting.length} of ${records.length} records now: ${reason}`,
      );
      if (attempt >= retries) {
        this.left = { records, actions: waiting };
        throw error;
      }
      context.trouble(error);
      await context.env.timers.sleep(backoff.nextMs(), context.signal);
    }
    context.trouble(undefined);
  }

  /** Sends all, several requests at a time; what is to be sent again, and why. */
  private async attempt(
    actions: readonly Action[],
  ): Promise<{ readonly waiting: readonly Action[]; readonly reason: string }> {
    const { config } = this;
    const bytes = config.get(SINK.bulkSizeBytes);
    const requests = requestsOf(actions, { most: config.get(SINK.batchSize), mostBytes: bytes < 0 ? Infinity : bytes });
    const lanes = Math.min(requests.length, this.upserts ? 1 : config.get(SINK.maxInFlightRequests));
    const waiting: Action[] = [];
    let reason = '';
    const refused: Judged[] = [];
    let failure: unknown;
    const work = async (): Promise<void> => {
      for (let request = requests.shift(); request !== undefined; request = requests.shift()) {
        // Fields go into a document in their order: those behind one that waits wait too.
        if (failure !== undefined || (this.upserts && waiting.length > 0)) {
          waiting.push(...request);
          continue;
        }
        try {
          const judged = await sendBulk(this.cluster!, request, this.context.signal);
          for (const index of new Set(request.map((a) => a.index))) this.indices.wrote(index);
          for (const one of judged) {
            if (one.verdict.kind !== 'later') refused.push(one);
            else {
              reason = one.verdict.reason;
              waiting.push(one.action);
            }
          }
        } catch (error) {
          waiting.push(...request);
          if (error instanceof Unreachable || error instanceof RetriableError) reason = error.message;
          else failure = error;
        }
      }
    };
    await Promise.all(Array.from({ length: lanes }, work));
    if (failure !== undefined) throw failure;
    for (const one of refused) await this.judge(one);
    return { waiting, reason };
  }

  private async judge({ action: { record, index, generation }, verdict }: Judged): Promise<void> {
    const { reason } = verdict;
    if (verdict.kind === 'index gone') {
      // A tombstone for what is not there.
      if (record.value === null) return;
      this.indices.startOver(index);
    }
    if (verdict.kind === 'conflict') {
      if (this.indices.isStream || isOwnVersion(reason, generation)) return;
      const words = `of ${index} were left as they are, since somebody else has written them with later versions`;
      return this.leave(this.onConflict, record, reason, words);
    }
    const malformed = MALFORMED.has((verdict as { readonly type?: string }).type ?? '');
    return this.leave(malformed ? this.onMalformed : 'fail', record, reason, `were refused by ${index} and left out`);
  }

  // --- what is left out

  private async invalid(record: SinkRecord, error: DataError): Promise<void> {
    if (this.config.get(SINK.dropInvalidMessage))
      return this.count('made no document and were left out', record, error.message);
    await this.context.reportErrant(
      record,
      new DataError(`The record at ${placeOf(record)} makes no document: ${error.message}`),
    );
  }

  private async leave(behavior: Behavior, record: SinkRecord, reason: string, words: string): Promise<void> {
    if (behavior === 'fail' || behavior === 'report')
      return this.context.reportErrant(
        record,
        new ConnectError(`The record at ${placeOf(record)} is refused: ${reason}`),
      );
    if (behavior === 'warn') this.context.env.logger.warn(`The record at ${placeOf(record)} is left out: ${reason}`);
    this.count(words, record, reason);
  }

  /** Shown with the connector: how many, and the first of them. */
  private count(words: string, record: SinkRecord, reason: string): void {
    const count = this.counts.get(words) ?? { n: 0, said: undefined };
    this.counts.set(words, count);
    count.n++;
    const first =
      count.said === undefined
        ? `; the first: ${placeOf(record)}, ${reason}`
        : /; the first: .*$/s.exec(count.said)![0];
    const said = `${count.n} ${count.n === 1 ? 'record' : 'records'} ${words}${first}`;
    this.context.remark(said, count.said);
    count.said = said;
  }
}

/** What the cluster answers to documents that do not fit their index; the names are those of Elasticsearch 7 to 9 and OpenSearch. */
const MALFORMED = new Set([
  'mapper_parsing_exception',
  'document_parsing_exception',
  'strict_dynamic_mapping_exception',
  'illegal_argument_exception',
  'action_request_validation_exception',
  'too_large',
]);

/** Of a record without a value: it asks for no fields. */
const KEY_ONLY: RecordPlan = { keySchema: null, valueSchema: null, fields: undefined, document: () => '' };

interface Version {
  readonly version: string;
  readonly version_type: 'external';
}

function action(
  record: SinkRecord,
  index: string,
  id: string | undefined,
  verb: 'index' | 'create' | 'update' | 'delete',
  more: object | undefined,
  body: string,
  generation: number | undefined,
): Action {
  const head = { _index: index, ...(id !== undefined && { _id: id }), ...more };
  const lines = `{"${verb}":${JSON.stringify(head)}}\n${body}`;
  return { record, index, id, lines, bytes: Buffer.byteLength(lines), generation };
}

const placeOf = (record: SinkRecord): string =>
  `topic=${record.originalTopic} partition=${record.partition} offset=${record.offset}`;
