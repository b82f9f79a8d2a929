import type { Config, ConfigProblem } from '../../api/config-spec.ts';
import type { ProbeContext, SinkImplementation } from '../../api/connector.ts';
import { ConnectError } from '../../api/errors.ts';
import { messageOf } from '../../../base/errors.ts';
import { OneConfigSinkConnector } from '../internal/one-config-sink.ts';
import { formatKind, OBJECT_SINK } from '../objects/sink-keys.ts';
import { ObjectSinkTask } from '../objects/sink-task.ts';
import { probeBucket } from './probe.ts';
import { locationOf } from './location.ts';
import { S3Store } from './s3-store.ts';
import { S3_SINK } from './sink-keys.ts';

function location(config: Config) {
  const found = locationOf(config.raw, OBJECT_SINK.topicsDir.name, OBJECT_SINK.topicsDir.default ?? '');
  if (typeof found === 'string') throw new ConnectError(found);
  return found;
}

async function probe(config: Config, context: ProbeContext): Promise<readonly ConfigProblem[]> {
  try {
    // Write permission alone is sufficient.
    return await probeBucket(config, location(config), context, false);
  } catch (error) {
    return [{ key: 's3.bucket.name', message: messageOf(error) }];
  }
}

export const s3SinkImplementation: SinkImplementation = {
  probe,
  createConnector: () => new OneConfigSinkConnector(),
  createTask: () =>
    new ObjectSinkTask((config, env, signal) => {
      const { bucket, prefix } = location(config);
      const isGzip =
        config.get(S3_SINK.compressionType).toLowerCase() === 'gzip' &&
        formatKind(config.get(OBJECT_SINK.formatClass)) !== 'parquet';
      return {
        store: new S3Store(config, bucket, env, signal),
        folder: prefix,
        partBytes: config.get(S3_SINK.partSize),
        gzipLevel: isGzip ? config.get(S3_SINK.compressionLevel) : undefined,
      };
    }),
};
