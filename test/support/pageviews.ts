import { eventually } from '../../src/connect/worker/testing/harness.ts';

/** Statements that start a load of page views, 500 in a second, which STOP CONNECTOR clicks ends. */
export const PAGEVIEWS = `
  CREATE SOURCE CONNECTOR clicks WITH (connector='datagen', data='pageviews', topic='pageviews', rate=500);
  CREATE STREAM pageviews (viewtime BIGINT KEY, userid VARCHAR, pageid VARCHAR) WITH (kafka_topic='pageviews', value_format='JSON', partitions=1);`;

/** A statement that counts the page views by their page. */
export const VIEWS = `
  CREATE TABLE views AS SELECT pageid, COUNT(*) AS n, MAX(viewtime) AS last FROM pageviews GROUP BY pageid;`;

/**
 * Crashes something several times under a load: each time, `crash` is called with its number, from 0, once `count` has
 * grown by `growth` since the last one.
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
