import type { Letter } from './request.ts';

/** The letters of one request. */
export type Batch = readonly Letter[];

export interface BatchLimits {
  readonly most: number;
  readonly mostBytes: number;
  /** The most lanes. */
  readonly lanes: number;
}

/**
 * Distributes letters over lanes that are sent concurrently, each lane one request after the other. Letters with the
 * same key are in one lane, in order; those without a key are in the lane of their partition. There is one lane if one
 * request takes everything.
 */
export function lanesOf(letters: readonly Letter[], limits: BatchLimits): Batch[][] {
  const lanes = Math.max(1, Math.min(limits.lanes, Math.ceil(letters.length / limits.most)));
  const shared = Array.from({ length: lanes }, (): Letter[] => []);
  for (const letter of letters) shared[lanes === 1 ? 0 : hashOf(orderOf(letter)) % lanes]?.push(letter);
  return shared.filter((lane) => lane.length > 0).map((lane) => batchesOf(lane, limits));
}

/** Groups letters into requests. A letter with another URL or other headers starts a new one. */
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

/** A text that is equal for letters that must not overtake one another. */
function orderOf({ record: { key, topic, partition } }: Letter): string {
  if (key === null || key === undefined) return `${topic} ${partition}`;
  // The key as it was read: equal keys have equal texts, and different keys nearly always have different ones.
  if (typeof key === 'string') return key;
  return JSON.stringify(key, (_, v: unknown) => (typeof v === 'bigint' ? String(v) : v));
}

/** FNV-1a. */
function hashOf(text: string): number {
  let hash = 0x811c9dc5;
  for (let i = 0; i < text.length; i++) hash = Math.imul(hash ^ text.charCodeAt(i), 0x01000193);
  return hash >>> 0;
}
