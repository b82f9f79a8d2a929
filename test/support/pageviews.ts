import { eventually } from '../../src/connect/worker/testing/harness.ts';

/** Statements that start a load of 500 page views a second; STOP CONNECTOR clicks ends it. */
export const PAGEVIEWS = `
  CREATE SOURCE CONNECTOR clicks WITH (connector='datagen', data='pageviews', topic='pageviews', rate=500);
  CREATE STREAM pageviews (viewtime BIGINT KEY, userid VARCHAR, pageid VARCHAR) WITH (kafka_topic='pageviews', value_format='JSON', partitions=1);`;

/** A statement that counts the page views of each page. */
export const VIEWS = `
  CREATE TABLE views AS SELECT pageid, COUNT(*) AS n, MAX(viewtime) AS last FROM pageviews GROUP BY pageid;`;

/**
 * Crashes something repeatedly under load: `crash` is called with its number, from 0, each time that `count` has grown
 * by `growth` since the last crash.
 */
export async function crashUnderLoad(
  times: number,
  growth: number,
  count: () => number | Promise<number>,
  crash: (nth: number) => Promise<void>,
): Promise<void> {
  for (let nth = 0, seen = 0; nth < times; nth++) {
    seen = await eventually(async () => {
      const now = await count();
      return now > seen + growth && now;
    });
    await crash(nth);
  }
}
