import { messageOf } from '../../../base/errors.ts';
import type { Config, ConfigProblem, RawConfig } from '../../api/config-spec.ts';
import type {
  ProbeContext,
  SourceConnector,
  SourceConnectorContext,
  SourceImplementation,
} from '../../api/connector.ts';
import { ConnectError } from '../../api/errors.ts';
import type { OffsetMap } from '../../api/record.ts';
import { OBJECT_SOURCE } from '../objects/source-keys.ts';
import { checkProgress, ObjectSourceTask, readSettingsOf, TASK_PART } from '../objects/source-task.ts';
import { locationOf } from './location.ts';
import { probeBucket } from './probe.ts';
import { S3Store } from './s3-store.ts';
import { S3_SOURCE } from './source-keys.ts';

function location(config: Config): { readonly bucket: string; readonly prefix: string } {
  const found = locationOf(config.raw, S3_SOURCE.folder.name, '');
  if (typeof found === 'string') throw new ConnectError(found);
  return { bucket: found.bucket, prefix: found.prefix === '' ? '' : `${found.prefix}/` };
}

async function probe(config: Config, context: ProbeContext): Promise<readonly ConfigProblem[]> {
  try {
    return await probeBucket(config, location(config), context, true);
  } catch (error) {
    return [{ key: 's3.bucket.name', message: messageOf(error) }];
  }
}

class S3SourceConnector implements SourceConnector {
  #raw: RawConfig = {};

  async start(config: Config, context: SourceConnectorContext): Promise<void> {
    this.#raw = config.raw;
    const topic = config.get(OBJECT_SOURCE.topic);
    const { schema } = readSettingsOf(config);
    context.declareTopic({
      topic,
      entity: topic,
      keySchema: null,
      keyColumns: [],
      isTable: false,
      valueSchema: schema,
    });
  }

  /** Each object belongs to one task, by its key. */
  async taskConfigs(maxTasks: number): Promise<readonly RawConfig[]> {
    return Array.from({ length: maxTasks }, (_, i) => ({ ...this.#raw, [TASK_PART]: `${i}/${maxTasks}` }));
  }

  async stop(): Promise<void> {}

  alterOffsets(
    config: Config,
    offsets: readonly { readonly partition: OffsetMap; readonly offset: OffsetMap | null }[],
  ): void {
    const place = location(config);
    for (const { partition, offset } of offsets) {
      const { bucket, key, ...more } = partition;
      if (typeof key !== 'string' || typeof bucket !== 'string' || Object.keys(more).length > 0)
        throw new ConnectError(
          `A partition of this source is {"bucket":"…","key":"…"}, and not ${JSON.stringify(partition)}`,
        );
      if (offset === null) continue;
      if (bucket !== place.bucket || !key.startsWith(place.prefix))
        throw new ConnectError(
          `There is no partition ${JSON.stringify(partition)}: the source reads s3://${place.bucket}/${place.prefix}`,
        );
      checkProgress(offset);
    }
  }
}

export const s3SourceImplementation: SourceImplementation = {
  probe,
  createConnector: () => new S3SourceConnector(),
  createTask: () =>
    new ObjectSourceTask((config, env, signal) => {
      const place = location(config);
      return { ...place, store: new S3Store(config, place.bucket, env, signal) };
    }),
};
