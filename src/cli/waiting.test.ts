import { describe, expect, test } from 'vitest';
import { SluiceClient } from '../client/sluice-client.ts';
import { ConsoleSession } from './session.ts';
import { FakeServer } from './testing/fake-server.ts';
import { waitingForRecords, waitingForRows } from './waiting.ts';

const note = async (type: string, queryId: string, reset?: string): Promise<string> => {
  const topicOffsets = [{ partition: 0, logStartOffset: 3, logEndOffset: 4 }];
  const server = new FakeServer(({ text }) => ({
    body: text.startsWith('DESCRIBE') ? [{ '@type': 'x', sourceDescription: { name: 'T', type, topicOffsets } }] : [],
  }));
  const session = new ConsoleSession(new SluiceClient({ transport: server }), 'table');
  if (reset !== undefined) session.remember(`SET 'auto.offset.reset' = '${reset}';`);
  return await waitingForRows(session, 'SELECT * FROM t EMIT CHANGES;', queryId, new AbortController().signal);
};

describe('why a push query shows nothing', () => {
  test('a stream begins at its end, unless earliest is set', async () => {
    expect(await note('STREAM', 'transient_T_1')).toContain(
      'T is read from its end (auto.offset.reset is latest); 1 older row',
    );
    expect(await note('STREAM', 'transient_T_1', 'earliest')).toContain(
      'T is read from the beginning; it has 1 row so far',
    );
  });

  test('a table begins at its beginning, but where the query only follows what is written', async () => {
    expect(await note('TABLE', 'transient_T_1')).toContain('T is read from the beginning');
    expect(await note('TABLE', 'SCALABLE_PUSH_QUERY_T_1')).toContain('T is read from its end');
  });
});

test('PRINT names what shows the older records', () => {
  expect(waitingForRecords("PRINT 'a topic';")).toContain("PRINT 'a topic' FROM BEGINNING; shows those that are there");
  expect(waitingForRecords('print t from beginning limit 3;')).toContain(
    'No record of t so far: PRINT waits for the first one',
  );
});
