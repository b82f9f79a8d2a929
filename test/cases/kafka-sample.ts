import type { Case } from '../../src/cases/case-file.ts';

/** Features in which Kafka may differ from the embedded log: state, order between topics, windows, internal topics. */
const KINDS: readonly ((testCase: Case) => boolean)[] = [
  (c) => c.file.startsWith('fk-'),
  (c) => c.features.some((f) => f.startsWith('join-')) && !c.file.startsWith('fk-'),
  (c) => c.features.some((f) => f.startsWith('window-') || f === 'emit-final'),
  (c) => c.features.includes('aggregate-function'),
  (c) => c.features.includes('group-by') || c.features.includes('partition-by'),
  (c) => c.features.includes('insert-into-select') || c.features.includes('drop'),
];

export interface KafkaRun {
  readonly testCase: Case;
  /** See OnKafka. */
  readonly moves: boolean;
  readonly partitions: number;
}

/** Cases whose expected results more than one partition would change: stream time, offsets, instances of functions. */
const ONE_PARTITION: readonly ((testCase: Case) => boolean)[] = [
  (c) =>
    c.features.some((f) =>
      /^(window-|windowed-|emit-final|join-within|grace-period|rowpartition-|insert-values)/.test(f),
    ),
  (c) => c.category === 'peer-test-udf',
];
const PARTITIONS = 3;

/**
 * The cases that also run on Kafka: the first of each file and, of each of the kinds above, `perKind` cases, evenly
 * spread in the order of the suite; or all cases. Of the cases of these kinds, every second one moves, and the others
 * have several partitions when they permit it.
 */
export function kafkaSample(cases: readonly Case[], perKind: number | 'all'): readonly KafkaRun[] {
  const chosen =
    perKind === 'all' ? cases : [...firstOfFiles(cases), ...KINDS.flatMap((k) => spread(cases.filter(k), perKind))];
  const isChosen = new Set(chosen);
  let moves = false;
  return cases
    .filter((testCase) => isChosen.has(testCase))
    .map((testCase) => {
      if (!isAny(KINDS, testCase)) return { testCase, moves: false, partitions: 1 };
      moves = !moves;
      return { testCase, moves, partitions: moves || isAny(ONE_PARTITION, testCase) ? 1 : PARTITIONS };
    });
}

function isAny(rules: readonly ((testCase: Case) => boolean)[], testCase: Case): boolean {
  return rules.some((rule) => rule(testCase));
}

function firstOfFiles(cases: readonly Case[]): readonly Case[] {
  const files = new Set<string>();
  return cases.filter(({ file }) => !files.has(file) && files.add(file));
}

/** `count` items of a list at equal distances, including the first. */
function spread<T>(list: readonly T[], count: number): readonly T[] {
  if (list.length <= count) return list;
  return Array.from({ length: count }, (_, i) => list[Math.floor((i * list.length) / count)]!);
}
