import { retold } from '../../base/quoting.ts';
import { textsOf } from '../task/problem-texts.ts';
import * as names from '../names.ts';
import { FatalRecord, type RecordProblems } from '../task/record-input.ts';
import { showRow } from '../rows.ts';
import type { BuildEnv } from './graph.ts';

/** Reports records and rows that a step cannot handle to the processing log. */
export function problemsOf({ log, context, queryId, settings }: BuildEnv, stepName: string): RecordProblems {
  const logger = names.processingLogger(queryId, stepName);
  return {
    undecodable: (error, columns, i, side) => {
      log.write({
        logger: `${logger}.deserializer`,
        type: 'DESERIALIZATION_ERROR',
        ...textsOf(retold(error), error),
        side,
        record: (side === 'key' ? columns.key(i) : columns.value(i))?.toString('base64'),
        topic: context.topic,
        partition: context.partition,
        offset: context.offset,
      });
      if (!settings.failOnUnreadable) return;
      const at = `${context.topic}-${context.partition}@${context.offset}`;
      throw new FatalRecord(
        retold(
          error,
          (text) =>
            `The ${side} of record ${at} cannot be read, and ksql.fail.on.deserialization.error is true: ${text}`,
        ),
        error,
      );
    },
    skipped: (message, row) => {
      log.write({
        logger,
        type: 'RECORD_PROCESSING_ERROR',
        ...textsOf(message),
        record: showRow(row),
        topic: context.topic,
        partition: context.partition,
        offset: context.offset,
      });
    },
  };
}
