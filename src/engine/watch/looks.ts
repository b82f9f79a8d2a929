import { lagOf } from '../../dataflow/runner/query-metrics.ts';
import { progressNotes } from '../connectors/progress.ts';
import type { Picture } from '../connector-state/picture.ts';
import type { ConnectorRates, QueryRates, ServerEvents } from '../../wire/events.ts';
import type { Services } from '../services.ts';
import { ClusterConnectors } from './cluster-connectors.ts';
import { shownTopics } from '../statements/show-topics.ts';

/** One kind of information for watchers: all of it, each time some of it has changed. */
interface LookAt<K extends keyof ServerEvents> {
  readonly event: K;
  /** The interval between checks, in seconds. */
  readonly everySeconds: (services: Services) => number;
  /** `seconds`: the time by the monotonic clock. */
  readonly look: (services: Services, seconds: number) => ServerEvents[K] | Promise<ServerEvents[K]>;
}

type Look = { readonly [K in keyof ServerEvents]: LookAt<K> }[keyof ServerEvents];

/** The interval where answers are local; over a network it is longer. */
const NEAR = 1;
const FAR = 3;

/** Every kind. To add one: a line here, its shape in wire/events.ts. */
export const LOOKS: readonly Look[] = [
  { event: 'sources', everySeconds: () => NEAR, look: sources },
  { event: 'queries', everySeconds: () => NEAR, look: queries },
  { event: 'connectors', everySeconds: ({ connect }) => (connect?.embedded ? NEAR : FAR), look: connectorStates },
  { event: 'connectorEvents', everySeconds: () => NEAR, look: connectorEvents },
  { event: 'topics', everySeconds: ({ log }) => (log.kind === 'embedded' ? NEAR : FAR), look: topics },
  { event: 'schemas', everySeconds: () => FAR, look: schemas },
  { event: 'metrics', everySeconds: () => NEAR, look: metrics },
];

function sources({ catalog: { current } }: Services): ServerEvents['sources'] {
  return {
    sources: [...current.sources.values()].map((source) => ({
      name: source.name,
      type: source.kind,
      topic: source.topic.name,
      keyFormat: source.topic.keyFormat.format,
      valueFormat: source.topic.valueFormat.format,
      isWindowed: source.topic.window !== undefined,
    })),
  };
}

function queries({ catalog: { current }, queries: host, pushQueries }: Services): ServerEvents['queries'] {
  return {
    queries: [...current.queries.values()].map((query) => {
      const runtime = host.status(query.id);
      const state = query.state === 'PAUSED' ? 'PAUSED' : (runtime?.status ?? query.state);
      const error = state === 'ERROR' ? runtime?.errors.at(-1)?.errorMessage : undefined;
      return {
        id: query.id,
        type: query.type,
        state,
        sources: query.sources,
        sink: query.sink ?? null,
        ...(error !== undefined && { error }),
        ...(runtime?.restore !== undefined && { restore: runtime.restore }),
      };
    }),
    pushQueries: pushQueries().length,
  };
}

const clusterConnectors = new WeakMap<Services, ClusterConnectors>();

async function connectorStates(services: Services): Promise<ServerEvents['connectors']> {
  const { connect, connectors } = services;
  // A cluster reports nothing by itself.
  if (connect !== undefined && connect.embedded === undefined) await connectors?.listing();
  let others = clusterConnectors.get(services);
  if (others === undefined) clusterConnectors.set(services, (others = new ClusterConnectors()));
  const answers = await others.latest(services);
  return {
    connectors: [
      ...(connectors?.pictures ?? []).map((p) => ({
        ...connectorState(p, null),
        progress: progressNotes(connect?.embedded?.progress(p.name), false).news,
      })),
      ...answers.flatMap((a) => a.connectors.map((p) => ({ ...connectorState(p, a.cluster), progress: [] }))),
    ],
    unreachable: answers.flatMap(({ cluster, problem }) => (problem === undefined ? [] : [{ cluster, problem }])),
  };
}

function connectorState(
  picture: Picture,
  cluster: string | null,
): Omit<ServerEvents['connectors']['connectors'][number], 'progress'> {
  return {
    name: picture.name,
    cluster,
    type: picture.type,
    className: picture.className,
    state: picture.summary,
    cause: picture.cause,
    tasks: picture.tasks.map(({ id, state }) => ({ id, state })),
  };
}

