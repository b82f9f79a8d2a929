import { expect, test } from 'vitest';
import { SluiceError } from '../../base/errors.ts';
import { answerOf, inClusterText, refusalOf } from './in-cluster.ts';

test.each([
  ['RESTART CONNECTOR C; when it is mended', 'RESTART CONNECTOR C IN CLUSTER EU; when it is mended'],
  [
    "There is no such file: make it, and RESTART CONNECTOR my-c; or ALTER CONNECTOR my-c SET ('file'='a;b.c');",
    "There is no such file: make it, and RESTART CONNECTOR my-c IN CLUSTER EU; or ALTER CONNECTOR my-c SET ('file'='a;b.c') IN CLUSTER EU;",
  ],
  ["ALTER CONNECTOR c SET ('a.b'='it''s; so');", "ALTER CONNECTOR c SET ('a.b'='it''s; so') IN CLUSTER EU;"],
  ['SHOW CONNECTORS; lists the connectors.', 'SHOW CONNECTORS IN CLUSTER EU; lists the connectors.'],
  ['SHOW DEAD LETTERS OF c; has the reasons', 'SHOW DEAD LETTERS OF c IN CLUSTER EU; has the reasons'],
  [
    "CREATE STREAM s FROM CONNECTOR c TOPIC 't'; does",
    "CREATE STREAM s FROM CONNECTOR c TOPIC 't' IN CLUSTER EU; does",
  ],
  // Mentions of statements that are not to be executed, and statements that do not concern the cluster.
  ['CREATE OR REPLACE, DROP CONNECTOR, or another name.', 'CREATE OR REPLACE, DROP CONNECTOR, or another name.'],
  ['DROP CONNECTOR deletes it. See TERMINATE q;', 'DROP CONNECTOR deletes it. See TERMINATE q;'],
  ['TERMINATE CTAS_1; or DROP STREAM s;', 'TERMINATE CTAS_1; or DROP STREAM s;'],
  ['PAUSE CONNECTOR c IN CLUSTER US;', 'PAUSE CONNECTOR c IN CLUSTER US;'],
])('%s', (text, there) => {
  expect(inClusterText(text, 'EU')).toBe(there);
});

test('sentences of an answer name the cluster, settings and data do not', () => {
  const statement = 'RESTART CONNECTOR C;';
  const there = 'RESTART CONNECTOR C IN CLUSTER EU;';
  const answer = {
    kind: 'connector_description',
    description: {
      config: { note: statement },
      health: { advice: statement, cause: null },
      tasks: [{ trace: statement }],
    },
    notes: [statement],
    text: statement,
  };
  expect(answerOf(answer, 'EU')).toEqual({
    ...answer,
    description: { ...answer.description, health: { advice: there, cause: null } },
    notes: [there],
  });
  expect(answerOf({ kind: 'connector_statement', text: statement }, 'EU')).toMatchObject({ text: there });
});

test('a refusal keeps what it is', () => {
  const error = new SluiceError('NOT_FOUND', 'no', { hint: 'SHOW CONNECTORS; lists them.', retriable: true });
  expect(refusalOf(error, 'EU')).toMatchObject({
    code: 'NOT_FOUND',
    message: 'no',
    hint: 'SHOW CONNECTORS IN CLUSTER EU; lists them.',
    retriable: true,
    status: 404,
  });
});
