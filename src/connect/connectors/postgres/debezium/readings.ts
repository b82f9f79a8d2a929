import type { SourcePlugin } from '../../../api/connector.ts';
import { unfinishedReadings } from '../cdc/snapshot/unfinished-readings.ts';
import { splitName } from '../../database/table-names.ts';
import { topicName } from './names.ts';

/** First readings that are not over, with the topics that they go to. */
export const readingsOf: NonNullable<SourcePlugin['readings']> = (config, offsets) =>
  unfinishedReadings(config, offsets).map((reading) => ({
    ...reading,
    topic: topicName(config['topic.prefix'] ?? '', config['topic.delimiter'] ?? '.', splitName(reading.name)),
  }));
