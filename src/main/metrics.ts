import { Gauge, Registry, collectDefaultMetrics } from 'prom-client';
import type { Engine } from '../engine/engine.ts';
import type { Herder } from '../connect/worker/herder.ts';

/** Prometheus metrics of the process: queries, connectors, Node itself. Values are read when they are asked for. */
export function createMetrics(
  engine: Engine,
  herder: Herder | undefined,
): () => Promise<{ readonly contentType: string; readonly body: string }> {
  const registry = new Registry();
  collectDefaultMetrics({ register: registry });
  const perQuery = (name: string, help: string, value: (id: string) => number | undefined): void => {
    new Gauge({
      name,
      help,
      labelNames: ['query'],
      registers: [registry],
      collect() {
        this.reset();
        for (const id of engine.catalog.queries.keys()) {
          const v = value(id);
          if (v !== undefined) this.set({ query: id }, v);
        }
      },
    });
  };
  const runtime = (id: string): ReturnType<typeof engine.services.queries.status> => engine.services.queries.status(id);
  perQuery('sluice_query_records_consumed_total', 'Records a query has read', (id) => runtime(id)?.recordsIn);
  perQuery('sluice_query_records_produced_total', 'Records a query has written', (id) => runtime(id)?.recordsOut);
  perQuery('sluice_query_bytes_consumed_total', 'Bytes a query has read', (id) => runtime(id)?.bytesIn);
  perQuery(
    'sluice_query_late_records_total',
    'Records dropped because their window had closed',
    (id) => runtime(id)?.lateDrops,
  );
  perQuery(
    'sluice_query_errors_total',
    'Records or rows that went to the processing log',
    (id) => runtime(id)?.errorCount,
  );
  perQuery('sluice_query_commits_total', 'Commits of a query', (id) => runtime(id)?.commits);
  perQuery('sluice_query_last_commit_seconds', 'How long the last commit took', (id) => {
    const ms = runtime(id)?.lastCommitMs;
    return ms === undefined ? undefined : ms / 1000;
  });
  perQuery('sluice_query_tasks', 'Tasks of a query in this process', (id) => runtime(id)?.tasks);
  perQuery('sluice_query_restore_remaining_records', 'Changelog records a restore has still to read', (id) => {
    const restore = runtime(id)?.restore;
    return restore === undefined ? 0 : Math.max(0, restore.total - restore.restored);
  });
  perQuery('sluice_query_lag_records', 'Records between a query and the ends of its inputs', (id) =>
    runtime(id)?.positions.reduce((sum, p) => sum + Math.max(0, p.endOffset - p.offset), 0),
  );
  new Gauge({
    name: 'sluice_query_state',
    help: '1 for the state a query is in',
    labelNames: ['query', 'state'],
    registers: [registry],
    collect() {
      this.reset();
      for (const query of engine.catalog.queries.values()) {
        const state = query.state === 'PAUSED' ? 'PAUSED' : (runtime(query.id)?.status ?? 'RUNNING');
        this.set({ query: query.id, state }, 1);
      }
    },
  });
  if (herder) {
    new Gauge({
      name: 'sluice_connect_task_state',
      help: '1 for the state a connector task is in',
      labelNames: ['connector', 'task', 'state'],
      registers: [registry],
      collect() {
        this.reset();
        for (const name of herder.names()) {
          const status = herder.status(name);
          this.set({ connector: name, task: '', state: status.connector.state }, 1);
          for (const task of status.tasks) this.set({ connector: name, task: String(task.id), state: task.state }, 1);
        }
      },
    });
  }
  return async () => ({ contentType: registry.contentType, body: await registry.metrics() });
}
