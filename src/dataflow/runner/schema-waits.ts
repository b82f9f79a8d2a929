import { Backoff } from '../../base/backoff.ts';
import type { Env } from '../../base/env.ts';
import { isSluiceError, messageOf, SluiceError } from '../../base/errors.ts';
import type { CodecRegistry, LoadSchemas } from '../../formats/api.ts';
import { NeedsSchema } from '../../formats/api.ts';
import type { Task } from '../task/task.ts';

/** A missing schema is requested again after pauses that double from the first to the longest. */
const FIRST_PAUSE_MS = 100;
const LONGEST_PAUSE_MS = 5000;
/** A record may arrive slightly before its schema: nothing is reported before this time. */
const TOLD_AFTER_MS = 3000;
/** An id that was given up is requested again after this time, for later records. */
const ASK_AGAIN_MS = 10_000;
const NONE: ReadonlyMap<string, SluiceError> = new Map();

export interface SchemaWaitsOptions {
  readonly env: Env;
  readonly registry: CodecRegistry | undefined;
  readonly load: LoadSchemas | undefined;
  /** How long to wait, in ms, for a schema that the registry does not have; undefined or negative: forever. */
  readonly patienceMs?: number | undefined;
}

/** The record at which a task waits, and for which schema. */
interface Wait {
  readonly schemaId: number;
  readonly topic: string;
  readonly partition: number;
  readonly offset: number;
  readonly sinceMs: number;
  readonly pauses: Backoff;
  /** By the monotonic clock. */
  nextMs: number;
  isAsking: boolean;
  /** Why the registry could not be asked; undefined: it answered that it does not have the schema. */
  failure: unknown;
}

/** A schema that the registry does not have. Times are of the monotonic clock. */
interface Denial {
  readonly sinceMs: number;
  readonly askedMs: number;
}

/**
 * Tasks that wait at a record whose schema is not available. Only such a task waits: the others of the query continue,
 * everything before the record is committed, and the record is read when its schema is available. Decision 0028.
 */
export class SchemaWaits {
  readonly #options: SchemaWaitsOptions;
  readonly #waits = new Map<Task, Wait>();
  readonly #denials = new Map<number, Denial>();
  /** The registry as codecs see it: an id counts as unknown only when it is no longer waited for. */
  readonly registry: CodecRegistry | undefined;
  #wake: () => void = () => undefined;

  constructor(options: SchemaWaitsOptions) {
    this.#options = options;
    const { registry } = options;
    this.registry = registry && {
      schemaById: (id) => registry.schemaById(id),
      isUnknown: (id) => this.#isGivenUp(id),
      idOf: (subject, schema) => registry.idOf(subject, schema),
      latest: (subject) => registry.latest(subject),
    };
  }

  /** Called when an answer has come, so that a loop that waits for something else checks again. */
  set onAnswer(wake: () => void) {
    this.#wake = wake;
  }

