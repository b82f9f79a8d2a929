import type { ConnectorStatus } from '../connect/client/api.ts';
import type { Herder } from '../connect/worker/herder.ts';
import type { MeteredConnector } from '../connect/worker/metered-connector.ts';
import type { Startups } from '../connect/worker/tasks/startups.ts';
import type { TaskMeter } from '../connect/worker/tasks/task-meter.ts';

/*
 * Kafka Connect's metrics, and Debezium's for change capture, under the names that Prometheus' JMX exporter derives
 * from their MBeans: domain, type and attribute, with other characters as underscores
 * (`kafka_connect_source_task_metrics_…`), and `debezium_metrics_…` as in Debezium's own example. Dashboards for a Java
 * worker therefore find their series.
 */

/** One measured value and its labels; `suffix` is appended to the metric's name. */
export type Sample = readonly [labels: Readonly<Record<string, string>>, value: number | undefined, suffix?: string];
/** Defines a metric; `samples` is called at each scrape. */
export type Define = (name: string, help: string, samples: () => Iterable<Sample>) => void;

type OfTask = readonly [name: string, help: string, value: (meter: TaskMeter, retries: number) => number | undefined];

const SOURCE: readonly OfTask[] = [
  ['source_record_poll_total', 'Records that the task has polled', (m) => m.taken],
  ['source_record_poll_rate', 'Records polled a second, over the last minute', (m) => m.takenRate.rate(m.nowMs)],
  ['source_record_write_total', 'Records behind the transforms, written', (m) => m.moved],
  ['source_record_write_rate', 'Records written a second, over the last minute', (m) => m.movedRate.rate(m.nowMs)],
  ['source_record_active_count', 'Records that were polled and are not committed yet', (m) => m.open],
  ['source_record_active_count_avg', 'Their mean over the last minute', (m) => m.openCounts.mean(m.nowMs)],
  ['source_record_active_count_max', 'The most of them in the last minute', (m) => m.openCounts.max(m.nowMs)],
  [
    'poll_batch_avg_time_ms',
    'Time of a poll that brought records, over the last minute',
    (m) => m.batchMs.mean(m.nowMs),
  ],
  ['poll_batch_max_time_ms', 'The longest of them', (m) => m.batchMs.max(m.nowMs)],
];

const SINK: readonly OfTask[] = [
  ['sink_record_read_total', 'Records read for the task', (m) => m.taken],
  ['sink_record_read_rate', 'Records read a second, over the last minute', (m) => m.takenRate.rate(m.nowMs)],
  ['sink_record_send_total', 'Records behind the transforms, put to the task', (m) => m.moved],
  ['sink_record_send_rate', 'Records put a second, over the last minute', (m) => m.movedRate.rate(m.nowMs)],
  ['sink_record_active_count', 'Records that were read and are not committed yet', (m) => m.open],
  ['sink_record_active_count_avg', 'Their mean over the last minute', (m) => m.openCounts.mean(m.nowMs)],
  ['sink_record_active_count_max', 'The most of them in the last minute', (m) => m.openCounts.max(m.nowMs)],
  ['put_batch_avg_time_ms', 'Time of a put, over the last minute', (m) => m.batchMs.mean(m.nowMs)],
  ['put_batch_max_time_ms', 'The longest of them', (m) => m.batchMs.max(m.nowMs)],
  ['offset_commit_completion_total', 'Commits of offsets that succeeded', (m) => m.commits],
  ['offset_commit_seq_no', 'The number of the last commit of offsets', (m) => m.commits + m.failedCommits],
];

