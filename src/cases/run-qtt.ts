import { must } from '../base/assert.ts';
import type { ProcessingLogEntry } from '../base/env.ts';
import { messageOf } from '../base/errors.ts';
import { decodeHeaders } from '../log/record-batch/headers.ts';
import { RecordCursor } from '../log/record-batch/cursor.ts';
import { Session } from '../engine/session.ts';
import { produce } from './produce.ts';
import { mismatch } from './compare.ts';
import { checkPost } from './check-post.ts';
import { createDriver } from './drive.ts';
import { raisedBy, wrongError } from './expect-error.ts';
import { decodeRecord, encodeRecord, topicSpec, type RecordBytes } from './formats.ts';
import type { Case, CaseRecord } from './case-file.ts';
import { createTopics } from './topics.ts';
import type { CreateWorld, World, TopicWorld } from './world.ts';

/** Why the case failed, or undefined when it passed. */
export type Verdict = string | undefined;

/** Runs one `qtt` case (README 3 of the suite) on the engine with an embedded log in memory. */
export async function runQtt(testCase: Case, createWorld: CreateWorld): Promise<Verdict> {
  const world = await createWorld();
  try {
    if (testCase.kind === 'negative') return await runNegative(testCase, world, createWorld);
    const verdict = await runPositive(testCase, world, createWorld).catch((error: unknown) => describeError(error));
    if (testCase.kind === 'positive') return verdict;
    if (verdict === undefined) return 'the case is wrong on purpose, and the runner did not notice';
    return undefined;
  } finally {
    await world.close();
  }
}

async function runPositive(testCase: Case, world: World, createWorld: CreateWorld): Promise<Verdict> {
  await runAll(testCase, world, createWorld);
  if (world.queries().length === 0) return 'no persistent query';
  return verdictOf([...(await compareOutputs(testCase, world)), ...(await checkPost(testCase, world))], world.problems);
}

/** The problems, with the related entries of the processing log. */
export function verdictOf(problems: readonly string[], logged: readonly ProcessingLogEntry[]): Verdict {
  if (problems.length === 0) return undefined;
  const lines = logged
    .slice(0, 3)
    .map((p) => `\n  processing log: ${p.message}${p.cause === undefined ? '' : ` (${p.cause})`}`);
  return problems.slice(0, 5).join('\n') + lines.join('');
}

async function runNegative(testCase: Case, world: World, createWorld: CreateWorld): Promise<Verdict> {
  let script = '';
  try {
    await runAll(testCase, world, createWorld, (text) => {
      script = text;
    });
  } catch (error) {
    return wrongError(raisedBy(error), testCase.expectedException ?? {}, script);
  }
  return `expected ${JSON.stringify(testCase.expectedException)}, and nothing was raised`;
}

/** @param onScript called with each script before it is executed */
async function runAll(
  testCase: Case,
  world: World,
  createWorld: CreateWorld,
  onScript: (script: string) => void = () => {},
): Promise<void> {
  await createTopics(testCase, world, createWorld);
  const session = new Session(sessionProperties(testCase));
  for (const script of scriptsOf(testCase.statements)) {
    onScript(script);
    await world.engine.execute(script, session);
  }
  await feed(testCase, world);
}

/** The case's properties for the session, without the one that only the runner uses. */
export function sessionProperties(testCase: Case): Record<string, string> {
  return Object.fromEntries(
    Object.entries(testCase.properties).filter(([name]) => name !== 'use.exact.numeric.comparison'),
  );
}

/** An input record of a case, with its encoded key and value. */
export interface Piped extends RecordBytes {
  readonly record: CaseRecord;
}

/** The case's inputs as bytes in the formats of their topics. */
export function encodeInputs(testCase: Case, world: TopicWorld): Piped[] {
  return testCase.inputs.map((record) => ({
    record,
    ...encodeRecord(record, topicSpec(record.topic, testCase, world)),
  }));
}

/**
 * Each INSERT becomes a script of its own: the rows of one script are written together, partition by partition, which
 * would change their order, because here all partitions are one.
 */
