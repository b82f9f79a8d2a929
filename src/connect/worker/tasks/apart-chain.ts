import type { ApartContext, ApartPredicate, ApartTransform, InOrder } from '../../api/apart.ts';
import { must } from '../../../base/assert.ts';
import { NeedsPreparation, type Predicate, type Transform } from '../../api/converter.ts';
import type { ConnectRecord } from '../../api/record.ts';
import type { TransformChain } from './transform-chain.ts';

/** One transform of a chain, in the worker's own thread or in another one. */
export interface ChainStep {
  readonly className: string;
  readonly transform: Transform | ApartTransform;
  readonly isTransformApart: boolean;
  readonly predicate: Predicate | ApartPredicate | undefined;
  readonly isPredicateApart: boolean;
  readonly isNegated: boolean;
}

type Answer = { readonly className: string } & (
  | { readonly result: ConnectRecord | null }
  | { readonly error: unknown }
);

/** A record on its way through the chain. */
interface Under {
  readonly given: ConnectRecord;
  at: ConnectRecord | null;
}

/**
 * A chain with code in other threads. It processes many records at once (`prepare`) and keeps the results; for a record
 * without a result it throws NeedsPreparation. Results belong to record objects, so a repeated call must pass the same
 * object.
 *
 * The first record that cannot be handled ends the preparation: the records after it are prepared again when it has
 * been decided whether the task continues without it.
 */
export class ApartChain implements TransformChain {
  readonly #steps: readonly ChainStep[];
  readonly #answers = new WeakMap<ConnectRecord, Answer>();
  #prepared: readonly ConnectRecord[] = [];
  #lastClass: string;

  constructor(steps: readonly ChainStep[]) {
    this.#steps = steps;
    this.#lastClass = must(steps[0], 'first step').className;
  }

  get lastClass(): string {
    return this.#lastClass;
  }

  async start(context: ApartContext): Promise<void> {
    for (const part of this.#apart()) await part.start(context);
  }

  async stop(): Promise<void> {
    await Promise.allSettled([...this.#apart()].map((part) => part.stop()));
  }

  /** @throws NeedsPreparation for a record without a result; the error that the chain met */
  apply<R extends ConnectRecord>(record: R): R | null {
    const answer = this.#answers.get(record);
    if (answer === undefined) {
      const at = this.#prepared.indexOf(record);
      const rest = at < 0 ? [record] : this.#prepared.slice(at);
      throw new NeedsPreparation(`Transforms run in other threads`, () => this.prepare(rest));
    }
    this.#lastClass = answer.className;
    if ('result' in answer) return answer.result as R | null;
    // The record may be retried.
    this.#answers.delete(record);
    throw answer.error;
  }

  /** The result, if there is one and it is a record. */
  answered(record: ConnectRecord): ConnectRecord | undefined {
    const answer = this.#answers.get(record);
    return answer !== undefined && 'result' in answer ? (answer.result ?? undefined) : undefined;
  }

  /** @throws an error that ends the code's thread */
  async prepare(records: readonly ConnectRecord[]): Promise<void> {
    this.#prepared = records;
    let under: Under[] = records.map((given) => ({ given, at: given }));
    let failed: { readonly given: ConnectRecord; readonly answer: Answer } | undefined;
    let className = this.#lastClass;
    for (const step of this.#steps) {
      ({ className } = step);
      const live = under.filter((u) => u.at !== null);
      const { answers, error } = await through(step, live);
      for (const [i, answer] of answers.entries()) must(live[i], 'record').at = answer;
      if (answers.length === live.length) continue;
      const bad = must(live[answers.length], 'record that failed');
      failed = { given: bad.given, answer: { className, error } };
      under = under.slice(0, under.indexOf(bad));
    }
    for (const { given, at } of under) this.#answers.set(given, { className, result: at });
    if (failed !== undefined) this.#answers.set(failed.given, failed.answer);
  }

  *#apart(): Generator<ApartTransform | ApartPredicate> {
    const seen = new Set<unknown>();
    for (const { transform, isTransformApart, predicate, isPredicateApart } of this.#steps) {
      if (isTransformApart) yield transform as ApartTransform;
      // Several transforms may share a predicate.
      if (isPredicateApart && !seen.has(predicate)) yield predicate as ApartPredicate;
      seen.add(predicate);
    }
  }
}

/** Applies one step to many records, up to the first one that it cannot handle. */
async function through(step: ChainStep, live: readonly Under[]): Promise<InOrder<ConnectRecord | null>> {
  const records = live.map((u) => must(u.at, 'record'));
  let chosen = records.map(() => true);
  let error: unknown;
  if (step.predicate !== undefined) {
    const tested = step.isPredicateApart
      ? await (step.predicate as ApartPredicate).test(records)
      : inOrder(records, (record) => (step.predicate as Predicate).test(record));
    chosen = tested.answers.map((is) => is !== step.isNegated);
    ({ error } = tested);
  }
  const chosenRecords = records.filter((_, i) => chosen[i] === true);
  const made = step.isTransformApart
    ? await (step.transform as ApartTransform).apply(chosenRecords)
    : inOrder(chosenRecords, (record) => (step.transform as Transform).apply(record));
  const answers: (ConnectRecord | null)[] = [];
  let at = 0;
  for (const [i, isMine] of chosen.entries()) {
    if (isMine && at === made.answers.length) return { answers, error: asError(made.error) };
    answers.push(isMine ? (made.answers[at++] ?? null) : must(records[i], 'record'));
  }
  return { answers, error: asError(error) };
}

function inOrder<T>(records: readonly ConnectRecord[], work: (record: ConnectRecord) => T): InOrder<T> {
  const answers: T[] = [];
  try {
    for (const record of records) answers.push(work(record));
    return { answers };
  } catch (error) {
    return { answers, error: asError(error) };
  }
}

function asError(error: unknown): Error | undefined {
  return error === undefined || error instanceof Error ? error : new Error(String(error));
}
