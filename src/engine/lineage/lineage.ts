import { SluiceError } from '../../base/errors.ts';
import { reach } from '../../base/reach.ts';
import { didYouMean } from '../../base/suggest.ts';
import type { ConnectClient, ConnectorListing } from '../../connect/client/api.ts';
import { connectorHealth } from '../connectors/health.ts';
import { maskConfig, maskStatus } from '../connectors/mask.ts';
import { sinkTopics } from '../connectors/sink-sources.ts';
import type { Services } from '../services.ts';
import { outsideSystem } from './outside.ts';
import type { LineageKind, LineageNode, LineageEdge, Lineage } from '../../wire/lineage.ts';

/**
 * The data flow: external system, connector, topic, stream or table, query, and on to external systems. Topics are
 * included where connectors use them, and where several sources share one.
 * @param of a stream, table, query, connector or topic: only what is upstream and downstream of it
 * @throws SluiceError NOT_FOUND when there is nothing of that name; CONNECT_UNAVAILABLE
 */
export async function lineage(services: Services, of?: string): Promise<Lineage> {
  const graph = new Graph();
  addCatalog(graph, services);
  if (services.connect !== undefined) await addConnectors(graph, services.connect, services);
  addSharedTopics(graph, services);
  const whole = graph.lineage();
  if (of === undefined) return whole;
  const start = find(whole, of);
  if (start === undefined)
    throw new SluiceError('NOT_FOUND', `There is no stream, table, query, connector or topic ${of}`, {
      hint:
        didYouMean(
          of,
          whole.nodes.map((n) => n.name),
        ) ?? 'SHOW LINEAGE; shows all of it.',
    });
  return around(whole, start.id);
}

/** The part of a lineage that is upstream or downstream of a node. */
export function around(lineage: Lineage, id: string): Lineage {
  const [up, down] = [reach(lineage, id, 'up'), reach(lineage, id, 'down')];
  return {
    nodes: lineage.nodes.filter((n) => up.has(n.id) || down.has(n.id)),
    edges: lineage.edges.filter((e) => (up.has(e.from) && up.has(e.to)) || (down.has(e.from) && down.has(e.to))),
  };
}

const idOf = (kind: LineageKind, name: string): string =>
  `${kind === 'STREAM' || kind === 'TABLE' ? 'source' : kind.toLowerCase()}:${name}`;

class Graph {
  readonly #nodes = new Map<string, LineageNode>();
  readonly #edges = new Map<string, LineageEdge>();

