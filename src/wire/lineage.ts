/** `GET /lineage`: what flows where. */
export interface Lineage {
  readonly nodes: readonly LineageNode[];
  readonly edges: readonly LineageEdge[];
}

export interface LineageNode {
  /** Unique, and the same from answer to answer. */
  readonly id: string;
  readonly kind: 'EXTERNAL' | 'CONNECTOR' | 'TOPIC' | 'STREAM' | 'TABLE' | 'QUERY';
  readonly name: string;
  /** Of queries and connectors. */
  readonly state?: string | undefined;
  /** What is wrong, in one line. */
  readonly cause?: string | undefined;
  /** Of streams and tables. */
  readonly topic?: string | undefined;
  /** Of queries. */
  readonly statement?: string | undefined;
}

export interface LineageEdge {
  readonly from: string;
  readonly to: string;
  readonly topic?: string | undefined;
}
