import type { FormatInfo } from '../../formats/api.ts';
import type { PlanContext } from '../context.ts';
import { findFormat } from '../serde/topic-formats.ts';
import type { RowColumn, Step } from '../steps/steps.ts';
import { mapInputs } from '../steps/walk.ts';

/**
 * Chooses a value format for each internal topic that can hold its row, when the columns are known: that of the source
 * it comes from, otherwise JSON, AVRO or PROTOBUF_NOSR. Properties of a user's schema (its id, its name) belong to the
 * source topic only.
 */
export function settleInternalFormats(step: Step, context: PlanContext): Step {
  const settled = mapInputs(step, (input) => settleInternalFormats(input, context));
  if (settled.kind !== 'Repartition') return settled;
  const valueFormat = holding(ownValue(settled.codec.valueFormat), settled.out.row, context);
  return { ...settled, codec: { ...settled.codec, valueFormat, valueFeatures: [] } };
}

function ownValue(info: FormatInfo): FormatInfo {
  const { schemaId: _id, subjectName: _subject, fullSchemaName: _name, ...properties } = info.properties;
  return { format: info.format, properties };
}

function holding(preferred: FormatInfo, row: readonly RowColumn[], context: PlanContext): FormatInfo {
  const others = ['JSON', 'AVRO', 'PROTOBUF_NOSR'].map((format): FormatInfo => ({ format, properties: {} }));
  const fits = ({ format }: FormatInfo): boolean => {
    try {
      findFormat(context, format).validateSchema({ columns: row, features: [], isKey: false });
      return true;
    } catch {
      return false;
    }
  };
  return [preferred, ...others].find(fits) ?? preferred;
}