  /**
   * Requests a schema that a task needs. False: it is not available, and `holds` says when to try again.
   * @throws SluiceError when the task cannot wait there, or the registry refuses the request
   */
  async meet(task: Task, missing: NeedsSchema): Promise<boolean> {
    const { registry } = this.#options;
    const failure = await this.#ask(missing.schemaId);
    if (registry?.schemaById(missing.schemaId) !== undefined || this.#isGivenUp(missing.schemaId)) return true;
    // Half of the record's work is done, which must not be committed.
    if (task.isWithinRecord) throw failure ?? unknownSchema(missing.schemaId);
    const pauses = new Backoff(FIRST_PAUSE_MS, LONGEST_PAUSE_MS);
    const nowMs = this.#nowMs;
    this.#waits.set(task, {
      ...task.current,
      schemaId: missing.schemaId,
      sinceMs: nowMs,
      pauses,
      nextMs: nowMs + pauses.nextMs(),
      isAsking: false,
      failure,
    });
    return false;
  }

  /** Whether the task must handle nothing. Requests the schema again, in the background, when it is due. */
  holds(task: Task): boolean {
    const wait = this.#waits.get(task);
    if (wait === undefined) return false;
    if (this.#options.registry?.schemaById(wait.schemaId) !== undefined || this.#isGivenUp(wait.schemaId)) {
      this.#waits.delete(task);
      return false;
    }
    if (!wait.isAsking && this.#nowMs >= wait.nextMs) void this.#askAgain(wait);
    return true;
  }

  isWaiting(task: Task): boolean {
    return this.#waits.has(task);
  }

  /** Time in ms until the next request is due; Infinity when none is. */
  get nextMs(): number {
    if (this.#waits.size === 0) return Infinity;
    let next = Infinity;
    for (const wait of this.#waits.values()) if (!wait.isAsking) next = Math.min(next, wait.nextMs);
    return Math.max(1, next - this.#nowMs);
  }

  /** Forgets tasks that are not in `tasks`. */
  keep(tasks: readonly Task[]): void {
    for (const task of this.#waits.keys()) if (!tasks.includes(task)) this.#waits.delete(task);
  }

  /** One error for each record that has waited long enough to be reported, by its identity. */
  get errors(): ReadonlyMap<string, SluiceError> {
    // Called at each poll, and nearly always nothing waits.
    if (this.#waits.size === 0) return NONE;
    const reported = new Map<string, SluiceError>();
    for (const wait of this.#waits.values()) {
      if (wait.failure === undefined && this.#nowMs - wait.sinceMs < TOLD_AFTER_MS) continue;
      const error = errorOf(wait);
      reported.set(`${error.code} ${wait.topic} ${wait.partition} ${wait.offset}`, error);
    }
    return reported;
  }

  get #nowMs(): number {
    return this.#options.env.clock.monotonicMs();
  }

  async #askAgain(wait: Wait): Promise<void> {
    wait.isAsking = true;
    try {
      wait.failure = await this.#ask(wait.schemaId);
    } catch (error) {
      wait.failure = error;
    }
    wait.isAsking = false;
    wait.nextMs = this.#nowMs + wait.pauses.nextMs();
    this.#wake();
  }

  /** Returns the reason why the registry could not be asked. @throws for an error that waiting cannot fix */
  async #ask(id: number): Promise<unknown> {
    const { load, registry } = this.#options;
    if (load === undefined) throw unknownSchema(id);
    try {
      await load(new NeedsSchema(id), 'ONCE');
    } catch (error) {
      if (isSluiceError(error, 'REGISTRY_UNAVAILABLE') && error.retriable) return error;
      throw error;
    }
    if (registry?.schemaById(id) !== undefined) this.#denials.delete(id);
    else this.#denials.set(id, { sinceMs: this.#denials.get(id)?.sinceMs ?? this.#nowMs, askedMs: this.#nowMs });
    return undefined;
  }

  #isGivenUp(id: number): boolean {
    // No registry assigns such ids, so the bytes are not a header.
    if (id <= 0) return true;
    const { patienceMs = -1 } = this.#options;
    const denial = this.#denials.get(id);
    if (denial === undefined || patienceMs < 0) return false;
    const nowMs = this.#nowMs;
    return nowMs - denial.sinceMs >= patienceMs && nowMs - denial.askedMs < ASK_AGAIN_MS;
  }
}

function unknownSchema(id: number): SluiceError {
  return new SluiceError('SCHEMA_MISSING', `The schema registry has no schema with id ${id}`, { retriable: true });
}

function errorOf({ schemaId, topic, partition, offset, failure }: Wait): SluiceError {
  const where = `topic=${topic}, partition=${partition}, offset=${offset}`;
  if (failure !== undefined)
    return new SluiceError(
      'REGISTRY_UNAVAILABLE',
      `Waiting for schema ${schemaId} of ${where}: ${messageOf(failure)}`,
      {
        cause: failure,
        retriable: true,
      },
    );
  return new SluiceError(
    'SCHEMA_MISSING',
    `Waiting for schema ${schemaId}, which the schema registry does not have, of ${where}. Records behind it are read when it is registered; ksql.query.missing.schema.wait.ms ends the wait`,
    { retriable: true },
  );
}
