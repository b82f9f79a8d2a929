import fc from 'fast-check';
import { describe, expect, test } from 'vitest';
import type { TopicPartition } from '../api.ts';
import { assign, type MemberClaim, unitsOf } from './assignor.ts';
import { decodeAssignment, decodeSubscription, encodeAssignment, encodeSubscription } from './consumer-protocol.ts';

const name = ({ topic, partition }: TopicPartition): string => `${topic}-${partition}`;

/**
 * Repeats the assignment until it no longer changes: in each round, members give up what they were not assigned, and
 * claim what they own.
 */
function settle(
  units: ReturnType<typeof unitsOf>,
  start: readonly MemberClaim[],
): { claims: MemberClaim[]; rounds: number } {
  let claims = [...start];
  for (let round = 1; round < 10; round++) {
    const result = assign(units, claims);
    const next = claims.map(({ memberId }) => ({ memberId, owned: result.get(memberId)!, generationId: round }));
    const same = next.every((claim, i) => {
      return JSON.stringify(claim.owned.map(name).sort()) === JSON.stringify(claims[i]!.owned.map(name).sort());
    });
    claims = next;
    if (same) return { claims, rounds: round };
  }
  throw new Error('the assignment does not settle');
}

describe('assign', () => {
  test('units of joined topics stay together', () => {
    const units = unitsOf([['a', 'b'], ['c']], (topic) => ({ a: 3, b: 3, c: 2 })[topic] ?? 0);
    const { claims } = settle(
      units,
      ['m1', 'm2'].map((memberId) => ({ memberId, owned: [], generationId: -1 })),
    );
    for (const { owned } of claims) {
      for (const { topic, partition } of owned) {
        if (topic !== 'a') continue;
        expect(owned.some((p) => p.topic === 'b' && p.partition === partition)).toBe(true);
      }
    }
  });

  test('a unit that moves is with nobody for a round', () => {
    const units = unitsOf([['t']], () => 4);
    const all = units.flatMap((unit) => unit.partitions);
    const first = assign(units, [
      { memberId: 'old', owned: all, generationId: 1 },
      { memberId: 'new', owned: [], generationId: -1 },
    ]);
    expect(first.get('old')!.length).toBe(2);
    expect(first.get('new')).toEqual([]);
    const second = assign(units, [
      { memberId: 'old', owned: first.get('old')!, generationId: 2 },
      { memberId: 'new', owned: [], generationId: 2 },
    ]);
    expect(second.get('old')).toEqual(first.get('old'));
    expect(second.get('new')!.length).toBe(2);
  });

  test('of two that claim the same, the later generation is believed', () => {
    const units = unitsOf([['t']], () => 1);
    const result = assign(units, [
      { memberId: 'a', owned: [{ topic: 't', partition: 0 }], generationId: 3 },
      { memberId: 'b', owned: [{ topic: 't', partition: 0 }], generationId: 5 },
    ]);
    expect(result.get('b')!.length).toBe(1);
    expect(result.get('a')).toEqual([]);
  });

  test('settles: every partition has one owner, loads are even, and nothing moves without need', () => {
    const scene = fc.record({
      partitions: fc.integer({ min: 1, max: 12 }),
      members: fc.uniqueArray(fc.constantFrom('a', 'b', 'c', 'd', 'e'), { minLength: 1, maxLength: 5 }),
      owners: fc.array(fc.constantFrom('a', 'b', 'c', 'd', 'e', 'nobody'), { minLength: 12, maxLength: 12 }),
    });
    fc.assert(
      fc.property(scene, ({ partitions, members, owners }) => {
        const units = unitsOf([['x', 'y']], () => partitions);
        const start = members.map((memberId) => ({
          memberId,
          generationId: 1,
          owned: units.filter((_, i) => owners[i] === memberId).flatMap((unit) => unit.partitions),
        }));
        const { claims, rounds } = settle(units, start);
        expect(rounds).toBeLessThanOrEqual(3);
        const given = claims.flatMap((claim) => claim.owned.map(name)).sort();
        expect(given).toEqual(units.flatMap((unit) => unit.partitions.map(name)).sort());
        const loads = claims.map((claim) => claim.owned.length / 2);
        expect(Math.max(...loads) - Math.min(...loads)).toBeLessThanOrEqual(1);
        const most = Math.ceil(partitions / members.length);
        for (const claim of claims) {
          const before = start.find((s) => s.memberId === claim.memberId)!.owned;
          const keptUnits = before.filter((p) => claim.owned.some((o) => name(o) === name(p))).length / 2;
          expect(keptUnits).toBeGreaterThanOrEqual(Math.min(before.length / 2, most - 1));
        }
      }),
      { numRuns: 300 },
    );
  });
});

test('subscription and assignment come back as they were', () => {
  const owned = [
    { topic: 'a', partition: 1 },
    { topic: 'a', partition: 2 },
    { topic: 'ü', partition: 0 },
  ];
  expect(decodeSubscription(encodeSubscription({ topics: ['a', 'ü'], owned, generationId: 7 }))).toEqual({
    topics: ['a', 'ü'],
    owned,
    generationId: 7,
  });
  expect(decodeAssignment(encodeAssignment(owned))).toEqual(owned);
  expect(decodeAssignment(Buffer.alloc(0))).toEqual([]);
});
