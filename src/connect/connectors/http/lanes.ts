import type { Letter } from './request.ts';

/** Letters of one request. */
export type Batch = readonly Letter[];

export interface BatchLimits {
  readonly most: number;
  readonly mostBytes: number;
  /** Lanes at most. */
  readonly lanes: number;
}

/**
 * Shares letters among lanes that are sent side by side, each lane one request after the other: those of one key are in
 * one lane, in their order; those without a key are in that of their partition. One lane where one request takes all.
 */
export function lanesOf(letters: readonly Letter[], limits: BatchLimits): Batch[][] {
  const lanes = Math.max(1, Math.min(limits.lanes, Math.ceil(letters.length / limits.most)));
  const shared = Array.from({ length: lanes }, (): Letter[] => []);
  for (const letter of letters) shared[lanes === 1 ? 0 : hashOf(orderOf(letter)) % lanes]?.push(letter);
  return shared.filter((lane) => lane.length > 0).map((lane) => batchesOf(lane, limits));
}

/** Letters in requests: of letters with another URL or other headers each begins a new one. */
function batchesOf(letters: readonly Letter[], { most, mostBytes }: BatchLimits): Batch[] {
  const batches: Batch[] = [];
  let open: Letter[] = [];
  let bytes = 0;
  for (const letter of letters) {
    const fits =
      open.length < most &&
      bytes + letter.bytes <= mostBytes &&
      letter.method !== 'DELETE' &&
      open[0]?.together === letter.together;
    if (open.length > 0 && !fits) {
      batches.push(open);
      open = [];
      bytes = 0;
    }
    open.push(letter);
    bytes += letter.bytes;
  }
  if (open.length > 0) batches.push(open);
  return batches;
}

/** What letters have in common that must not overtake one another. */
function orderOf({ record: { key, topic, partition } }: Letter): string {
  if (key === null || key === undefined) return `${topic} ${partition}`;
  // The key as it was read: two keys that differ have two texts, mostly, and one key has one.
  if (typeof key === 'string') return key;
  return JSON.stringify(key, (_, v: unknown) => (typeof v === 'bigint' ? String(v) : v));
}

/** FNV-1a. */
function hashOf(text: string): number {
  let hash = 0x811c9dc5;
  for (let i = 0; i < text.length; i++) hash = Math.imul(hash ^ text.charCodeAt(i), 0x01000193);
  return hash >>> 0;
}
