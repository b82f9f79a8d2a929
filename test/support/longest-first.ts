import { BaseSequencer, type TestSpecification } from 'vitest/node';

/** The slowest files, slowest first, as listed at the end of a run. */
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
 * Starts the slowest files first: when started last, they would run alone while the other processes are idle. Vitest
 * does the same by the durations of earlier runs, which a fresh clone does not have.
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
