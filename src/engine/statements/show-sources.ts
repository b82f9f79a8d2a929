import type { Source } from '../../catalog/source.ts';
import type { StatementOf } from '../../sql/ast/statement.ts';
import type { ResultBody } from '../results.ts';
import type { SourceSummary } from '../source-results.ts';
import type { Services } from '../services.ts';
import { describeSource } from './source-description.ts';

/** SHOW STREAMS | TABLES [EXTENDED], by name. */
export async function listSources(statement: StatementOf<'ListSources'>, services: Services): Promise<ResultBody> {
  const sources = sourcesOf(services, statement.sourceType);
  if (statement.extended) {
    return {
      kind: 'source_descriptions',
      descriptions: await Promise.all(sources.map((s) => describeSource(s, services, { extended: true }))),
    };
  }
  return { kind: statement.sourceType === 'STREAM' ? 'streams' : 'tables', sources: sources.map(summary) };
}

/** Sources of one kind, by name. */
export function sourcesOf(services: Services, kind: Source['kind']): Source[] {
  return [...services.catalog.current.sources.values()]
    .filter((s) => s.kind === kind)
    .toSorted((a, b) => (a.name < b.name ? -1 : 1));
}

function summary(source: Source): SourceSummary {
  return {
    type: source.kind,
    name: source.name,
    topic: source.topic.name,
    keyFormat: source.topic.keyFormat.format,
    valueFormat: source.topic.valueFormat.format,
    isWindowed: source.topic.window !== undefined,
  };
}
