import { protocolErrors, protocolErrorsCodesById } from './client-library.ts';
import { SluiceError, type ErrorCode } from '../../base/errors.ts';
import { Fenced } from '../api.ts';
import { aclText, requiredAcl } from './required-acl.ts';

/** Kafka's error codes that the log handles (https://kafka.apache.org/protocol#protocol_error_codes). */
export const KafkaCode = {
  NONE: 0,
  OFFSET_OUT_OF_RANGE: 1,
  CORRUPT_MESSAGE: 2,
  UNKNOWN_TOPIC_OR_PARTITION: 3,
  LEADER_NOT_AVAILABLE: 5,
  NOT_LEADER_OR_FOLLOWER: 6,
  REQUEST_TIMED_OUT: 7,
  REPLICA_NOT_AVAILABLE: 9,
  MESSAGE_TOO_LARGE: 10,
  COORDINATOR_LOAD_IN_PROGRESS: 14,
  COORDINATOR_NOT_AVAILABLE: 15,
  NOT_COORDINATOR: 16,
  RECORD_LIST_TOO_LARGE: 18,
  ILLEGAL_GENERATION: 22,
  UNKNOWN_MEMBER_ID: 25,
  REBALANCE_IN_PROGRESS: 27,
  TOPIC_AUTHORIZATION_FAILED: 29,
  TOPIC_ALREADY_EXISTS: 36,
  NOT_CONTROLLER: 41,
  OUT_OF_ORDER_SEQUENCE_NUMBER: 45,
  DUPLICATE_SEQUENCE_NUMBER: 46,
  INVALID_PRODUCER_EPOCH: 47,
  INVALID_TXN_STATE: 48,
  INVALID_PRODUCER_ID_MAPPING: 49,
  CONCURRENT_TRANSACTIONS: 51,
  TRANSACTION_COORDINATOR_FENCED: 52,
  OPERATION_NOT_ATTEMPTED: 55,
  KAFKA_STORAGE_ERROR: 56,
  UNKNOWN_PRODUCER_ID: 59,
  GROUP_ID_NOT_FOUND: 69,
  FENCED_LEADER_EPOCH: 74,
  UNKNOWN_LEADER_EPOCH: 75,
  OFFSET_NOT_AVAILABLE: 78,
  MEMBER_ID_REQUIRED: 79,
  FENCED_INSTANCE_ID: 82,
  UNSTABLE_OFFSET_COMMIT: 88,
  PRODUCER_FENCED: 90,
  UNKNOWN_TOPIC_ID: 100,
  INCONSISTENT_TOPIC_ID: 103,
  TRANSACTION_ABORTABLE: 120,
} as const;

export function kafkaErrorName(code: number): string {
  return (protocolErrorsCodesById as Record<number, string>)[code] ?? `error ${code}`;
}

/** Whether, according to Kafka, the same request may succeed later. */
export function isRetriableCode(code: number): boolean {
  // The library's table lacks the newest codes and classifies these three as final, which they are not for our
  // requests.
  if (
    code === KafkaCode.CONCURRENT_TRANSACTIONS ||
    code === KafkaCode.UNKNOWN_LEADER_EPOCH ||
    code === KafkaCode.FENCED_LEADER_EPOCH
  )
    return true;
  const name = (protocolErrorsCodesById as Record<number, string>)[code];
  return name !== undefined && (protocolErrors as Record<string, { canRetry: boolean }>)[name]?.canRetry === true;
}

/** Whether the client's metadata is outdated. */
export function isStaleMetadata(code: number): boolean {
  return (
    code === KafkaCode.UNKNOWN_TOPIC_OR_PARTITION ||
    code === KafkaCode.UNKNOWN_TOPIC_ID ||
    code === KafkaCode.INCONSISTENT_TOPIC_ID ||
    code === KafkaCode.LEADER_NOT_AVAILABLE ||
    code === KafkaCode.NOT_LEADER_OR_FOLLOWER ||
    code === KafkaCode.REPLICA_NOT_AVAILABLE ||
    code === KafkaCode.KAFKA_STORAGE_ERROR ||
    code === KafkaCode.FENCED_LEADER_EPOCH ||
    code === KafkaCode.UNKNOWN_LEADER_EPOCH ||
    code === KafkaCode.OFFSET_NOT_AVAILABLE
  );
}

