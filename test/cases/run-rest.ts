import { isLosslessNumber, parse } from 'lossless-json';
import { messageOf, SluiceError } from '../../src/base/errors.ts';
import { NullKeyPartitioner, partitionOfKey } from '../../src/log/partitioner.ts';
import { produce } from '../../src/cases/produce.ts';
import { encodeRecord, topicSpec } from '../../src/cases/formats.ts';
import { toJson, type Case, type Node } from '../../src/cases/case-file.ts';
import { suiteWorld } from './world.ts';
import { createRestWorld, type RestWorld } from './rest-world.ts';
import { protoText } from './proto-text.ts';
import { compareTopics } from './rest-outputs.ts';
import { createTopics } from '../../src/cases/topics.ts';
import type { Verdict } from '../../src/cases/run-qtt.ts';

export interface RestResult {
  readonly testCase: Case;
  readonly verdict: Verdict;
}

/** The time limit for one case, in ms. */
const CASE_TIMEOUT_MS = 15_000;

/**
 * With `by-kind`, cases that expect an error run in ksqlDB's dialect, because only that dialect must refuse the same
 * requests, and cases that expect results run in ours. The other values run all cases in one dialect: ksqlDB's must
 * pass all cases, ours those that expect results.
 */
export type RestDialect = 'by-kind' | 'ksqldb' | 'sluice';

/** Runs `rest` cases (README 6 of the suite), each with a separate server on an embedded log in memory. */
export async function runRestCases(cases: readonly Case[], dialect: RestDialect): Promise<RestResult[]> {
  const results: RestResult[] = [];
  for (const testCase of cases) results.push({ testCase, verdict: await runWithTimeout(testCase, dialect) });
  return results;
}

async function runWithTimeout(testCase: Case, dialect: RestDialect): Promise<Verdict> {
  const world = await createRestWorld();
  let timer: NodeJS.Timeout | undefined;
  try {
    const timeout = new Promise<Verdict>((resolve) => {
      timer = setTimeout(() => resolve(`timed out after ${CASE_TIMEOUT_MS} ms`), CASE_TIMEOUT_MS);
    });
    const run = runRest(inDialect(testCase, dialect), world).catch(
      (error: unknown) => `runner: ${error instanceof Error ? (error.stack ?? error.message) : String(error)}`,
    );
    return await Promise.race([run, timeout]);
  } finally {
    clearTimeout(timer);
    await world.close();
  }
}

type Fields = { readonly [name: string]: Node };

interface HttpAnswer {
  readonly status: number;
  readonly body: Node;
}

function inDialect(testCase: Case, dialect: RestDialect): Case {
  const own = dialect === 'by-kind' ? (testCase.expectedError ? 'ksqldb' : 'sluice') : dialect;
  return { ...testCase, properties: { ...testCase.properties, 'ksql.dialect': own } };
}

async function runRest(testCase: Case, world: RestWorld): Promise<Verdict> {
  await createTopics(testCase, world, suiteWorld);
  const { properties } = testCase;
  const first = testCase.statements.findIndex((s) => s.startsWith('SELECT '));
  const admin = first === -1 ? testCase.statements : testCase.statements.slice(0, first);
  const queries = first === -1 ? [] : testCase.statements.slice(first);
  const answers: HttpAnswer[] = [];
  let adminEntities: readonly Node[] = [];
  if (admin.length > 0) {
    const answer = await post(world, '/ksql', { ksql: admin.join('\n'), streamsProperties: properties });
    if (answer.status !== 200) return expectedFailure(testCase, answer);
    adminEntities = answer.body as readonly Node[];
  }
  if (testCase.inputConditions.waitForActivePushQuery) {
    answers.push(await postPush(world, queries[0]!, testCase));
  } else {
    await produceInputs(testCase, world);
    await world.caughtUp();
    for (const query of queries)
      answers.push(await post(world, '/query', { ksql: query, streamsProperties: properties }));
  }
  const failed = answers.find((a) => a.status !== 200);
  if (testCase.expectedError) {
    if (!failed) return `expected ${JSON.stringify(testCase.expectedError)}, and nothing failed`;
    return expectedFailure(testCase, failed);
  }
  if (failed) return `status ${failed.status}: ${toJson(failed.body)}`;
  const protos: HttpAnswer[] = [];
  if (testCase.testPullWithProtoFormat) {
    for (const query of queries) {
      protos.push(
        await post(
          world,
          '/query-stream',
          { sql: query, properties: testCase.properties },
          'application/vnd.ksql.v1+protobuf',
        ),
      );
    }
  }
  const actual = [
    ...adminEntities.map((body) => ({ kind: 'admin', body })),
    ...answers.map(({ body }) => ({ kind: 'query', body })),
    ...protos.map(({ body }) => ({ kind: 'queryProto', body })),
  ];
  for (const [i, expected] of testCase.responses.entries()) {
    const problem = compareResponse(expected as Fields, actual[i]);
    if (problem !== undefined) return `response ${i}: ${problem}`;
  }
  return await compareTopics(testCase, world);
}

