import { expect, test } from 'vitest';
import { entityCsv } from './entity-csv.ts';

test('a listing is a line for each thing, and what only some have is empty', () => {
  const connectors = [
    { name: 'clicks', state: 'RUNNING (1/1 tasks RUNNING)', cause: null },
    { name: 'back', state: 'WARNING (0/1 tasks RUNNING)', cause: 'it is away, "gone"', tasks: [{ id: 0 }] },
  ];
  expect(entityCsv({ '@type': 'connector_list', statementText: 'SHOW CONNECTORS;', warnings: [], connectors })).toBe(
    'name,state,cause,tasks\n' +
      'clicks,RUNNING (1/1 tasks RUNNING),,\n' +
      'back,WARNING (0/1 tasks RUNNING),"it is away, ""gone""","[{""id"":0}]"',
  );
});

test('a list of nothing is nothing; what is no listing stays as it is', () => {
  expect(entityCsv({ '@type': 'streams', statementText: 'SHOW STREAMS;', warnings: [], streams: [] })).toBe('');
  const commandStatus = { status: 'SUCCESS', message: 'Stream created' };
  expect(entityCsv({ '@type': 'currentStatus', statementText: '', warnings: [], commandStatus })).toBeUndefined();
  expect(entityCsv({ '@type': 'lineage', statementText: '', warnings: [], nodes: [], edges: [] })).toBeUndefined();
});
