import type { ConnectRecord } from '../../api/record.ts';

/** A chain of transforms. */
export interface TransformChain {
  /** Returns null when the record is dropped. */
  apply<R extends ConnectRecord>(record: R): R | null;
  /** Class of the transform that ran last, which caused an error of `apply`. */
  readonly lastClass: string;
}
