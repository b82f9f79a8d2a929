/** An operation that a principal must be allowed, in the terms of `kafka-acls`. */
export interface RequiredAcl {
  readonly operation: string;
  /** `Topic`, `Group`, `TransactionalId`, `Cluster` */
  readonly resource: string;
  readonly name: string | undefined;
}

type Rule = readonly [action: RegExp, operation: string];

/**
 * The operation that each action needs on the refused resource, by the action's text.
 * https://kafka.apache.org/documentation/#operations_resources_and_protocols
 */
const RULES: Readonly<Record<string, { readonly resource: string; readonly rules: readonly Rule[] }>> = {
  TOPIC_AUTHORIZATION_FAILED: {
    resource: 'Topic',
    rules: [
      [/^write to (.+)-\d+$/, 'Write'],
      [/^add partitions of (.+) to the transaction/, 'Write'],
      [/^read the metadata of topic '(.+)'$/, 'Describe'],
      [/^find an offset of (.+)-\d+$/, 'Describe'],
      [/^create topic '(.+)'$/, 'Create'],
      [/^delete topic '(.+)'$/, 'Delete'],
      [/^delete records of (.+)-\d+$/, 'Delete'],
      [/^add partitions to topic '(.+)'$/, 'Alter'],
      [/^alter the configs of topic '(.+)'$/, 'AlterConfigs'],
      [/^commit offsets of (.+) of group '/, 'Read'],
      [/^read (.+)-\d+$/, 'Read'],
    ],
  },
  GROUP_AUTHORIZATION_FAILED: {
    resource: 'Group',
    rules: [
      [/^delete group '(.+)'$/, 'Delete'],
      [/^find the coordinator of group '(.+)'$/, 'Describe'],
      [/^read the offsets of group '(.+)'$/, 'Describe'],
      [/group '([^']+)'/, 'Read'],
    ],
  },
  TRANSACTIONAL_ID_AUTHORIZATION_FAILED: {
    resource: 'TransactionalId',
    rules: [
      [/^find the coordinator of transaction '(.+)'$/, 'Describe'],
      [/transaction of '(.+)'$/, 'Write'],
      [/^begin writing as '(.+)'$/, 'Write'],
      // The error for a batch does not name the topic.
      [/^write to/, 'Write'],
    ],
  },
  CLUSTER_AUTHORIZATION_FAILED: {
    resource: 'Cluster',
    rules: [
      [/^get a producer id$/, 'IdempotentWrite'],
      [/^write to/, 'IdempotentWrite'],
      [/^create topic/, 'Create'],
      [/^list groups$/, 'Describe'],
    ],
  },
};

/** The ACL that was missing when Kafka refused `action` with this error; undefined for other errors. */
export function requiredAcl(errorName: string, action: string): RequiredAcl | undefined {
  const kind = RULES[errorName];
  if (kind === undefined) return undefined;
  for (const [pattern, operation] of kind.rules) {
    const found = pattern.exec(action);
    if (found !== null)
      return { operation, resource: kind.resource, name: kind.resource === 'Cluster' ? undefined : found[1] };
  }
  return undefined;
}

/** `Write on Topic 'copy'` */
export function aclText({ operation, resource, name }: RequiredAcl): string {
  return `${operation} on ${resource}${name === undefined ? '' : ` '${name}'`}`;
}
