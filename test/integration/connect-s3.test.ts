import { parquetReadObjects } from 'hyparquet';
import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import type { SinkSource } from '../../src/connect/client/api.ts';
import { eventually, type Harness } from '../../src/connect/worker/testing/harness.ts';
import { harnessForEach } from '../support/harness-hooks.ts';
import { JSON_CONVERTER, STRING_CONVERTER } from '../support/converters.ts';
import { crashUnderLoad, PAGEVIEWS, VIEWS } from '../support/pageviews.ts';
import { withServerProcess } from '../support/server-process.ts';
import { describeWithS3 } from '../support/servers/available.ts';
import { BUCKET, startS3, type S3Server } from '../support/servers/s3.ts';
import { sinkSuite } from '../support/sink-suite.ts';
import { sourceSuite } from '../support/source-suite.ts';

describeWithS3('S3', () => {
  let server: S3Server;
  beforeAll(async () => {
    server = await startS3();
  });
  afterAll(async () => {
    await server.remove();
  });

  const login = () => ({
    'store.url': server.url,
    's3.bucket.name': BUCKET,
    's3.region': 'us-east-1',
    'aws.access.key.id': 'me',
    'aws.secret.access.key': 'secret',
    's3.part.retries': '0',
  });
  const sink = (more: Record<string, string> = {}): Record<string, string> => ({
    'connector.class': 'io.confluent.connect.s3.S3SinkConnector',
    'format.class': 'io.confluent.connect.s3.format.json.JsonFormat',
    'storage.class': 'io.confluent.connect.s3.storage.S3Storage',
    'flush.size': '50',
    topics: 't',
    'key.converter': STRING_CONVERTER,
    'value.converter': JSON_CONVERTER,
    'value.converter.schemas.enable': 'false',
    ...login(),
    ...more,
  });
  const lines = async (prefix = ''): Promise<string[]> => {
    const all: string[] = [];
    for (const key of await server.keys(prefix))
      all.push(...(await server.read(key)).toString().split('\n').slice(0, -1));
    return all;
  };

  sinkSuite('s3', async () => {
    await server.empty();
    return {
      // Files are closed by time, as soon as possible.
      config: sink({ 'rotate.schedule.interval.ms': '20' }),
      record: (n, text) => [String(n), text === null ? null : JSON.stringify({ id: n, body: text })],
      keeps: 'each record once',
      poison: ['9', null],
      read: async () => (await lines()).map((line) => (JSON.parse(line) as { body: string }).body),
      wrong: [
        { change: { 'store.url': 'http://localhost:1' }, names: 'store.url' },
        { change: { 's3.bucket.name': 'other' }, names: 's3.bucket.name' },
        { change: { 's3.bucket.name': '' }, names: 's3.bucket.name' },
        { change: { 'flush.size': '0' }, names: 'flush.size' },
        { change: { 'format.class': 'io.confluent.connect.s3.format.avro.AvroFormat' }, names: 'format.class' },
        { change: { 'partitioner.class': 'TimeBasedPartitioner' }, names: 'path.format' },
        { change: { 'aws.secret.access.key': '' }, names: 'aws.secret.access.key' },
        { change: { timezone: 'Europe/Berlim' }, names: 'timezone' },
      ],
      outage: { away: () => server.kill(), back: () => server.start() },
      close: async () => {},
    };
  });

  let written = 0;
  const reading = (more: Record<string, string> = {}): Record<string, string> => ({
    'connector.class': 'sluice.connect.S3SourceConnector',
    's3.prefix': 'in',
    topic: 'rows',
    columns: 'body VARCHAR',
    'poll.interval.ms': '30',
    ...json,
    ...login(),
    ...more,
  });
  const json = { 'value.converter': JSON_CONVERTER, 'value.converter.schemas.enable': 'false' };

  sourceSuite('s3', async () => {
    await server.empty();
    return {
      config: reading(),
      topic: 'rows',
      write: async (texts) =>
        await server.write(
          `in/${String(written++).padStart(6, '0')}.json`,
          texts.map((body) => `${JSON.stringify({ body })}\n`).join(''),
        ),
      textOf: (value) => (JSON.parse(value) as { BODY: string }).BODY,
      wrong: [
        { change: { 's3.bucket.name': 'other' }, names: 's3.bucket.name' },
        { change: { 'store.url': 'http://localhost:1' }, names: 'store.url' },
        { change: { topic: '' }, names: 'topic' },
        { change: { format: 'avro' }, names: 'format' },
        { change: { format: 'csv', columns: '' }, names: 'columns' },
        { change: { columns: 'id BIGNT' }, names: 'columns' },
      ],
      offsets: {
        partition: { bucket: BUCKET, key: 'in/x.json' },
        good: { etag: 'e', line: 1, done: false },
        bad: { etag: 'e', line: -1, done: false },
      },
      outage: { away: () => server.kill(), back: () => server.start() },
      close: async () => {},
    };
  });

  describe('files', () => {
    let harness: Harness;
    harnessForEach(
      () => server.empty(),
      (started) => (harness = started),
    );

    const FIELDS: readonly object[] = [
      { field: 'id', type: 'int32', optional: false },
      { field: 'big', type: 'int64' },
      {
        field: 'price',
        type: 'bytes',
        name: 'org.apache.kafka.connect.data.Decimal',
        version: 1,
        parameters: { scale: '2', 'connect.decimal.precision': '20' },
      },
      { field: 'day', type: 'int32', name: 'org.apache.kafka.connect.data.Date', version: 1 },
      { field: 'at', type: 'int64', name: 'org.apache.kafka.connect.data.Timestamp', version: 1 },
      { field: 'name', type: 'string' },
      { field: 'tags', type: 'array', items: { type: 'string', optional: true } },
      { field: 'home', type: 'struct', fields: [{ field: 'city', type: 'string', optional: true }] },
      { field: 'ok', type: 'boolean' },
      { field: 'ratio', type: 'double' },
    ].map((field) => ({ optional: true, ...field }));
    const row = (payload: object): string =>
      JSON.stringify({ schema: { type: 'struct', optional: false, fields: FIELDS }, payload });
    const EMPTY = {
      big: null,
      price: null,
      day: null,
      at: null,
      name: null,
      tags: null,
      home: null,
      ok: null,
      ratio: null,
    };
    const FULL = {
      id: 1,
      big: 9_007_199_254_740_991,
      // 12345.67
      price: Buffer.from([0x12, 0xd6, 0x87]).toString('base64'),
      day: 19_860,
      at: 1_715_938_200_123,
      name: 'Ann, "the" first',
      tags: ['a', null],
      home: { city: 'Oslo' },
      ok: true,
      ratio: 0.5,
    };
    const typed = (more: Record<string, string> = {}) =>
      sink({ 'value.converter.schemas.enable': 'true', 'flush.size': '3', ...more });
    const keys = (count: number) =>
      eventually(async () => {
        const found = await server.keys();
        return found.length === count && found;
      });

    test('Parquet: types, nested values and NULL, read by another library', async () => {
      await harness.write('t', [
        ['1', row(FULL)],
        ['2', row({ id: 2, ...EMPTY })],
        ['3', row({ ...FULL, id: 3, tags: [], home: { city: null }, price: Buffer.from([0xff]).toString('base64') })],
      ]);
      await harness.herder.create(
        's',
        typed({ 'format.class': 'io.confluent.connect.s3.format.parquet.ParquetFormat' }),
      );
      const [key] = await keys(1);
      expect(key).toBe('topics/t/partition=0/t+0+0000000000.parquet');
      const bytes = await server.read(key!);
      const file = bytes.buffer.slice(bytes.byteOffset, bytes.byteOffset + bytes.length) as ArrayBuffer;
      const at = new Date(1_715_938_200_123);
      const first = {
        id: 1,
        big: 9_007_199_254_740_991n,
        price: 12_345.67,
        day: new Date('2024-05-17'),
        at,
        name: 'Ann, "the" first',
        tags: ['a', null],
        home: { city: 'Oslo' },
        ok: true,
        ratio: 0.5,
      };
      const rows = await parquetReadObjects({ file });
      expect(
        rows.map((r) => Object.fromEntries(Object.entries(r).map(([k, v]) => [k, (v as unknown) ?? null]))),
      ).toEqual([first, { id: 2, ...EMPTY }, { ...first, id: 3, tags: [], home: { city: null }, price: -0.01 }]);
    });

    test('CSV and compressed JSON lines, in the forms of the Java connectors and in those of SQL', async () => {
      await harness.write('t', [
        ['1', row(FULL)],
        ['2', row({ id: 2, ...EMPTY })],
        ['3', row({ ...FULL, id: 3, name: '' })],
      ]);
      await harness.herder.create(
        'csv',
        typed({ 'format.class': 'csv', 'topics.dir': 'csv', 'time.format': 'iso', 'json.decimal.format': 'NUMERIC' }),
      );
      await harness.herder.create('json', typed({ 's3.compression.type': 'gzip', 'topics.dir': 'json' }));
      const [inCsv, inJson] = await keys(2);
      expect((await server.read(inCsv!)).toString()).toBe(
        [
          'id,big,price,day,at,name,tags,home,ok,ratio',
          '1,9007199254740991,12345.67,2024-05-17,2024-05-17T09:30:00.123Z,"Ann, ""the"" first","[""a"",null]","{""city"":""Oslo""}",true,0.5',
          '2,,,,,,,,,',
          '3,9007199254740991,12345.67,2024-05-17,2024-05-17T09:30:00.123Z,"","[""a"",null]","{""city"":""Oslo""}",true,0.5',
          '',
        ].join('\n'),
      );
      expect(inJson).toMatch(/\.json\.gz$/);
      const [one] = (await server.read(inJson!)).toString().split('\n');
      expect(JSON.parse(one!)).toEqual(FULL);
    });

    test('what the sink writes is read again in each format, with all types', async () => {
      await harness.write('t', [
        ['1', row(FULL)],
        ['2', row({ id: 2, ...EMPTY })],
        ['3', row({ ...FULL, id: 3, name: '', tags: [], price: Buffer.from([0xff]).toString('base64') })],
      ]);
      const columns =
        '`id` INT, `big` BIGINT, `price` DECIMAL(20, 2), `day` DATE, `at` TIMESTAMP, `name` VARCHAR, `tags` ARRAY<VARCHAR>, `home` STRUCT<`city` VARCHAR>, `ok` BOOLEAN, `ratio` DOUBLE';
      const sinks: Record<string, Record<string, string>> = {
        json: { 's3.compression.type': 'gzip', 'json.decimal.format': 'NUMERIC' },
        csv: { 'time.format': 'iso', 'json.decimal.format': 'NUMERIC' },
        parquet: {},
      };
      const first = { ...FULL, price: '12345.67' };
      for (const [format, more] of Object.entries(sinks)) {
        await harness.herder.create(`to_${format}`, typed({ 'format.class': format, 'topics.dir': format, ...more }));
        await harness.herder.create(
          `of_${format}`,
          reading({
            's3.prefix': format,
            format,
            columns,
            topic: `of_${format}`,
            'value.converter.decimal.format': 'NUMERIC',
          }),
        );
      }
      for (const format of Object.keys(sinks)) {
        const values = await eventually(async () => {
          const records = await harness.read(`of_${format}`);
          return records.length === 3 && records.map((r) => r.value!.replace(/"price":(-?[\d.]+)/, '"price":"$1"'));
        });
        expect(values.map((v) => JSON.parse(v) as unknown)).toEqual([
          first,
          { id: 2, ...EMPTY },
          { ...first, id: 3, name: '', tags: [], price: '-0.01' },
        ]);
      }
    });

    test('new objects are found wherever they sort, a replaced one is read anew, others are named', async () => {
      await server.write('in/b.json', '{"body":"1"}\n{"body":"2"}\n');
      await server.write('in/_SUCCESS', '');
      await harness.herder.create('s', reading({ 'batch.max.rows': '1' }));
      const texts = async (): Promise<string[]> =>
        (await harness.read('rows')).map((r) => (JSON.parse(r.value!) as { BODY: string }).BODY);
      await eventually(async () => (await texts()).length === 2);
      await server.write('in/a/a.json', '{"body":"3"}');
      await eventually(async () => (await texts()).length === 3);
      await server.write('in/b.json', '{"body":"4"}\n');
      await eventually(async () => (await texts()).length === 4);
      expect(await texts()).toEqual(['1', '2', '3', '4']);
      const remarks = harness.herder.sql.remarks('s').join(' ');
      expect(remarks).toContain('in/_SUCCESS');
      expect(remarks).toContain('Object in/b.json was replaced after 2 of its rows were read');
    });

    test('a row that does not fit goes to the dead letters, a file that does not is told', async () => {
      await server.write('in/a.json', '{"body":"1"}\n{"body":2}\n{"body":"3"}\n');
      await harness.herder.create('s', reading({ 'errors.tolerance': 'all' }));
      await eventually(async () => (await harness.read('rows')).length === 2);
      await server.write('in/b.json.gz', Buffer.from([0x1f, 0x8b, 1, 2, 3]));
      expect(await harness.failure('s')).toContain('s3://lake/in/b.json.gz');
    });

    test('folders by field and by time, each with its own file; a file ends by the time of records', async () => {
      await harness.write('t', [
        ['1', JSON.stringify({ region: 'eu', at: '2024-05-17T23:30:00Z' })],
        ['2', JSON.stringify({ region: 'us/east', at: '2024-05-17T23:40:00Z' })],
        ['3', JSON.stringify({ region: null, at: '2024-05-18T02:00:00Z' })],
        ['4', JSON.stringify({ at: '2024-05-18T02:00:00Z' })],
      ]);
      const base = {
        'flush.size': '3',
        'errors.tolerance': 'all',
        'timestamp.extractor': 'RecordField',
        'timestamp.field': 'at',
      };
      await harness.herder.create(
        'field',
        sink({
          ...base,
          'topics.dir': 'f',
          'partitioner.class': 'io.confluent.connect.storage.partitioner.FieldPartitioner',
          'partition.field.name': 'region',
        }),
      );
      await harness.herder.create(
        'time',
        sink({
          ...base,
          'topics.dir': 'h',
          'partitioner.class': 'io.confluent.connect.storage.partitioner.TimeBasedPartitioner',
          'path.format': "'day'=YYYY-MM-dd/'hour'=HH",
          'partition.duration.ms': '3600000',
          locale: 'en-US',
          timezone: 'Europe/Berlin',
          'rotate.interval.ms': '1200000',
        }),
      );
      await harness.herder.setTarget('time', 'PAUSED');
      await eventually(() => harness.herder.status('time').connector.state === 'PAUSED');
      await harness.herder.setTarget('time', 'RUNNING');
      const found = await eventually(async () => {
        const all = await server.keys();
        return (
          all.filter((k) => k.startsWith('f/')).length === 3 && all.filter((k) => k.startsWith('h/')).length >= 1 && all
        );
      });
      expect(found.filter((k) => k.startsWith('f/'))).toEqual([
        'f/t/region=__HIVE_DEFAULT_PARTITION__/t+0+0000000002.json',
        'f/t/region=eu/t+0+0000000000.json',
        'f/t/region=us%2Feast/t+0+0000000001.json',
      ]);
      // Both records of the first hour are in one file, later ones in the next.
      await harness.herder.setTarget('time', 'STOPPED');
      await eventually(async () => (await server.keys('h/')).length === 2);
      expect(await server.keys('h/')).toEqual([
        'h/t/day=2024-05-18/hour=01/t+0+0000000000.json',
        'h/t/day=2024-05-18/hour=04/t+0+0000000002.json',
      ]);
    });

    test('a large file goes in parts, compressed on the way, and nothing of it is seen before it is whole', async () => {
      const body = 'x'.repeat(1000);
      const records = Array.from({ length: 12_000 }, (_, i): [string, string] => [
        String(i),
        JSON.stringify({ i, body }),
      ]);
      const write = async (from: number, to: number): Promise<void> => {
        for (let i = from; i < to; i += 500) await harness.write('t', records.slice(i, i + 500));
      };
      await write(0, 11_000);
      await harness.herder.create('s', sink({ 'flush.size': '12000' }));
      await eventually(async () => (await server.uploads()) === 1);
      expect(await server.keys()).toEqual([]);
      await write(11_000, 12_000);
      const [key] = await keys(1);
      const numbers = (await server.read(key!))
        .toString()
        .split('\n')
        .slice(0, -1)
        .map((l) => (JSON.parse(l) as { i: number }).i);
      expect(numbers).toEqual(records.map((_, i) => i));
    });

    test('a topic that is made anew does not write over the files of the first', async () => {
      await harness.write('t', [['1', '{"n":1}']]);
      await harness.herder.create('s', sink({ 'flush.size': '1' }));
      await keys(1);
      await harness.herder.delete('s');
      await harness.log.admin.deleteTopic('t');
      await harness.write('t', [['1', '{"n":2}']]);
      await harness.herder.create('s', sink({ 'flush.size': '1' }));
      expect(await harness.failure('s')).toContain('holds records of an earlier topic of this name');
      expect(await lines()).toEqual(['{"n":1}']);
    });

    test('of a table in SQL rows have their key, and deletes are rows', async () => {
      await harness.write('t', [
        ['7', '{"NAME":"Ann"}'],
        ['7', null],
      ]);
      const source: SinkSource = {
        topic: 't',
        name: 'T',
        isTable: true,
        keyFormat: 'JSON',
        valueFormat: 'JSON',
        key: [{ name: 'ID', type: 'INTEGER' }],
        value: [{ name: 'NAME', type: 'STRING' }],
        keyWrapped: false,
        valueWrapped: true,
      };
      const short = {
        connector: 's3',
        url: `s3://${BUCKET}/rows`,
        endpoint: server.url,
        user: 'me',
        password: 'secret',
        sources: 'T',
        format: 'json',
        'rotate.schedule.interval.ms': '20',
      };
      await harness.herder.create('s', harness.sinkConfig(short, [source]));
      await eventually(async () => (await server.keys()).length > 0);
      expect(await server.keys()).toEqual(['rows/t/partition=0/t+0+0000000000.json']);
      expect(await lines()).toEqual(['{"id":7,"name":"Ann"}', '{"id":7,"__deleted":true}']);
    });
  });

  test('kill -9 of Sluice under load: each record is in one file, once, by another client', async () => {
    await server.empty();
    await withServerProcess(async (sluice) => {
      await sluice.execute(
        `${PAGEVIEWS}${VIEWS}
         CREATE SINK CONNECTOR lake WITH (connector='s3', url='s3://${BUCKET}/crash', endpoint='${server.url}', user='me', password='secret', sources='pageviews',
           compression='gzip', 'flush.size'='150', 'rotate.schedule.interval.ms'='700');`,
        { 'auto.offset.reset': 'earliest' },
      );
      const count = async (): Promise<number> => (await server.keys()).length;
      await crashUnderLoad(4, 4, count, async () => {
        await sluice.kill();
        await sluice.start();
      });
      await sluice.execute('STOP CONNECTOR clicks;');
      // By page, compared with the engine's counts: one record more or less in any file would show.
      const counts = await eventually(async () => {
        const found: Record<string, number> = {};
        for (const line of await lines('crash/')) {
          const { pageid } = JSON.parse(line) as { pageid: string };
          found[pageid] = (found[pageid] ?? 0) + 1;
        }
        expect(found).toEqual(Object.fromEntries(await sluice.rows('SELECT pageid, n FROM views;')));
        return found;
      }, 30_000);
      expect(Object.keys(counts).length).toBeGreaterThan(3);

      // The stored objects are read back while the server is killed again.
      await sluice.execute(
        `CREATE SOURCE CONNECTOR back WITH (connector='s3', url='s3://${BUCKET}/crash', endpoint='${server.url}', user='me', password='secret', topic='back', columns='pageid VARCHAR', poll=200, 'batch.max.rows'=100);
         CREATE TABLE back_views AS SELECT pageid, COUNT(*) AS n FROM back GROUP BY pageid;`,
        { 'auto.offset.reset': 'earliest' },
      );
      const readBack = async (): Promise<number> =>
        (await sluice.rows('SELECT pageid, n FROM back_views;')).reduce((sum, [, n]) => sum + Number(n), 0);
      await crashUnderLoad(1, 1, readBack, async () => {
        await sluice.kill();
        await sluice.start();
      });
      await eventually(async () => {
        expect(Object.fromEntries(await sluice.rows('SELECT pageid, n FROM back_views;'))).toEqual(counts);
        return true;
      }, 30_000);
    });
  });
});
