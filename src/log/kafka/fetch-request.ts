import type { Offset, PartitionNumber } from '../../base/quantities.ts';
import { must } from '../../base/assert.ts';
import { WireReader, WireWriter } from './wire.ts';

/*
 * Fetch, versions 12 and 13 (key 1): the last that names topics, and the first that gives their ids (KIP-516), which a
 * topic that is created again under a name does not keep.
 *
 * Request => replica_id int32, max_wait_ms int32, min_bytes int32, max_bytes int32, isolation_level int8, session_id
 * int32, session_epoch int32, [topics], [forgotten_topics], rack_id string, tags topic => name string or id uuid,
 * [partitions], tags partition => index int32, current_leader_epoch int32, fetch_offset int64, last_fetched_epoch
 * int32, log_start_offset int64, partition_max_bytes int32, tags
 *
 * Response => throttle_time_ms int32, error_code int16, session_id int32, [topics], tags topic => name string or id
 * uuid, [partitions], tags partition => index int32, error_code int16, high_watermark int64, last_stable_offset int64,
 * log_start_offset int64, [aborted], preferred_read_replica int32, records bytes, tags aborted => producer_id int64,
 * first_offset int64, tags
 */
export const FETCH_KEY = 1;
export const FETCH_BY_NAME = 12;
export const FETCH_BY_ID = 13;

export interface FetchPartition {
  readonly topic: string;
  /** The topic's id; '' where the cluster has none. */
  readonly topicId: string;
  readonly partition: PartitionNumber;
  readonly leaderEpoch: number;
  readonly offset: Offset;
}

export interface FetchOptions {
  readonly maxWaitMs: number;
  readonly maxBytes: number;
  readonly maxPartitionBytes: number;
  readonly committed: boolean;
}

export interface FetchedPartition {
  /** The topic's name, or its id in responses by id. */
  readonly topic: string;
  readonly partition: PartitionNumber;
  readonly errorCode: number;
  readonly highWatermark: Offset;
  readonly lastStableOffset: number;
  readonly aborted: readonly { readonly producerId: bigint; readonly firstOffset: Offset }[];
  /** Where the record batches are in `bytes`. */
  readonly from: number;
  readonly to: number;
}

export interface FetchResponse {
  readonly throttleTimeMs: number;
  readonly errorCode: number;
  readonly bytes: Buffer;
  readonly partitions: readonly FetchedPartition[];
}

/** Encodes a request in version 12 or 13. */
export function encodeFetch(partitions: readonly FetchPartition[], options: FetchOptions, version: number): Buffer {
  const out = new WireWriter(256);
  out.writeInt32BE(-1);
  out.writeInt32BE(options.maxWaitMs);
  out.writeInt32BE(1);
  out.writeInt32BE(options.maxBytes);
  out.writeByte(options.committed ? 1 : 0);
  // Without an incremental fetch session: each request names all its partitions, which are few.
  out.writeInt32BE(0);
  out.writeInt32BE(-1);
  // In the given order, in which the broker fills its response. A topic may occur several times, as in the Java
  // client's requests.
  const runs = runsOfTopics(partitions);
  out.writeCompactCount(runs.length);
  for (const list of runs) {
    if (version === FETCH_BY_ID) out.writeUuid(must(list[0], 'partition').topicId);
    else out.writeCompactString(must(list[0], 'partition').topic);
    out.writeCompactCount(list.length);
    for (const { partition, leaderEpoch, offset } of list) {
      out.writeInt32BE(partition);
      out.writeInt32BE(leaderEpoch);
      out.writeInt53(offset);
      out.writeInt32BE(-1);
      out.writeInt53(-1);
      out.writeInt32BE(options.maxPartitionBytes);
      out.writeNoTags();
    }
    out.writeNoTags();
  }
  out.writeCompactCount(0);
  out.writeCompactString('');
  out.writeNoTags();
  return out.toBuffer();
}

function runsOfTopics(partitions: readonly FetchPartition[]): FetchPartition[][] {
  const runs: FetchPartition[][] = [];
  for (const partition of partitions) {
    const last = runs.at(-1);
    if (last?.[0]?.topic === partition.topic) last.push(partition);
    else runs.push([partition]);
  }
  return runs;
}

/** Decodes a response to `encodeFetch` of the same version. @throws SluiceError LOG_UNAVAILABLE for a malformed one */
export function decodeFetch(bytes: Buffer, version: number): FetchResponse {
  const reader = new WireReader(bytes);
  const throttleTimeMs = reader.int32();
  const errorCode = reader.int16();
  reader.int32();
  const partitions: FetchedPartition[] = [];
  for (let topics = reader.compactCount(); topics > 0; topics--) {
    const topic = version === FETCH_BY_ID ? reader.uuid() : (reader.compactString() ?? '');
    for (let topicsLeft = reader.compactCount(); topicsLeft > 0; topicsLeft--) {
      const partition = reader.int32();
      const partitionError = reader.int16();
      const highWatermark = reader.int53();
      const lastStableOffset = reader.int53();
      reader.int53();
      const aborted: { producerId: bigint; firstOffset: Offset }[] = [];
      for (let k = reader.compactCount(); k > 0; k--) {
        aborted.push({ producerId: reader.int64(), firstOffset: reader.int53() });
        reader.tags();
      }
      reader.int32();
      const size = reader.compactCount();
      const from = reader.at;
      reader.skip(size);
      partitions.push({
        topic,
        partition,
        errorCode: partitionError,
        highWatermark,
        lastStableOffset,
        aborted,
        from,
        to: from + size,
      });
      reader.tags();
    }
    reader.tags();
  }
  reader.tags();
  return { throttleTimeMs, errorCode, bytes, partitions };
}
