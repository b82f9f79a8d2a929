/**
 * Our engine as the peer `cmd` of the peer benchmark: one query over the topics `pageviews` and `users`, in the
 * foreground, until SIGTERM.
 *
 *     npm run build
 *     ./peers run cmd q1 --cmd 'npx tsx /path/to/bench/kafka/engine-cmd.mjs' --label sluice --threads 1 --guarantee eos
 *
 * Reads BOOTSTRAP QUERY OUT RECORDS THREADS GUARANTEE (alos or eos) GROUP STATE from the environment; prints the events
 * running, first, p25, p50, p75 and consumed (everything processed and committed; with the number of commits and a
 * histogram of their durations) as JSON lines. DIST: the folder of the built sources; default ../../dist. PROFILE: a
 * file for a CPU profile, from running to consumed.
 */
import { writeFileSync } from 'node:fs';
import { Session } from 'node:inspector/promises';
import path from 'node:path';
import { pathToFileURL } from 'node:url';
import { BOUNDS_MS } from '../../src/base/histogram.ts';
import { quantile } from './quantile.mjs';

const { BOOTSTRAP, QUERY, OUT, RECORDS, THREADS, GUARANTEE, GROUP, STATE, DIST, PROFILE, COMMIT_MS } = process.env;
/** The built server, as users start it; its parts come from the sources. */
const SERVER = pathToFileURL(path.join(DIST ?? path.resolve(import.meta.dirname, '../../dist'), 'index.js')).href;
const { startSluice } = await import(SERVER);

const SOURCES = `
  CREATE STREAM pageviews (userid VARCHAR KEY, viewtime BIGINT, pageid VARCHAR) WITH (kafka_topic='pageviews', value_format='JSON');
  CREATE TABLE users (userid VARCHAR PRIMARY KEY, registertime BIGINT, regionid VARCHAR, gender VARCHAR) WITH (kafka_topic='users', value_format='JSON');`;
const QUERIES = {
  q1: `CREATE STREAM q1 WITH (kafka_topic='${OUT}') AS SELECT userid, UCASE(pageid) AS page, viewtime + 1 AS vt FROM pageviews
       WHERE pageid LIKE '%7' EMIT CHANGES;`,
  q2: `CREATE STREAM q2 WITH (kafka_topic='${OUT}') AS SELECT p.userid AS userid, p.pageid AS pageid, p.viewtime AS viewtime,
         u.regionid AS regionid, u.gender AS gender FROM pageviews p LEFT JOIN users u ON p.userid = u.userid EMIT CHANGES;`,
  q3: `CREATE TABLE q3 WITH (kafka_topic='${OUT}') AS SELECT pageid, COUNT(*) AS cnt FROM pageviews
       WINDOW TUMBLING (SIZE 30 SECONDS) GROUP BY pageid EMIT CHANGES;`,
  q4: `CREATE TABLE q4 WITH (kafka_topic='${OUT}') AS SELECT u.regionid AS regionid, COUNT(*) AS cnt FROM pageviews p
       LEFT JOIN users u ON p.userid = u.userid WINDOW TUMBLING (SIZE 30 SECONDS) GROUP BY u.regionid EMIT CHANGES;`,
};

const sluice = await startSluice({
  properties: {
    'bootstrap.servers': BOOTSTRAP,
    'data.dir': STATE,
    'ksql.service.id': `${GROUP}_`,
    listeners: 'http://127.0.0.1:0',
    'connect.listeners': '',
    'log.level': process.env.LOG_LEVEL ?? 'silent',
    'ksql.streams.auto.offset.reset': 'earliest',
    'ksql.streams.num.stream.threads': THREADS ?? '1',
    'ksql.streams.processing.guarantee': GUARANTEE === 'eos' ? 'exactly_once_v2' : 'at_least_once',
    // The same defaults for the two guarantees as in the Kafka Streams peer.
    ...(COMMIT_MS && { 'ksql.streams.commit.interval.ms': COMMIT_MS }),
  },
});
const say = (event, more = {}) => process.stdout.write(`${JSON.stringify({ event, ...more })}\n`);
await sluice.engine.execute(SOURCES + QUERIES[QUERY]);
const [query] = sluice.engine.catalog.queries.keys();

let profiler;
if (PROFILE) {
  profiler = new Session();
  profiler.connect();
  await profiler.post('Profiler.enable');
  await profiler.post('Profiler.start');
}

let stopped = false;
process.once('SIGTERM', () => void stop());
process.once('SIGINT', () => void stop());

const records = Number(RECORDS);
const steps = [
  ['first', 1],
  ['p25', records * 0.25],
  ['p50', records * 0.5],
  ['p75', records * 0.75],
];
say('running');
while (!stopped) {
  const status = sluice.engine.services.queries.status(query);
  const done = status.positions.filter((p) => p.topic === 'pageviews').reduce((sum, p) => sum + p.offset, 0);
  while (steps.length > 0 && done >= steps[0][1]) say(steps.shift()[0]);
  if (done >= records) {
    await sluice.caughtUp();
    const { commits, commitMs } = sluice.engine.services.queries.status(query);
    say('consumed', {
      commits,
      commit_p50_ms: quantile(commitMs, 0.5, BOUNDS_MS),
      commit_p99_ms: quantile(commitMs, 0.99, BOUNDS_MS),
    });
    break;
  }
  await new Promise((resolve) => {
    setTimeout(resolve, 10);
  });
}
if (profiler) {
  const { profile } = await profiler.post('Profiler.stop');
  writeFileSync(PROFILE, JSON.stringify(profile));
}

async function stop() {
  if (stopped) return;
  stopped = true;
  const status = sluice.engine.services.queries.status(query);
  for (const error of status.errors) process.stderr.write(`${error.errorMessage}\n`);
  await sluice.close();
  say('closed');
  process.exit(0);
}
