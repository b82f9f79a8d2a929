import { RuleCheck, writtenText, type ConfigProblem, type RawConfig } from '../../api/config-spec.ts';
import { isSluiceError, messageOf } from '../../../base/errors.ts';
import { findZone } from '../../../types/zone.ts';
import type { SqlSource } from '../../api/connector.ts';
import { partitionerKind, timeFolders } from './folder-words.ts';
import { formatKind, OBJECT_SINK } from './sink-keys.ts';

/** Checks the rules between settings. */
export function checkObjectSink(config: RawConfig): ConfigProblem[] {
  const check = new RuleCheck(config);
  const kind = partitionerKind(check.text(OBJECT_SINK.partitionerClass));
  if (kind === 'field' && check.text(OBJECT_SINK.partitionFieldName) === '')
    check.missing(OBJECT_SINK.partitionFieldName, 'the partitioner makes folders of fields');
  const path = check.text(OBJECT_SINK.pathFormat);
  const zone = check.text(OBJECT_SINK.timezone);
  if (kind === 'time' && path === '')
    check.missing(
      OBJECT_SINK.pathFormat,
      "the partitioner makes folders of times, such as 'year'=YYYY/'month'=MM/'day'=dd",
    );
  else if (kind === 'time' && findZone(zone) !== undefined) {
    try {
      timeFolders('time', { path, durationMs: 1, zone }).pattern(0);
    } catch (error) {
      if (!isSluiceError(error)) throw error;
      check.refuse(OBJECT_SINK.pathFormat, messageOf(error));
    }
  }
  const isWriting = check.choice(OBJECT_SINK.nullValues) === 'write';
  if (isWriting && check.choice(OBJECT_SINK.recordKeyColumns) !== 'true')
    check.refuse(OBJECT_SINK.nullValues, 'the row of a key needs its columns: record.key.columns=true');
  if (isWriting && formatKind(check.text(OBJECT_SINK.formatClass)) === 'bytes')
    check.refuse(OBJECT_SINK.nullValues, 'files of bytes have no rows to say it in');
  return check.problems;
}

/**
 * Defaults of a sink that is created with `sources='A'`: it writes rows with all their columns, and the deleted rows of
 * tables.
 */
export function objectSourcesDefaults(sources: readonly SqlSource[], config: RawConfig): Record<string, string> {
  const isTable = sources.some((s) => s.isTable && s.hasKey);
  const isBytes = formatKind(writtenText(config, OBJECT_SINK.formatClass)) === 'bytes';
  return {
    ...(!isBytes && { [OBJECT_SINK.recordKeyColumns.name]: 'true' }),
    [OBJECT_SINK.nullValues.name]: isTable && !isBytes ? 'write' : 'ignore',
    [OBJECT_SINK.timeFormat.name]: 'iso',
    [OBJECT_SINK.decimalFormat.name]: 'NUMERIC',
    [OBJECT_SINK.timestampExtractor.name]: 'Record',
  };
}
