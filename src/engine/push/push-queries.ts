import type { QuerySummary } from '../results.ts';
import type { Services } from '../services.ts';

/** The push queries that run on this server. */
export class PushQueries {
  readonly services: Services;
  constructor(services: Services) {
    this.services = services;
  }
  list(): readonly QuerySummary[] {
    return [];
  }
  closeQuery(_id: string): boolean {
    return false;
  }
  async close(): Promise<void> {
    await Promise.resolve();
  }
}