  node(kind: LineageKind, name: string, more: Omit<LineageNode, 'id' | 'kind' | 'name'> = {}): string {
    const id = idOf(kind, name);
    if (!this.#nodes.has(id)) this.#nodes.set(id, { id, kind, name, ...more });
    return id;
  }

  has(id: string): boolean {
    return this.#nodes.has(id);
  }

  edge(from: string, to: string, topic?: string): void {
    this.#edges.set(`${from}\u0000${to}`, { from, to, ...(topic !== undefined && { topic }) });
  }

  /** Nodes and edges in the order of the data flow, one path at a time. */
  lineage(): Lineage {
    const edges = [...this.#edges.values()];
    const ends = new Set(edges.map((e) => e.to));
    const seen = new Set<string>();
    const ordered: LineageEdge[] = [];
    // A cycle has no start, so it is entered anywhere.
    const starts = [...this.#nodes.keys()].filter((id) => !ends.has(id));
    for (const start of [...starts, ...this.#nodes.keys()]) {
      const open = [start];
      for (let id = open.pop(); id !== undefined; id = open.pop()) {
        if (seen.has(id)) continue;
        seen.add(id);
        const out = edges.filter((e) => e.from === id);
        ordered.push(...out);
        open.push(...out.map((e) => e.to).toReversed());
      }
    }
    return { nodes: [...seen].flatMap((id) => this.#nodes.get(id) ?? []), edges: ordered };
  }
}

function addCatalog(graph: Graph, { catalog: { current: catalog }, queries }: Services): void {
  for (const source of catalog.sources.values()) graph.node(source.kind, source.name, { topic: source.topic.name });
  for (const query of catalog.queries.values()) {
    // It only stores the rows of its own table.
    if (query.type === 'CREATE_SOURCE') continue;
    const runtime = queries.status(query.id);
    const state = query.state === 'PAUSED' ? 'PAUSED' : (runtime?.status ?? query.state);
    const cause = state === 'ERROR' ? runtime?.errors.at(-1)?.errorMessage.split('\n')[0] : undefined;
    const id = graph.node('QUERY', query.id, { state, ...(cause !== undefined && { cause }), statement: query.sql });
    for (const name of query.sources) {
      const builtIn = catalog.sources.has(name) ? undefined : catalog.builtIns.get(name);
      if (builtIn !== undefined) graph.node(builtIn.kind, name, { topic: builtIn.topic.name });
      graph.edge(idOf('STREAM', name), id, catalog.source(name)?.topic.name);
    }
    if (query.sink !== undefined) graph.edge(id, idOf('STREAM', query.sink), catalog.source(query.sink)?.topic.name);
  }
}

async function addConnectors(graph: Graph, connect: ConnectClient, services: Services): Promise<void> {
  for (const [name, listing] of Object.entries(await connect.list())) {
    const { info, type } = { info: listing.info, type: listing.info?.type ?? listing.status?.type };
    const config = await maskConfig(connect, info?.config ?? {});
    const id = graph.node('CONNECTOR', name, await stateOf(connect, listing));
    const outside = outsideSystem(config);
    const outsideId = outside === undefined ? undefined : graph.node('EXTERNAL', outside);
    if (type === 'sink') {
      for (const topic of sinkTopics(info?.config ?? {})) graph.edge(topicNode(graph, topic, services), id, topic);
      if (outsideId !== undefined) graph.edge(id, outsideId);
      continue;
    }
    if (outsideId !== undefined) graph.edge(outsideId, id);
    for (const topic of await writtenTopics(connect, name)) graph.edge(id, topicNode(graph, topic, services), topic);
  }
}

async function stateOf(
  connect: ConnectClient,
  { status, info }: ConnectorListing,
): Promise<Pick<LineageNode, 'state' | 'cause'>> {
  if (status === undefined) return {};
  const { state, cause } = connectorHealth(await maskStatus(connect, status, info?.config ?? {}), {
    isCluster: connect.embedded === undefined,
  });
  return { state, ...(cause !== null && { cause }) };
}

/** Topics that contain records of the connector, or will soon. */
async function writtenTopics(connect: ConnectClient, name: string): Promise<readonly string[]> {
  const known = await connect.topics(name).catch(() => []);
  const declared = (await connect.embedded?.sourceDeclarations(name, 0)) ?? [];
  return [...new Set([...known, ...declared.map((d) => d.topic)])];
}

/** Adds a topic and its sources: a source that a query writes precedes its topic, all others follow it. */
function topicNode(graph: Graph, topic: string, { catalog: { current: catalog } }: Services): string {
  const id = idOf('TOPIC', topic);
  if (graph.has(id)) return id;
  graph.node('TOPIC', topic);
  for (const source of catalog.sourcesOfTopic(topic)) {
    const own = idOf(source.kind, source.name);
    if (source.isCasTarget) graph.edge(own, id, topic);
    else graph.edge(id, own, topic);
  }
  return id;
}

function addSharedTopics(graph: Graph, services: Services): void {
  const { current: catalog } = services.catalog;
  for (const { topic } of catalog.sources.values())
    if (catalog.sourcesOfTopic(topic.name).length > 1) topicNode(graph, topic.name, services);
}

function find({ nodes }: Lineage, name: string): LineageNode | undefined {
  const plain = name.replaceAll('`', '');
  return (
    nodes.find((n) => n.id === plain || n.name === plain) ??
    nodes.find((n) => n.name.toLowerCase() === plain.toLowerCase())
  );
}
