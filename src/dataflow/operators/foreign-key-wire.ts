import { ByteWriter } from '../../base/byte-writer.ts';
import type { RecordColumns } from '../../log/record-batch/columns.ts';
import { createRowCodec, type RowCodec } from '../../state/row-codec.ts';
import type { Key, Row } from '../../types/row.ts';
import { BOOLEAN, BYTES, INTEGER, struct, type SqlType } from '../../types/sql-type.ts';
import type { RecordContext } from '../task/record-context.ts';
import type { TopicOutput } from '../task/output.ts';
import type { RecordInput } from '../task/record-input.ts';
import type { KeyWriter } from '../task/topic-codec.ts';
import type {
  ForeignKeyLeft,
  ForeignKeyRight,
  ResponseOut,
  Subscription,
  SubscriptionAction,
  SubscriptionOut,
} from './foreign-key-join.ts';

/**
 * The two internal topics of a foreign-key join. Subscription: the key is the foreign key in the right table's key
 * format, which determines the partition; the value is [action, partition of the left task, hash, foreign key, left
 * key]. Response: written to the given partition rather than by key; the value is [hash, whether there is a right row,
 * right row, left key]. Values use the row codec.
 */
function asStruct(types: readonly SqlType[]): SqlType {
  return struct(types.map((type, i) => ({ name: `F${i}`, type })));
}

function subscriptionCodec(foreignKeyTypes: readonly SqlType[], leftKeyTypes: readonly SqlType[]): RowCodec {
  return createRowCodec([INTEGER, INTEGER, BYTES, asStruct(foreignKeyTypes), asStruct(leftKeyTypes)]);
}

function responseCodec(rightTypes: readonly SqlType[], leftKeyTypes: readonly SqlType[]): RowCodec {
  return createRowCodec([BYTES, BOOLEAN, asStruct(rightTypes), asStruct(leftKeyTypes)]);
}

export class SubscriptionWriter implements SubscriptionOut {
  readonly #keys: KeyWriter;
  readonly #codec: RowCodec;
  readonly #output: TopicOutput;
  readonly #value = new ByteWriter(256);

  constructor(
    keys: KeyWriter,
    foreignKeyTypes: readonly SqlType[],
    leftKeyTypes: readonly SqlType[],
    output: TopicOutput,
  ) {
    this.#keys = keys;
    this.#codec = subscriptionCodec(foreignKeyTypes, leftKeyTypes);
    this.#output = output;
  }

  send({ action, partition, hash, foreignKey, leftKey }: Subscription, timestamp: number): void {
    const value = this.#value;
    value.reset();
    this.#codec.write([action, partition, hash, foreignKey, leftKey], value);
    this.#output.add(timestamp, this.#keys, this.#keys.write(foreignKey), value);
  }
}

export class SubscriptionInput implements RecordInput {
  readonly #codec: RowCodec;
  readonly #right: ForeignKeyRight;

  constructor(foreignKeyTypes: readonly SqlType[], leftKeyTypes: readonly SqlType[], right: ForeignKeyRight) {
    this.#codec = subscriptionCodec(foreignKeyTypes, leftKeyTypes);
    this.#right = right;
  }

  process(columns: RecordColumns, i: number): void {
    const [action, partition, hash, foreignKey, leftKey] = this.#codec.read(columns.buffer, columns.valueStart[i]!);
    this.#right.subscribe(
      {
        action: action as SubscriptionAction,
        partition: partition as number,
        hash: hash as Uint8Array | null,
        foreignKey: foreignKey as Key,
        leftKey: leftKey as Key,
      },
      columns.timestamp[i]!,
    );
  }
}

export class ResponseWriter implements ResponseOut {
  readonly #codec: RowCodec;
  readonly #output: TopicOutput;
  readonly #context: RecordContext;
  readonly #value = new ByteWriter(256);

  constructor(
    rightTypes: readonly SqlType[],
    leftKeyTypes: readonly SqlType[],
    output: TopicOutput,
    context: RecordContext,
  ) {
    this.#codec = responseCodec(rightTypes, leftKeyTypes);
    this.#output = output;
    this.#context = context;
  }

  send(partition: number, leftKey: Key, hash: Uint8Array | null, right: Row | null, timestamp: number): void {
    const value = this.#value;
    value.reset();
    this.#codec.write([hash, right !== null, right, leftKey], value);
    this.#output.addTo(partition, timestamp, null, -1, value.bytes, 0, value.length, this.#context.headers);
  }
}

export class ResponseInput implements RecordInput {
  readonly #codec: RowCodec;
  readonly #left: ForeignKeyLeft;

  constructor(rightTypes: readonly SqlType[], leftKeyTypes: readonly SqlType[], left: ForeignKeyLeft) {
    this.#codec = responseCodec(rightTypes, leftKeyTypes);
    this.#left = left;
  }

  process(columns: RecordColumns, i: number): void {
    const [hash, , right, leftKey] = this.#codec.read(columns.buffer, columns.valueStart[i]!);
    this.#left.answer(leftKey as Key, hash as Uint8Array | null, right as Row | null, columns.timestamp[i]!);
  }
}
