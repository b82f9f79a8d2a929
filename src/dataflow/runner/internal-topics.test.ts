import { expect, test } from 'vitest';
import type { LogAdmin } from '../../log/api.ts';
import { internalTopicPrefix } from '../names.ts';
import { deleteTopicsOf } from './internal-topics.ts';

test("a query's topics go, and not those of one whose name goes on behind a hyphen", async () => {
  const of = (query: string): string => `${internalTopicPrefix('s_', query)}Aggregate-changelog`;
  const names = new Set([of('CTAS_A_1'), of('CTAS_A_1-B_2'), of('CTAS_A_10'), 'a']);
  const admin = {
    listTopics: async () => [...names].map((name) => ({ name })),
    deleteTopic: async (name: string) => void names.delete(name),
  } as unknown as LogAdmin;
  await deleteTopicsOf(admin, 's_', 'CTAS_A_1', ['CTAS_A_1', 'CTAS_A_1-B_2', 'CTAS_A_10']);
  expect([...names]).toEqual([of('CTAS_A_1-B_2'), of('CTAS_A_10'), 'a']);
});
