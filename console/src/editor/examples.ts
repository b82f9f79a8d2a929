/** Example statements; those of the quick start run unchanged. */
export const EXAMPLES: readonly { readonly title: string; readonly text: string }[] = [
  {
    title: 'Made-up users and their clicks, counted by region',
    text: `CREATE SOURCE CONNECTOR crowd WITH (connector='datagen', data='users', topic='people', rate=20);
CREATE SOURCE CONNECTOR clicks WITH (connector='datagen', data='pageviews', topic='pageviews', rate=20);

CREATE TABLE people (userid VARCHAR PRIMARY KEY, regionid VARCHAR)
  WITH (kafka_topic='people', value_format='JSON');
CREATE STREAM pageviews (viewtime BIGINT KEY, userid VARCHAR, pageid VARCHAR)
  WITH (kafka_topic='pageviews', value_format='JSON');

CREATE TABLE views_by_region AS
  SELECT u.regionid AS region, COUNT(*) AS views
  FROM pageviews p LEFT JOIN people u ON p.userid = u.userid
  WINDOW TUMBLING (SIZE 30 SECONDS) GROUP BY u.regionid EMIT CHANGES;

SELECT * FROM views_by_region EMIT CHANGES;
`,
  },
  {
    title: 'A stream of your own, and rows for it',
    text: `CREATE STREAM readings (sensor VARCHAR KEY, celsius DOUBLE)
  WITH (kafka_topic='readings', value_format='JSON', partitions=1);

INSERT INTO readings VALUES ('a', 21.5);
INSERT INTO readings VALUES ('b', 19);

SELECT sensor, celsius FROM readings EMIT CHANGES;
`,
  },
  {
    title: 'The latest row of each key',
    text: `CREATE TABLE latest_readings AS
  SELECT sensor, LATEST_BY_OFFSET(celsius) AS celsius, COUNT(*) AS readings
  FROM readings GROUP BY sensor EMIT CHANGES;

SELECT * FROM latest_readings;
`,
  },
  {
    title: 'Tables of a Postgres database, mirrored',
    text: `CREATE SOURCE CONNECTOR shop WITH (
  connector='postgres',
  url='postgres://user:password@localhost/shop',
  tables='users'
);

SHOW CONNECTORS;
`,
  },
  { title: 'What flows where', text: 'SHOW STREAMS;\nSHOW TABLES;\nSHOW QUERIES;\nSHOW TOPICS;\n' },
];
