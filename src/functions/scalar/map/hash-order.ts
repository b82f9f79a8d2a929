/**
 * Entries in the iteration order of Java's HashMap, and therefore of ksqlDB. Maps are unordered, but results of REDUCE,
 * MAP_KEYS, MAP_VALUES and ENTRIES depend on the iteration order, and users compare them. Keys other than text and
 * numbers keep their insertion order.
 */
export function hashOrdered<V>(map: ReadonlyMap<unknown, V>): (readonly [unknown, V])[] {
  const entries = [...map];
  if (entries.length < 2) return entries;
  // As for `new HashMap<>(size)`: the next power of two, doubled if the map is more than three quarters full.
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