function scriptsOf(statements: readonly string[]): string[] {
  const scripts: string[] = [];
  let isOpen = false;
  for (const statement of statements) {
    const isInsert = /^\s*INSERT\s+INTO\b(?!.*\bSELECT\b)/is.test(statement);
    if (isOpen && !isInsert) scripts.push(`${scripts.pop()!}\n${statement}`);
    else scripts.push(statement);
    isOpen = !isInsert;
  }
  return scripts;
}

/** Runs the queries one after the other, each to its end (README 3.5 of the suite). */
async function feed(testCase: Case, world: World): Promise<void> {
  const inputs = encodeInputs(testCase, world);
  const inputTopics = new Set(inputs.map((i) => i.record.topic));
  for (const { record, key, value } of inputs)
    await appendRecord(world, record.topic, key, value, record.timestamp ?? 0, record.headers);
  for (const query of world.queries()) {
    const driver = await createDriver(query, world, testCase.properties);
    try {
      const sources = driver.sourceTopics;
      for (const input of inputs) {
        if (sources.includes(input.record.topic)) {
          await driver.pipe(
            input.record.topic,
            input.key,
            input.value,
            input.record.timestamp ?? 0,
            input.record.headers,
          );
        }
      }
      for (const topic of sources) {
        if (inputTopics.has(topic)) continue;
        for (const stored of await readTopic(world, topic))
          await driver.pipe(topic, stored.key, stored.value, stored.timestamp, stored.headers);
      }
    } finally {
      await driver.close();
    }
  }
}

/** A record that was read from a topic. */
export interface StoredRecord extends RecordBytes {
  readonly timestamp: number;
  readonly headers: CaseRecord['headers'];
}

/** The maximum wait for the next batch of a topic that is known to have more records, in ms. */
const READ_POLL_MS = 1000;

/** All records of a topic, partition by partition in order. */
export async function readTopic(world: Pick<TopicWorld, 'log'>, topic: string): Promise<StoredRecord[]> {
  const { admin } = world.log;
  const partitions = 'declared' in world.log ? 1 : ((await admin.describeTopic(topic))?.partitions ?? 0);
  const reader = world.log.createReader({});
  const cursor = new RecordCursor();
  const records: StoredRecord[] = [];
  try {
    for (let partition = 0; partition < partitions; partition++) {
      const at = { topic, partition };
      // On Kafka, the last readable offset may not include what was just committed.
      const end = await (admin.endOffset === undefined ? admin.latestOffset(at) : admin.endOffset(at));
      reader.assign([{ ...at, offset: await admin.earliestOffset(at) }]);
      while (reader.position(at) < end) {
        for (const fetched of await reader.poll(READ_POLL_MS)) {
          cursor.openFetched(fetched);
          while (cursor.next()) {
            const { columns } = cursor;
            for (let i = 0; i < columns.count; i++) {
              records.push({
                key: copy(columns.key(i)),
                value: copy(columns.value(i)),
                timestamp: columns.timestamp[i]!,
                headers: decodeHeaders(columns.buffer, columns.headersStart[i]!, columns.headerCount[i]!).map((h) => ({
                  key: h.key,
                  value: h.value && Buffer.from(h.value),
                })),
              });
            }
          }
        }
      }
    }
  } finally {
    await reader.close();
  }
  return records;
}

function copy(bytes: Buffer | null): Buffer | null {
  return bytes && Buffer.from(bytes);
}

async function appendRecord(
  world: World,
  topic: string,
  key: Buffer | null,
  value: Buffer | null,
  timestamp: number,
  headers: CaseRecord['headers'],
): Promise<void> {
  await produce(world.engine.services.inserts, topic, 0, timestamp, key, value, headers);
}

/**
 * Compares each topic that has expected records: exactly these, in order; `perKey`: the records of each key in order.
 */
