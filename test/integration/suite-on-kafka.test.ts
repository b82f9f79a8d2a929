import { existsSync, readFileSync } from 'node:fs';
import path from 'node:path';
import { afterAll, beforeAll, test } from 'vitest';
import { KafkaLog } from '../../src/log/kafka/kafka-log.ts';
import { kafkaSample } from '../cases/kafka-sample.ts';
import type { Case } from '../../src/cases/case-file.ts';
import { loadCases } from '../cases/load.ts';
import { runQttOnKafka } from '../cases/run-on-kafka.ts';
import { testEnv } from '../support/env.ts';
import { describeWithServers } from '../support/servers/available.ts';
import { byExtent } from '../support/extent.ts';
import { temporaryFolder } from '../support/servers/java.ts';
import { type KafkaServer, startKafka } from '../support/servers/kafka.ts';

const CASES = path.resolve(import.meta.dirname, '../cases');

/** Cases that pass on the embedded log but not on Kafka, by id, with the reason. */
const DIFFERENCES = JSON.parse(readFileSync(path.join(CASES, 'kafka-differences.json'), 'utf8')) as Readonly<
  Record<string, string>
>;

/** The number of cases of each kind; `SUITE_ON_KAFKA=all` runs all cases instead of a sample. */
const PER_KIND = process.env['SUITE_ON_KAFKA'] === 'all' ? 'all' : 40;
/** At each commit, one of this many cases of the sample is run. */
const ONE_IN = byExtent(PER_KIND === 'all' ? 1 : 3, 1);

const OWN = loadCases(path.join(CASES, 'own')).filter(isPositive);
const SHARED = sharedCases();
const RUNS = [...kafkaSample(OWN, PER_KIND), ...kafkaSample(SHARED, PER_KIND)].filter((_, i) => i % ONE_IN === 0);

/** The cases of the suite that pass on the embedded log. */
function sharedCases(): readonly Case[] {
  const folder = path.resolve(import.meta.dirname, '../../../shared/suite');
  if (!existsSync(folder)) {
    console.log('../shared/suite is not here: only the cases of our own are run');
    return [];
  }
  const passing = new Set(readFileSync(path.join(CASES, 'passing.txt'), 'utf8').split('\n'));
  return loadCases(folder).filter((c) => isPositive(c) && passing.has(`qtt/${c.id}`));
}

function isPositive(testCase: Case): boolean {
  return testCase.suite === 'qtt' && testCase.kind === 'positive' && testCase.enabled;
}

describeWithServers('cases of the acceptance suite on Apache Kafka', () => {
  const passed = new Map<string, boolean>();
  let folder: ReturnType<typeof temporaryFolder>;
  let kafka: KafkaServer;
  let queries: KafkaLog;
  let check: KafkaLog;
  let tries = 0;

  beforeAll(async () => {
    folder = temporaryFolder('suite-on-kafka');
    kafka = await startKafka({
      properties: {
        // The cases' events have timestamps of 1970 or of the future. The broker refuses none of them (before.max has
        // no limit by default) and deletes none: startKafka delays the first check for expired segments beyond the end
        // of the test.
        'log.message.timestamp.after.max.ms': '9223372036854775807',
        'log.retention.ms': '-1',
      },
    });
    const connect = (): KafkaLog =>
      new KafkaLog({ properties: { 'bootstrap.servers': kafka.bootstrap }, env: testEnv() });
    [queries, check] = [connect(), connect()];
  });
  afterAll(async () => {
    const failed = [...passed].filter(([, isPassed]) => !isPassed).map(([id]) => id);
    const known = failed.filter((id) => id in DIFFERENCES);
    console.log(
      `${passed.size} of ${RUNS.length} cases ran on Kafka: ${passed.size - failed.length} passed, ${failed.length - known.length} failed, ` +
        `${known.length} known differences`,
    );
    await queries?.close();
    await check?.close();
    await kafka?.remove();
    folder?.remove();
  });

  const named = RUNS.map((run) => {
    const how = (run.moves ? ', moved' : '') + (run.partitions > 1 ? `, ${run.partitions} partitions` : '');
    return [run.testCase.id + how, run] as const;
  });
  test.concurrent.for(named)('%s', async ([, { testCase, moves, partitions }], { expect }) => {
    // A retry must not find anything of the earlier attempt.
    const attempt = ++tries;
    const verdict = await runQttOnKafka(testCase, {
      queries,
      check,
      scope: `case-${attempt}-`,
      folder: path.join(folder.path, String(attempt)),
      moves,
      partitions,
      asTestDriver: !OWN.includes(testCase),
    });
    passed.set(testCase.id, verdict === undefined);
    const difference = DIFFERENCES[testCase.id];
    if (difference === undefined) expect(verdict).toBeUndefined();
    else expect(verdict, `a known difference that is none any more: ${difference}`).toBeDefined();
  });

  test.skipIf(SHARED.length === 0)('every known difference is a case', ({ expect }) => {
    const ids = new Set([...OWN, ...SHARED].map((c) => c.id));
    expect(Object.keys(DIFFERENCES).filter((id) => !ids.has(id))).toEqual([]);
  });
});
