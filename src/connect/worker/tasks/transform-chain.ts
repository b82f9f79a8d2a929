import type { ConnectRecord } from '../../api/record.ts';

/** A chain of transforms. */
export interface TransformChain {
  /** null: the record is dropped. */
  apply<R extends ConnectRecord>(record: R): R | null;
  /** Class of the transform that was at work last: the one to blame for what `apply` threw. */
  readonly lastClass: string;
}
