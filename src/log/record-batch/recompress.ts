import { setChecksum } from './batch-header.ts';
import { CODECS, type CodecName, decompress } from './compression.ts';
import { ATTRIBUTES_AT, CODEC_MASK, HEADER_BYTES, LENGTH_AT, PREFIX_BYTES } from './layout.ts';

/**
 * The batch under the codec that the topic's `compression.type` requires; undefined when it has that codec already, or
 * the topic leaves the choice to the producer.
 */
export function recompress(batch: Buffer, compressionType: string | undefined): Buffer | undefined {
  if (compressionType === undefined || compressionType === 'producer') return undefined;
  const codec = CODECS[compressionType === 'uncompressed' ? 'none' : (compressionType as CodecName)];
  const attributes = batch.readInt16BE(ATTRIBUTES_AT);
  if ((attributes & CODEC_MASK) === codec.id) return undefined;
  const records = codec.compress(decompress(attributes & CODEC_MASK, batch.subarray(HEADER_BYTES)));
  const out = Buffer.concat([batch.subarray(0, HEADER_BYTES), records]);
  out.writeInt32BE(out.length - PREFIX_BYTES, LENGTH_AT);
  out.writeInt16BE((attributes & ~CODEC_MASK) | codec.id, ATTRIBUTES_AT);
  setChecksum(out);
  return out;
}
