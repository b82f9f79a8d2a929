import { BaseSequencer, type TestSpecification } from 'vitest/node';

/** The files that take longest, longest first, as the list at the end of a run names them. */
const LONGEST = [
  'kafka-exactly-once',
  'kafka-operation',
  'suite-on-kafka',
  'cdc-crash',
  'connect-opensearch',
  'log-kafka-cluster',
  'connect-cluster',
  'web-console',
  'crash',
  'connect-cluster-statements',
  'kafka-causes',
  'log-kafka-java',
];

/**
 * Begins with the longest files: one that came last would run alone while the other processes have nothing to do. A
 * fresh clone knows no durations of earlier runs, by which Vitest would do the same.
 */
export class LongestFirst extends BaseSequencer {
  override async sort(files: TestSpecification[]): Promise<TestSpecification[]> {
    const rank = ({ moduleId }: TestSpecification): number => {
      const at = LONGEST.findIndex((name) => moduleId.endsWith(`/${name}.test.ts`));
      return at === -1 ? LONGEST.length : at;
    };
    return (await super.sort(files)).toSorted((a, b) => rank(a) - rank(b));
  }
}
