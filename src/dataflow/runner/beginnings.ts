import type { OffsetReset } from './runner-options.ts';
import type { TopologyInput } from '../topology.ts';

/** Where a query starts that has no committed offsets. */
export interface Beginnings {
  /** `auto.offset.reset`, for the query's streams. */
  readonly offsetReset: OffsetReset;
  /** Where tables start without committed offsets: `earliest` by default, since a table is its whole topic. */
  readonly tableOffsetReset?: OffsetReset | undefined;
}

/**
 * Where an input starts without a committed offset, and where it continues when its offset is out of range. Internal
 * topics hold pending work; a topic that is read both as a stream and as a table is read as a table.
 */
export function resetOf(input: Pick<TopologyInput, 'internal' | 'isTable'>, beginnings: Beginnings): OffsetReset {
  if (input.internal) return 'earliest';
  return input.isTable ? (beginnings.tableOffsetReset ?? 'earliest') : beginnings.offsetReset;
}
