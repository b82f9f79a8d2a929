/** `GET /lineage`: what flows where. */
export interface Lineage {
  readonly nodes: readonly LineageNode[];
  readonly edges: readonly LineageEdge[];
}

export type LineageKind = 'EXTERNAL' | 'CONNECTOR' | 'TOPIC' | 'STREAM' | 'TABLE' | 'QUERY';

/** A thing that rows come from, pass or end in. */
export interface LineageNode {
  /** Unique, and the same from answer to answer: kind and name. */
  readonly id: string;
  readonly kind: LineageKind;
  readonly name: string;
  /** Of queries and connectors, as SHOW QUERIES and SHOW CONNECTORS show it. */
  readonly state?: string | undefined;
  /** What is wrong, in one line. */
  readonly cause?: string | undefined;
  /** Topic of a stream or table. */
  readonly topic?: string | undefined;
  /** Text of a query. */
  readonly statement?: string | undefined;
}

/** Rows go from one to the other. `topic` is what they travel on, where it is known. */
export interface LineageEdge {
  readonly from: string;
  readonly to: string;
  readonly topic?: string | undefined;
}
