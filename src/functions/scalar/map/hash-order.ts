/**
 * Entries in the order in which Java's HashMap, and so ksqlDB, walks them. Maps have no order of their own, but results
 * of REDUCE, MAP_KEYS, MAP_VALUES and ENTRIES depend on the one they are walked in, and people compare them. Keys other
 * than text and numbers stay in the order in which they came.
 */
export function hashOrdered<V>(map: ReadonlyMap<unknown, V>): (readonly [unknown, V])[] {
  const entries = [...map];
  if (entries.length < 2) return entries;
  // As of `new HashMap<>(size)`: the next power of two, doubled when three quarters are full.
  let capacity = 2 ** Math.ceil(Math.log2(entries.length));
  if (entries.length > capacity * 0.75) capacity *= 2;
  return entries
    .map((entry) => ({ entry, bucket: spread(hashCode(entry[0])) & (capacity - 1) }))
    .sort((a, b) => a.bucket - b.bucket)
    .map(({ entry }) => entry);
}

const spread = (hash: number): number => hash ^ (hash >>> 16);

/** Java's hashCode of a String, an Integer, or a Long. */
function hashCode(key: unknown): number {
  if (typeof key === 'string') {
    let hash = 0;
    for (let i = 0; i < key.length; i++) hash = (Math.imul(31, hash) + key.charCodeAt(i)) | 0;
    return hash;
  }
  if (typeof key === 'number' || typeof key === 'bigint') {
    if (typeof key === 'number' && (key | 0) === key) return key < 0 ? ~key : key;
    const bits = BigInt.asUintN(64, BigInt(key));
    return Number(BigInt.asIntN(32, bits ^ (bits >> 32n)));
  }
  return 0;
}