function connectorEvents({ connectors }: Services): ServerEvents['connectorEvents'] {
  return {
    events: (connectors?.recent ?? []).map(({ event, atMs }) => ({
      connector: event.connector,
      event: event.EVENT,
      task: event.TASK,
      state: event.STATE,
      previousState: event.PREVIOUS_STATE,
      topic: event.TOPIC,
      detail: event.DETAIL,
      at: atMs,
    })),
  };
}

async function topics(services: Services): Promise<ServerEvents['topics']> {
  return { topics: (await shownTopics(services)).map((t) => ({ name: t.name, partitions: t.partitions })) };
}

async function schemas({ registry }: Services): Promise<ServerEvents['schemas']> {
  return { subjects: (await registry.subjects()).toSorted() };
}

/** Totals of one check, from which the next one computes rates. */
interface Totals {
  readonly atSeconds: number;
  readonly counts: ReadonlyMap<string, number>;
}
const before = new WeakMap<Services, Totals>();

/** Rows per second that operators emit, by step name. */
function operatorRates(
  id: string,
  tasks: readonly { readonly passedRows: Readonly<Record<string, number>> }[],
  rate: (name: string, total: number) => number,
): Record<string, number> {
  const sums = new Map<string, number>();
  for (const { passedRows } of tasks)
    for (const [step, rows] of Object.entries(passedRows)) sums.set(step, (sums.get(step) ?? 0) + rows);
  return Object.fromEntries([...sums].map(([step, rows]) => [step, rate(`step ${id} ${step}`, rows)]));
}

/** Rates since the previous check; for queries also their lag by topic. */
function metrics(services: Services, seconds: number): ServerEvents['metrics'] {
  const last = before.get(services);
  const counts = new Map<string, number>();
  const rate = (name: string, total: number): number => {
    counts.set(name, total);
    const then = last?.counts.get(name);
    // The counts of a restarted query start at 0.
    if (last === undefined || then === undefined || seconds <= last.atSeconds || total < then) return 0;
    return Math.round(((total - then) / (seconds - last.atSeconds)) * 10) / 10;
  };
  const queryRates: Record<string, QueryRates> = {};
  for (const id of services.catalog.current.queries.keys()) {
    const runtime = services.queries.status(id);
    if (runtime === undefined) continue;
    const byTopic = new Map<string, (typeof runtime.positions)[number][]>();
    for (const position of runtime.positions)
      byTopic.set(position.topic, [...(byTopic.get(position.topic) ?? []), position]);
    queryRates[id] = {
      readPerSecond: rate(`in ${id}`, runtime.recordsIn),
      writtenPerSecond: rate(`out ${id}`, runtime.recordsOut),
      errors: runtime.errorCount,
      lag: lagOf(runtime.positions),
      operators: operatorRates(id, runtime.perTask ?? [], rate),
      tasks: (runtime.perTask ?? []).map((t) => ({
        id: t.id,
        thread: t.thread ?? null,
        readPerSecond: rate(`task ${id} ${t.id}`, t.recordsIn),
        writtenPerSecond: rate(`task out ${id} ${t.id}`, t.recordsOut),
        cachedRows: t.cachedEntries,
      })),
      topics: Object.fromEntries(
        [...byTopic].map(([topic, positions]) => {
          const read = positions.reduce((sum, p) => sum + p.offset, 0);
          return [
            topic,
            {
              readPerSecond: rate(`topic ${id} ${topic}`, read),
              lag: lagOf(positions),
              positions: positions
                .map((p) => ({ partition: p.partition, next: p.offset, end: p.endOffset }))
                .toSorted((a, b) => a.partition - b.partition),
            },
          ];
        }),
      ),
    };
  }
  const connectorRates: Record<string, ConnectorRates> = {};
  for (const { name, records, failures } of services.connect?.embedded?.totals() ?? [])
    connectorRates[name] = {
      recordsPerSecond: rate(`connector ${name}`, records),
      failures,
      lag: services.connectors?.lagOf(name) ?? null,
    };
  before.set(services, { atSeconds: seconds, counts });
  return { queries: queryRates, connectors: connectorRates };
}
