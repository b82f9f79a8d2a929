import type { Source } from '../../../catalog/source.ts';
import type { SinkStep, Step } from '../../steps/steps.ts';
import { codecOf } from '../from/source-step.ts';

/** The step that writes a query's result to its sink. */
export function sinkStep(sink: Source, source: Step): SinkStep {
  const values = sink.schema.value.filter((c) => c.role === 'VALUE');
  const columns = values.map((_, i) => i);
  const { timestamp } = sink;
  const isTable = source.relation === 'TABLE';
  return {
    kind: isTable ? 'TableSink' : 'StreamSink',
    name: sink.name,
    relation: source.relation,
    out: {
      key: sink.schema.key.map((c) => ({ name: c.name, type: c.type })),
      row: values.map((c) => ({ name: c.name, type: c.type })),
      window: source.out.window,
    },
    source,
    topic: sink.topic.name,
    codec: codecOf(sink),
    columns,
    timestamp: timestamp === undefined ? undefined : { ...timestamp, ...placeOf(sink, timestamp.column) },
    store: isTable && !endsInAggregate(source) ? `${sink.name}-Materialize` : undefined,
  };
}

function placeOf(sink: Source, column: string): { readonly rowIndex: number; readonly from: 'ROW' | 'KEY' } {
  const keyIndex = sink.schema.key.findIndex((c) => c.name === column);
  if (keyIndex >= 0) return { rowIndex: keyIndex, from: 'KEY' };
  return {
    rowIndex: sink.schema.value.filter((c) => c.role === 'VALUE').findIndex((c) => c.name === column),
    from: 'ROW',
  };
}

/** Whether only projections and filters lie between the step and an aggregate, whose store then serves pull queries. */
function endsInAggregate(step: Step): boolean {
  switch (step.kind) {
    case 'StreamAggregate':
    case 'StreamWindowedAggregate':
    case 'TableAggregate':
      return true;
    case 'TableFilter':
    case 'TableSelect':
      return endsInAggregate(step.source);
    default:
      return false;
  }
}