const OF_BOTH: readonly OfTask[] = [
  ['running_ratio', 'Share of its time that the task was RUNNING', (m) => m.shareOf('RUNNING')],
  ['pause_ratio', 'Share of its time that the task was PAUSED', (m) => m.shareOf('PAUSED')],
  ['batch_size_avg', 'Records of a batch, over the last minute', (m) => m.batchSize.mean(m.nowMs)],
  ['batch_size_max', 'Records of the largest of them', (m) => m.batchSize.max(m.nowMs)],
  ['offset_commit_avg_time_ms', 'Time of a commit, over the last minute', (m) => m.commitMs.mean(m.nowMs)],
  ['offset_commit_max_time_ms', 'The longest of them', (m) => m.commitMs.max(m.nowMs)],
  ['offset_commit_success_percentage', 'Share of commits that succeeded', (m) => share(m.commits, m.failedCommits)],
  ['offset_commit_failure_percentage', 'Share of commits that failed', (m) => share(m.failedCommits, m.commits)],
];

const ERRORS: readonly OfTask[] = [
  ['total_record_errors', 'Errors of records', (m) => m.failures],
  ['total_record_failures', 'Records that could not be handled', (m) => m.failures],
  ['total_records_skipped', 'Of those, the ones that were passed over', (m) => m.skipped],
  ['total_retries', 'Calls that were made again', (_, retries) => retries],
  ['total_errors_logged', 'Errors of records that went to the log', (m) => m.logged],
  ['deadletterqueue_produce_requests', 'Records that were put aside', (m) => m.deadLetters],
  ['last_error_timestamp', 'When a record failed last, in ms since the epoch', (m) => m.lastErrorMs],
];

const COUNTED_STATES = ['running', 'paused', 'failed', 'unassigned', 'restarting'] as const;

/** A state in the form of Connect's JMX metrics. */
const word = (state: string): string => state.toLowerCase();

/** Defines Kafka Connect's metrics under the names of its JMX metrics in Prometheus' exporter. */
export function kafkaConnectMetrics(define: Define, herder: Herder): void {
  const connectors = (): MeteredConnector[] => herder.metered();
  workerMetrics(define, herder, connectors);
  define('kafka_connect_connector_metrics', '1 for what a connector is', function* () {
    for (const { name, className, type, version } of connectors())
      yield [
        {
          connector: name,
          connector_class: className,
          connector_type: type,
          connector_version: version,
          status: word(herder.status(name).connector.state),
        },
        1,
      ];
  });
  for (const name of ['kafka_connect_connector_task_metrics', 'kafka_connect_connector_status'])
    define(name, '1 for the state a task is in', function* () {
      for (const connector of herder.names())
        for (const { id, state } of herder.status(connector).tasks)
          yield [{ connector, task: String(id), status: word(state) }, 1];
    });
  const ofTasks = (type: string, metrics: readonly OfTask[], kind?: 'source' | 'sink'): void => {
    for (const [name, help, value] of metrics)
      define(`kafka_connect_${type}_metrics_${name}`, help, function* () {
        for (const connector of connectors()) {
          if (kind !== undefined && connector.type !== kind) continue;
          for (const { id, meter, retries } of connector.tasks)
            yield [{ connector: connector.name, task: String(id) }, value(meter, retries)];
        }
      });
  };
  ofTasks('source_task', SOURCE, 'source');
  ofTasks('sink_task', SINK, 'sink');
  ofTasks('connector_task', OF_BOTH);
  ofTasks('task_error', ERRORS);
  debeziumMetrics(define, herder, connectors);
}

