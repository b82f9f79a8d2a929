import type { QueryBody } from './query-body.ts';

/** True when the key is a single stream's own, so that a projection may reorder it without moving anything. */
export function keyIsFree(body: QueryBody): boolean {
  return body.origin.kind === 'SOURCE' && body.relation.step.relation === 'STREAM';
}
