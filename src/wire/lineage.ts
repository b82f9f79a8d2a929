/** `GET /lineage`: the data flow among external systems, connectors, topics, streams, tables and queries. */
export interface Lineage {
  readonly nodes: readonly LineageNode[];
  readonly edges: readonly LineageEdge[];
}

export type LineageKind = 'EXTERNAL' | 'CONNECTOR' | 'TOPIC' | 'STREAM' | 'TABLE' | 'QUERY';

/** A source, intermediate stage or target of rows. */
export interface LineageNode {
  /** Unique, and the same in every response: kind and name. */
  readonly id: string;
  readonly kind: LineageKind;
  readonly name: string;
  /** State of a query or connector, as in SHOW QUERIES and SHOW CONNECTORS. */
  readonly state?: string | undefined;
  /** What is wrong, in one line. */
  readonly cause?: string | undefined;
  /** Topic of a stream or table. */
  readonly topic?: string | undefined;
  /** Text of a query. */
  readonly statement?: string | undefined;
}

/** Rows flow from one node to the other. `topic` is the topic that carries them, if known. */
export interface LineageEdge {
  readonly from: string;
  readonly to: string;
  readonly topic?: string | undefined;
}
