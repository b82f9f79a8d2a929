import type { Catalog } from '../../catalog/catalog.ts';
import type { QueryStatus } from '../results.ts';

/** Where persistent queries run. Production: QueryManager. Test runners drive the same plans record by record. */
export interface QueryHost {
  /** Makes what runs agree with the catalog: starts new queries, swaps changed ones (their state stays), stops removed ones. */
  reconcile(before: Catalog, after: Catalog): Promise<void>;
  /** Undefined when the query does not run here. */
  status(id: string): QueryRuntime | undefined;
  close(): Promise<void>;
}

export interface QueryRuntime {
  readonly status: QueryStatus;
  readonly errors: readonly {
    readonly timestamp: number;
    readonly errorMessage: string;
    readonly type: 'USER' | 'SYSTEM' | 'UNKNOWN';
  }[];
  readonly consumerGroup: string;
  readonly recordsIn: number;
  readonly recordsOut: number;
  readonly bytesIn: number;
  readonly lateDrops: number;
  readonly errorCount: number;
  readonly lastRecordMs: number | undefined;
  /** Next offsets to read, by `topic-partition`. */
  readonly positions: readonly {
    readonly topic: string;
    readonly partition: number;
    readonly offset: number;
    readonly endOffset: number;
  }[];
}