/** Whether another node is the coordinator now, or this one is not ready. */
export function isCoordinatorMove(code: number): boolean {
  return code === KafkaCode.NOT_COORDINATOR || code === KafkaCode.COORDINATOR_NOT_AVAILABLE;
}

export function isFencing(code: number): boolean {
  return (
    code === KafkaCode.PRODUCER_FENCED ||
    code === KafkaCode.INVALID_PRODUCER_EPOCH ||
    code === KafkaCode.TRANSACTION_COORDINATOR_FENCED
  );
}

const CODES: Readonly<Record<string, ErrorCode>> = {
  UNKNOWN_TOPIC_OR_PARTITION: 'NOT_FOUND',
  UNKNOWN_TOPIC_ID: 'NOT_FOUND',
  GROUP_ID_NOT_FOUND: 'NOT_FOUND',
  TOPIC_ALREADY_EXISTS: 'CONFLICT',
  NON_EMPTY_GROUP: 'CONFLICT',
  MESSAGE_TOO_LARGE: 'RECORD_TOO_LARGE',
  RECORD_LIST_TOO_LARGE: 'RECORD_TOO_LARGE',
  CORRUPT_MESSAGE: 'LOG_CORRUPT',
  INVALID_TOPIC_EXCEPTION: 'REJECTED',
  INVALID_PARTITIONS: 'REJECTED',
  INVALID_REPLICATION_FACTOR: 'REJECTED',
  INVALID_CONFIG: 'REJECTED',
  INVALID_REQUEST: 'REJECTED',
  POLICY_VIOLATION: 'REJECTED',
  OFFSET_OUT_OF_RANGE: 'REJECTED',
  INVALID_TIMESTAMP: 'REJECTED',
  INVALID_RECORD: 'REJECTED',
  TOPIC_AUTHORIZATION_FAILED: 'FORBIDDEN',
  GROUP_AUTHORIZATION_FAILED: 'FORBIDDEN',
  CLUSTER_AUTHORIZATION_FAILED: 'FORBIDDEN',
  TRANSACTIONAL_ID_AUTHORIZATION_FAILED: 'FORBIDDEN',
};

/** Kafka answered with an error code. */
export class KafkaRefusal extends SluiceError {
  readonly kafkaCode: number;

  constructor(
    kafkaCode: number,
    action: string,
    serverMessage?: string | null,
    retriable = isRetriableCode(kafkaCode),
  ) {
    const name = kafkaErrorName(kafkaCode);
    const known = (protocolErrors as Record<string, { message: string }>)[name]?.message;
    const acl = requiredAcl(name, action);
    super(
      CODES[name] ?? 'LOG_UNAVAILABLE',
      `Cannot ${action}: ${name}: ${serverMessage ?? known ?? 'Kafka refused the request'}` +
        (acl === undefined ? '' : ` The principal needs the ACL ${aclText(acl)}.`),
      {
        retriable,
        ...(acl && { hint: `Allow ${aclText(acl)}; docs/operate/kafka.md lists the ACLs that a server needs.` }),
      },
    );
    this.kafkaCode = kafkaCode;
  }
}

/** The error for a code that Kafka answered with while we tried to `action`. */
export function kafkaError(code: number, action: string, serverMessage?: string | null): Error {
  if (isFencing(code)) {
    const name = kafkaErrorName(code);
    return new Fenced(
      `Cannot ${action}: ${name}: a younger writer of the same transactional id exists, or the transaction timed out`,
    );
  }
  return new KafkaRefusal(code, action, serverMessage);
}

/** The code that Kafka answered with; undefined for other errors. */
export function kafkaCodeOf(error: unknown): number | undefined {
  return error instanceof KafkaRefusal ? error.kafkaCode : undefined;
}
