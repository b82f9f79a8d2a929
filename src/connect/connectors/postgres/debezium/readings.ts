import { writtenText } from '../../../api/config-spec.ts';
import { SOURCE } from '../../database/source-keys.ts';
import { FORM } from './form-keys.ts';
import type { SourcePlugin } from '../../../api/connector.ts';
import { unfinishedReadings } from '../cdc/snapshot/unfinished-readings.ts';
import { splitName } from '../../database/table-names.ts';
import { topicName } from './names.ts';

/** Snapshots that have started but not finished, with their topics. */
export const readingsOf: NonNullable<SourcePlugin['readings']> = (config, offsets) =>
  unfinishedReadings(config, offsets).map((reading) => ({
    ...reading,
    topic: topicName(
      writtenText(config, SOURCE.topicPrefix),
      writtenText(config, FORM.topicDelimiter),
      splitName(reading.name),
    ),
  }));