function workerMetrics(define: Define, herder: Herder, connectors: () => MeteredConnector[]): void {
  const worker = (name: string, help: string, value: () => number | undefined): void =>
    define(`kafka_connect_connect_worker_metrics_${name}`, help, () => [[{}, value()]]);
  const tasksOf = (status: ConnectorStatus, state?: string): number =>
    status.tasks.filter((task) => state === undefined || word(task.state) === state).length;
  worker('connector_count', 'Connectors of this worker', () => connectors().length);
  worker('task_count', 'Tasks of this worker', () => connectors().reduce((sum, c) => sum + c.tasks.length, 0));
  for (const [what, of] of [
    ['connector', () => herder.startups.connectors],
    ['task', () => herder.startups.tasks],
  ] as const satisfies readonly (readonly [string, () => Startups])[]) {
    worker(`${what}_startup_attempts_total`, `How often a ${what} was started`, () => of().attempts);
    worker(`${what}_startup_success_total`, `How often a ${what} started`, () => of().successes);
    worker(`${what}_startup_failure_total`, `How often a ${what} could not start`, () => of().failures);
    worker(`${what}_startup_success_percentage`, 'Share of those that started', () =>
      share(of().successes, of().failures),
    );
    worker(`${what}_startup_failure_percentage`, 'Share of those that could not start', () =>
      share(of().failures, of().successes),
    );
  }
  for (const state of ['total', ...COUNTED_STATES])
    define(
      `kafka_connect_connect_worker_metrics_connector_${state}_task_count`,
      state === 'total' ? 'Tasks of a connector' : `Tasks of a connector that are ${state}`,
      function* () {
        for (const connector of herder.names())
          yield [{ connector }, tasksOf(herder.status(connector), state === 'total' ? undefined : state)];
      },
    );
}

/** The metrics of Debezium's connectors, for connectors that capture changes: times in ms, -1 when unknown. */
function debeziumMetrics(define: Define, herder: Herder, connectors: () => MeteredConnector[]): void {
  const of = (
    context: 'streaming' | 'snapshot',
    name: string,
    help: string,
    value: (connector: MeteredConnector) => number | undefined,
  ): void =>
    define(`debezium_metrics_${name}`, help, function* () {
      for (const connector of connectors())
        if (connector.captures !== undefined)
          yield [{ plugin: connector.captures.plugin, name: connector.captures.server, context }, value(connector)];
    });
  const last = (c: MeteredConnector): TaskMeter | undefined => c.tasks[0]?.meter;
  const readings = (c: MeteredConnector) => herder.sql.progress(c.name)?.readings ?? [];
  of(
    'streaming',
    'MilliSecondsBehindSource',
    'Age of the last change as it was written',
    (c) => last(c)?.behindMs ?? -1,
  );
  of('streaming', 'MilliSecondsSinceLastEvent', 'Time since a change was written', (c) => {
    const at = last(c)?.lastEventMs;
    return at === undefined ? -1 : herder.options.env.clock.nowMs() - at;
  });
  of('streaming', 'TotalNumberOfEventsSeen', 'Changes and rows of first readings', (c) => last(c)?.taken ?? 0);
  of('streaming', 'NumberOfErroneousEvents', 'Changes that could not be handled', (c) => last(c)?.failures ?? 0);
  of('streaming', 'Connected', '1 while the stream of changes is read', (c) =>
    Number(herder.status(c.name).tasks.some((task) => task.state === 'RUNNING' && task.trace === undefined)),
  );
  of('snapshot', 'TotalTableCount', 'Tables that are captured', (c) => readings(c).length);
  of('snapshot', 'RemainingTableCount', 'Tables that are not read yet', (c) =>
    readings(c).reduce((sum, r) => sum + Number(r.state !== 'done'), 0),
  );
  of('snapshot', 'SnapshotRunning', '1 while tables are read', (c) =>
    Number(readings(c).some((r) => r.state === 'reading')),
  );
  of('snapshot', 'SnapshotPaused', '1 while a reading is held', (c) =>
    Number(readings(c).some((r) => r.state === 'paused')),
  );
  of('snapshot', 'SnapshotCompleted', '1 when all tables are read', (c) =>
    Number(readings(c).every((r) => r.state === 'done')),
  );
  define('debezium_metrics_RowsScanned', 'Rows of a table that its first reading has written', function* () {
    for (const connector of connectors()) {
      const { captures } = connector;
      if (captures === undefined) continue;
      for (const r of readings(connector))
        yield [{ plugin: captures.plugin, name: captures.server, context: 'snapshot', table: r.name }, r.rows];
    }
  });
}

/** From 0 to 1; undefined when both numbers are 0. */
function share(part: number, rest: number): number | undefined {
  return part + rest === 0 ? undefined : part / (part + rest);
}
