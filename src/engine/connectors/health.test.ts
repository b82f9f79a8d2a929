import { expect, test } from 'vitest';
import type { ConnectorStatus, State } from '../../connect/client/api.ts';
import { connectorHealth } from './health.ts';

function status(connector: State, tasks: readonly (readonly [State, string?])[], trace?: string): ConnectorStatus {
  return {
    name: 'c',
    type: 'source',
    connector: { state: connector, worker_id: 'w', ...(trace !== undefined && { trace }) },
    tasks: tasks.map(([state, why], id) => ({
      id,
      state,
      worker_id: 'w',
      ...(why !== undefined && { trace: why }),
    })),
  };
}

const TRACE = 'org.apache.kafka.connect.errors.ConnectException: the database is away\n\tat somewhere';

test.each([
  [status('RUNNING', [['RUNNING']]), 'RUNNING (1/1 tasks RUNNING)', null],
  [
    status('RUNNING', [['RUNNING', TRACE]]),
    'WARNING (0/1 tasks RUNNING)',
    'the database is away (tried again by itself)',
  ],
  [
    status('RUNNING', [['RUNNING'], ['FAILED', TRACE]]),
    'WARNING (1/2 tasks RUNNING)',
    'the database is away (stopped: RESTART CONNECTOR c; when it is mended)',
  ],
  [
    status('RUNNING', [['FAILED', 'Error: no']]),
    'WARNING (0/1 tasks RUNNING)',
    'no (stopped: RESTART CONNECTOR c; when it is mended)',
  ],
  [status('RUNNING', [['UNASSIGNED']]), 'WARNING (0/1 tasks RUNNING)', null],
  [status('PAUSED', [['PAUSED']]), 'PAUSED', null],
  [status('FAILED', [], TRACE), 'FAILED', 'the database is away'],
  [
    status('FAILED', [], 'Cannot connect to jdbc:postgresql://h:1/d: refused'),
    'FAILED',
    'Cannot connect to jdbc:postgresql://h:1/d: refused',
  ],
])('what SHOW and DESCRIBE say: %#', (given, state, cause) => {
  expect(connectorHealth(given)).toEqual({ state, cause, advice: null });
});

test('what the worker starts again by itself is said with the time, and no restart is asked for', () => {
  const restartsAtMs = Date.UTC(2026, 10, 30, 7, 3, 12, 999);
  const outlook =
    '(stopped, and started again by itself at 2026-11-30T07:03:12Z: RESTART CONNECTOR c; does it at once)';
  const given = status('RUNNING', [['FAILED', TRACE]]);
  expect(connectorHealth({ ...given, tasks: given.tasks.map((t) => ({ ...t, restartsAtMs })) })).toMatchObject({
    state: 'WARNING (0/1 tasks RUNNING)',
    cause: `the database is away ${outlook}`,
  });
  const failed = status('FAILED', [], TRACE);
  expect(connectorHealth({ ...failed, connector: { ...failed.connector, restartsAtMs } })).toMatchObject({
    state: 'FAILED',
    cause: `the database is away ${outlook}`,
  });
});

test('while Kafka is away no task works, whatever its state says; one that has failed needs more than that it comes back', () => {
  const away = { cause: 'Kafka is away: no answer', advice: 'Start it', isLogUnavailable: true };
  expect(connectorHealth(status('RUNNING', [['RUNNING'], ['RUNNING', TRACE]]), { standstill: away })).toEqual({
    state: 'WARNING (0/2 tasks RUNNING)',
    cause: away.cause,
    advice: away.advice,
  });
  const failed = status('RUNNING', [['RUNNING'], ['FAILED', TRACE]]);
  expect(connectorHealth(failed, { standstill: away })).toEqual(connectorHealth(failed));
  const paused = status('PAUSED', [['PAUSED']]);
  expect(connectorHealth(paused, { standstill: away })).toEqual(connectorHealth(paused));
});

test('a connector that found nothing to do is not running', () => {
  expect(connectorHealth(status('RUNNING', []))).toEqual({
    state: 'WARNING (0/0 tasks RUNNING)',
    cause: 'It has no tasks: it found nothing that it can work on',
    advice: 'DESCRIBE CONNECTOR c; says what is left out and why',
  });
});
