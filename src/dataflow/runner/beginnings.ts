import type { OffsetReset } from './runner-options.ts';
import type { TopologyInput } from '../topology.ts';

/** Where a query begins that nothing has been committed of. */
export interface Beginnings {
  /** `auto.offset.reset`: of its streams. */
  readonly offsetReset: OffsetReset;
  /** Where tables begin without committed offsets: a table is its whole topic, so the default is `earliest`. */
  readonly tableOffsetReset?: OffsetReset | undefined;
}

/**
 * Where an input begins without a committed offset, and where it goes on when its offset is out of range. Internal
 * topics hold work that is to be done; a topic that is read as a stream and as a table is read as a table.
 */
export function resetOf(input: Pick<TopologyInput, 'internal' | 'isTable'>, beginnings: Beginnings): OffsetReset {
  if (input.internal) return 'earliest';
  return input.isTable ? (beginnings.tableOffsetReset ?? 'earliest') : beginnings.offsetReset;
}