export async function compareOutputs(
  testCase: Case,
  world: TopicWorld,
  { headers = true, perKey = false }: { readonly headers?: boolean; readonly perKey?: boolean } = {},
): Promise<string[]> {
  const byTopic = groupByTopic(testCase.outputs);
  const problems: string[] = [];
  for (const [topic, expected] of byTopic) {
    const spec = topicSpec(topic, testCase, world);
    const stored = await readTopic(world, topic);
    const actual = perKey ? inOrderOf(expected, stored, spec) : stored;
    if (actual.length !== expected.length) {
      const shown = actual
        .slice(0, 6)
        .map(
          (r) => `\n    ${r.key?.toString('utf8') ?? 'null'} -> ${r.value?.toString('utf8') ?? 'null'} @${r.timestamp}`,
        );
      problems.push(`${topic}: expected ${expected.length} records, got ${actual.length}${shown.join('')}`);
      continue;
    }
    for (const [i, want] of expected.entries()) {
      const problem = compareRecord(want, must(actual[i], 'actual value'), spec, testCase.inputs.length === 0, headers);
      if (problem !== undefined) {
        problems.push(`${topic}[${i}] ${problem}`);
        break;
      }
    }
  }
  return problems;
}

/** The stored records in the order of the expected ones: each expected record gets the first unused one of its key. */
function inOrderOf(
  expected: readonly CaseRecord[],
  stored: readonly StoredRecord[],
  spec: ReturnType<typeof topicSpec>,
): readonly StoredRecord[] {
  const left = stored.map((record) => ({ record, decoded: decodeRecord(record, spec) }));
  const placed: StoredRecord[] = [];
  for (const { key, window } of expected) {
    const at = left.findIndex(
      ({ decoded }) => mismatch(key, decoded.key) === undefined && (!window || window.start === decoded.window?.start),
    );
    if (at >= 0) placed.push(must(left.splice(at, 1)[0], 'record').record);
  }
  return [...placed, ...left.map((l) => l.record)];
}

function compareRecord(
  want: CaseRecord,
  have: StoredRecord,
  spec: ReturnType<typeof topicSpec>,
  noInputs: boolean,
  withHeaders: boolean,
): string | undefined {
  let decoded;
  try {
    decoded = decodeRecord(have, spec);
  } catch (error) {
    return `cannot be decoded: ${messageOf(error)}`;
  }
  const key = mismatch(want.key, decoded.key, 'key');
  if (key !== undefined) return key;
  const value = mismatch(want.value, decoded.value, 'value');
  if (value !== undefined) return value;
  if (want.timestamp !== undefined && want.timestamp !== have.timestamp && !(noInputs && want.timestamp === 0)) {
    return `timestamp: expected ${want.timestamp}, got ${have.timestamp}`;
  }
  if (want.window) {
    const { window } = decoded;
    if (
      !window ||
      window.start !== want.window.start ||
      window.type !== want.window.type ||
      (spec.window?.sizeMs !== undefined && window.end !== want.window.end) ||
      (window.type === 'session' && window.end !== want.window.end)
    ) {
      return `window: expected ${JSON.stringify(want.window)}, got ${JSON.stringify(window)}`;
    }
  }
  if (!withHeaders) return undefined;
  const headers = (list: CaseRecord['headers']): string =>
    JSON.stringify(list.map((h) => [h.key, h.value?.toString('base64') ?? null]));
  return headers(want.headers) === headers(have.headers)
    ? undefined
    : `headers: expected ${headers(want.headers)}, got ${headers(have.headers)}`;
}

function groupByTopic(records: readonly CaseRecord[]): Map<string, CaseRecord[]> {
  const groups = new Map<string, CaseRecord[]>();
  for (const record of records) groups.set(record.topic, [...(groups.get(record.topic) ?? []), record]);
  return groups;
}

/** The text of an error; with a stack trace for internal errors. */
export function describeError(error: unknown): string {
  const raised = raisedBy(error);
  const stack =
    raised.error instanceof Error && !('code' in raised.error && raised.error.code !== 'INTERNAL')
      ? `\n${raised.error.stack?.split('\n').slice(1, 6).join('\n')}`
      : '';
  return `raised: ${messageOf(raised.error)}${stack}`;
}
