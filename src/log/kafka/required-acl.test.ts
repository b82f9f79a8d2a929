import { expect, test } from 'vitest';
import { kafkaError } from './protocol-error.ts';

const TOPIC = 29;
const GROUP = 30;
const CLUSTER = 31;
const TRANSACTIONAL_ID = 53;

test.each([
  [TOPIC, 'write to my-topic-3-0', "Write on Topic 'my-topic-3'"],
  [TOPIC, 'read in-12', "Read on Topic 'in'"],
  [TOPIC, "read the metadata of topic 'in'", "Describe on Topic 'in'"],
  [TOPIC, "create topic 'out'", "Create on Topic 'out'"],
  [TOPIC, "add partitions of a, b to the transaction of 't'", "Write on Topic 'a, b'"],
  [TOPIC, "add partitions to topic 'out'", "Alter on Topic 'out'"],
  [TOPIC, "commit offsets of in of group 'g' in the transaction of 't'", "Read on Topic 'in'"],
  [GROUP, "join group 'g'", "Read on Group 'g'"],
  [GROUP, "commit offsets of group 'g' in the transaction of 't'", "Read on Group 'g'"],
  [GROUP, "read the offsets of group 'g'", "Describe on Group 'g'"],
  [TRANSACTIONAL_ID, "begin writing as 't'", "Write on TransactionalId 't'"],
  [TRANSACTIONAL_ID, "commit the transaction of 't'", "Write on TransactionalId 't'"],
  [TRANSACTIONAL_ID, "find the coordinator of transaction 't'", "Describe on TransactionalId 't'"],
  [CLUSTER, 'get a producer id', 'IdempotentWrite on Cluster'],
])('a refusal names the ACL: %i, %s', (code, action, acl) => {
  expect(kafkaError(code, action)).toMatchObject({
    code: 'FORBIDDEN',
    message: expect.stringContaining(` The principal needs the ACL ${acl}.`),
    hint: expect.stringContaining(acl),
  });
});

test('other refusals name none', () => {
  expect(kafkaError(3, 'read in-0').message).not.toContain('ACL');
});
