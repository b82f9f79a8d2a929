import type { FormatInfo } from '../../formats/api.ts';
import type { PlanContext } from '../context.ts';
import { findFormat } from '../serde/topic-formats.ts';
import type { RowColumn, Step } from '../steps/steps.ts';

/**
 * Gives each internal topic a value format that can hold its row, once it is known what travels: the one of the source it comes from,
 * else JSON, AVRO or PROTOBUF_NOSR. A user's schema (its id, its name) is the source topic's alone.
 */
export function settleInternalFormats(step: Step, context: PlanContext): Step {
  switch (step.kind) {
    case 'StreamSource':
    case 'TableSource':
    case 'WindowedStreamSource':
    case 'WindowedTableSource':
      return step;
    case 'StreamStreamJoin':
    case 'StreamTableJoin':
    case 'TableTableJoin':
    case 'ForeignKeyTableTableJoin':
      return {
        ...step,
        left: settleInternalFormats(step.left, context),
        right: settleInternalFormats(step.right, context),
      };
    case 'Repartition': {
      const source = settleInternalFormats(step.source, context);
      const valueFormat = holding(ownValue(step.codec.valueFormat), step.out.row, context);
      return { ...step, source, codec: { ...step.codec, valueFormat, valueFeatures: [] } };
    }
    default:
      return { ...step, source: settleInternalFormats(step.source, context) } as Step;
  }
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
