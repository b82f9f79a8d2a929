import { createHash } from 'node:crypto';
import { must } from '../../base/assert.ts';
import { identityKey } from '../../types/compare.ts';
import { BIGINT, BYTES, type SqlType } from '../../types/sql-type.ts';
import { aggregateFunction, type Aggregator } from '../api.ts';
import { param, T } from '../param.ts';
import { addHash, EMPTY_SKETCH, estimate, mergeSketches } from './hyper-log-log.ts';

/**
 * Sketches are stored, so the hash of a value must never change. It is the first 8 bytes of the MD5 of its identity.
 */
function sketching(type: SqlType): Aggregator<Uint8Array> {
  const key = identityKey(type);
  return {
    intermediate: BYTES,
    initialize: () => EMPTY_SKETCH,
    add(sketch, args) {
      if (args[0] === null) return sketch;
      const hash = createHash('md5')
        .update(String(key(args[0])), 'utf8')
        .digest();
      return addHash(sketch, hash.readUInt32BE(0), hash.readUInt32BE(4));
    },
    merge: mergeSketches,
    result: estimate,
  };
}

export const countDistinct = aggregateFunction({
  name: 'COUNT_DISTINCT',
  category: 'AGGREGATE',
  doc: 'Returns the approximate number of distinct values of a column: exact up to 256, then with a standard error of 1.6 %. NULLs do not count.',
  signatures: [
    {
      params: [param('obj', T, 'The column.')],
      returns: BIGINT,
      create: (site) => sketching(must(site.argTypes[0], 'arg type')),
    },
  ],
});