function expectedFailure(testCase: Case, answer: HttpAnswer): Verdict {
  const { expectedError } = testCase;
  const body = answer.body as Fields;
  if (!expectedError) return `status ${answer.status}: ${toJson(answer.body)}`;
  if (expectedError.status !== undefined && answer.status !== expectedError.status)
    return `expected status ${expectedError.status}, got ${answer.status}: ${toJson(body)}`;
  const message = String(body['message'] ?? '');
  if (!message.includes(expectedError.message ?? ''))
    return `expected a message with ${JSON.stringify(expectedError.message)}, got ${JSON.stringify(message)}`;
  if (expectedError.type?.endsWith('KsqlStatementErrorMessage') === true) {
    if (body['@type'] !== 'statement_error') return `expected a statement_error, got ${String(body['@type'])}`;
    const last = normalised(testCase.statements.at(-1)!);
    const text = normalised(String(body['statementText'] ?? ''));
    if (!/^INSERT INTO/i.test(last) && !text.includes(last)) return `statementText: expected ${last}, got ${text}`;
  }
  return undefined;
}

function normalised(text: string): string {
  return text.replaceAll(/\s+/g, ' ').trim();
}

async function post(world: RestWorld, path: string, body: unknown, accept?: string): Promise<HttpAnswer> {
  const answer = await fetch(world.url + path, {
    method: 'POST',
    body: JSON.stringify(body),
    headers: { 'content-type': 'application/json', ...(accept !== undefined && { accept }) },
  });
  return { status: answer.status, body: parseBody(await answer.text()) };
}

function parseBody(text: string): Node {
  try {
    return text === '' ? null : (parse(text) as Node);
  } catch (error) {
    throw new SluiceError('INTERNAL', `The answer is no JSON (${messageOf(error)}): ${text.slice(0, 500)}`);
  }
}

/** Sends the push query, waits for its header and until it runs, then produces the inputs. */
async function postPush(world: RestWorld, query: string, testCase: Case): Promise<HttpAnswer> {
  const answer = await fetch(`${world.url}/query`, {
    method: 'POST',
    body: JSON.stringify({ ksql: query, streamsProperties: testCase.properties }),
  });
  if (answer.status !== 200 || !answer.body) return { status: answer.status, body: parseBody(await answer.text()) };
  const decoder = new TextDecoder();
  let text = '';
  let produced = false;
  for await (const chunk of answer.body as unknown as AsyncIterable<Uint8Array>) {
    text += decoder.decode(chunk, { stream: true });
    if (!produced && text.includes('"header"')) {
      produced = true;
      await produceInputs(testCase, world);
    }
  }
  return { status: 200, body: parseBody(text) };
}

/** Writes inputs to the partition of their key, as a producer's default partitioner does. */
async function produceInputs(testCase: Case, world: RestWorld): Promise<void> {
  const nullKeys = new NullKeyPartitioner();
  for (const record of testCase.inputs) {
    const { key, value } = encodeRecord(record, topicSpec(record.topic, testCase, world));
    const topic = await world.log.admin.describeTopic(record.topic);
    const partitions = topic?.partitions ?? 1;
    const plain =
      record.window && key ? key.subarray(0, key.length - (record.window.type === 'session' ? 16 : 8)) : key;
    await produce(
      world.engine.services.inserts,
      record.topic,
      plain ? partitionOfKey(plain, partitions) : nullKeys.next(partitions, 0),
      record.timestamp ?? 0,
      key,
      value,
      record.headers,
    );
  }
}

