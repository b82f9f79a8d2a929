import { expect, test } from 'vitest';
import { decodeSubscription, encodeSubscription } from '../../log/kafka/consumer-protocol.ts';
import { memberOf, memberText } from './query-member.ts';

const subscription = { topics: ['a', 'b'], owned: [{ topic: 'a', partition: 3 }], generationId: 7 };

test('a member tells the group its server and thread, beside what it owns', () => {
  const userData = memberText('https://one.example:8088', 2);
  const seen = decodeSubscription(encodeSubscription({ ...subscription, userData }));
  expect(seen).toEqual({ ...subscription, userData });
  expect(memberOf(seen.userData)).toEqual({ server: 'one.example:8088', thread: 2 });
  expect(memberOf(memberText('http://[::1]:8088', undefined))).toEqual({ server: '[::1]:8088', thread: null });
});

test('one that says nothing, or something else, is none of ours', () => {
  expect(decodeSubscription(encodeSubscription(subscription))).toEqual(subscription);
  for (const text of [undefined, '', 'text', '{}', '[1]']) expect(memberOf(text)).toBeUndefined();
});
