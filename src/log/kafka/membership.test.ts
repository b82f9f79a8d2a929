import { expect, test } from 'vitest';
import { Membership, MembershipLost } from './membership.ts';

test('has a generation to commit with from the first join to the loss', () => {
  const membership = new Membership(undefined);
  expect(() => membership.generationId).toThrow(MembershipLost);
  membership.update('member-1', 0);
  expect(membership.generationId).toBe(0);
  membership.update('member-1', 3);
  expect(membership.generationId).toBe(3);
  membership.end();
  expect(() => membership.generationId).toThrow(MembershipLost);
});