function compareResponse(
  expected: Fields,
  actual: { readonly kind: string; readonly body: Node } | undefined,
): string | undefined {
  if (!actual) return `expected ${toJson(expected)}, got nothing`;
  if ('admin' in expected) {
    const wanted = expected['admin'] as Fields;
    for (const [name, value] of Object.entries(wanted)) {
      const have = (actual.body as Fields)[name];
      if (toJson(have ?? null) !== toJson(value))
        return `${name}: expected ${toJson(value)}, got ${toJson(have ?? null)}`;
    }
    return undefined;
  }
  if ('query' in expected) return compareRows(expected['query'] as readonly Fields[], actual.body as readonly Fields[]);
  if ('queryProto' in expected)
    return compareProto(expected['queryProto'] as readonly Fields[], actual.body as readonly Fields[]);
  return `an expectation of an unknown kind: ${Object.keys(expected).join(', ')}`;
}

function compareRows(expected: readonly Fields[], actual: readonly Fields[]): string | undefined {
  if (expected.length !== actual.length)
    return `expected ${expected.length} rows, got ${actual.length}: ${toJson(actual)}`;
  for (const [i, want] of expected.entries()) {
    const problem = contains(want, actual[i]!, `row ${i}`);
    if (problem !== undefined) return problem;
  }
  // Columns are compared over the whole result, because the order of a scan is not defined.
  const columns = (rows: readonly Fields[]): string[] =>
    rows.flatMap((r) => (r['row'] !== undefined ? [toJson((r['row'] as Fields)['columns'] ?? null)] : [])).toSorted();
  const want = columns(expected);
  const have = columns(actual);
  const missing = want.filter((w, i) => w !== have[i]);
  return missing.length === 0 ? undefined : `rows: expected ${want.join(' ')}, got ${have.join(' ')}`;
}

/** Checks that every given field is present and equal; `row.columns` is compared elsewhere. */
function contains(want: Node, have: Node, path: string): string | undefined {
  if (want !== null && typeof want === 'object' && !Array.isArray(want) && !isLosslessNumber(want)) {
    if (have === null || typeof have !== 'object') return `${path}: expected ${toJson(want)}, got ${toJson(have)}`;
    for (const [name, value] of Object.entries(want as Fields)) {
      if (name === 'columns' && path.endsWith('.row')) continue;
      const prefix = name.endsWith('|starts_with');
      const key = prefix ? name.slice(0, -'|starts_with'.length) : name;
      const actual = (have as Fields)[key] ?? null;
      const problem = prefix
        ? String(actual).startsWith(String(value))
          ? undefined
          : `${path}.${key}: expected text beginning ${String(value)}, got ${String(actual)}`
        : contains(value, actual, `${path}.${key}`);
      if (problem !== undefined) return problem;
    }
    return undefined;
  }
  return toJson(want) === toJson(have) ? undefined : `${path}: expected ${toJson(want)}, got ${toJson(have)}`;
}

function compareProto(expected: readonly Fields[], actual: readonly Fields[]): string | undefined {
  if (expected.length !== actual.length) return `expected ${expected.length} rows, got ${actual.length}`;
  const wantHeader = (expected[0]?.['header'] as Fields | undefined)?.['protoSchema'];
  const haveHeader = (actual[0]?.['header'] as Fields | undefined)?.['protoSchema'];
  if (wantHeader !== undefined && wantHeader !== haveHeader)
    return `protoSchema: expected ${toJson(wantHeader)}, got ${toJson(haveHeader ?? null)}`;
  return protoRows(expected, actual, String(haveHeader ?? ''));
}

/**
 * Maps are hash maps in ksqlDB (README 9.18): their entries, which are adjacent in the text, are compared in any order.
 */
function entriesInOrder(text: string): string {
  return text.replaceAll(
    /(?:\w+ \{ key: [^{}]*\} ?)+/g,
    (entries) =>
      `${entries
        .match(/\w+ \{ key: [^{}]*\}/g)!
        .toSorted()
        .join(' ')} `,
  );
}

function protoRows(expected: readonly Fields[], actual: readonly Fields[], schema: string): string | undefined {
  const want = expected
    .flatMap((r) => (typeof r['row'] === 'string' ? [entriesInOrder(normalised(r['row']))] : []))
    .toSorted();
  const have = actual
    .flatMap((r) => {
      const bytes = (r['row'] as Fields | undefined)?.['protobufBytes'];
      return typeof bytes === 'string'
        ? [entriesInOrder(normalised(protoText(Buffer.from(bytes, 'base64'), schema)))]
        : [];
    })
    .toSorted();
  return JSON.stringify(want) === JSON.stringify(have)
    ? undefined
    : `proto rows: expected ${JSON.stringify(want)}, got ${JSON.stringify(have)}`;
}
