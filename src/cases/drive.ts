import type { PersistentQuery } from '../catalog/query.ts';
import { QueryDriver } from './query-driver.ts';
import type { QueryPlan } from '../plan/steps/steps.ts';
import type { World } from './world.ts';

/** Drives one persistent query record by record, using the tasks and codecs of production. */
export async function createDriver(
  query: PersistentQuery,
  world: World,
  properties: Readonly<Record<string, string>>,
): Promise<QueryDriver> {
  return await QueryDriver.create(query.plan as QueryPlan, world, properties);
}
