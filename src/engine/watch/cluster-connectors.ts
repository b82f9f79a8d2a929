import { messageOf } from '../../base/errors.ts';
import { answerOf } from '../connect-clusters/in-cluster.ts';
import { look } from '../connector-state/look.ts';
import type { Picture } from '../connector-state/picture.ts';
import type { Services } from '../services.ts';

/** The last information from a cluster of CREATE CONNECT CLUSTER. */
export interface ClusterAnswer {
  readonly cluster: string;
  readonly connectors: readonly Picture[];
  /** Why the last request failed; earlier information is kept. */
  readonly problem: string | undefined;
}

/** How long an answer is used before a cluster is asked again, in ms. */
const FRESH_MS = 3000;

/**
 * The connectors of other Connect clusters. A cluster is asked concurrently, so that one that does not answer delays
 * nobody.
 */
export class ClusterConnectors {
  readonly #answers = new Map<string, ClusterAnswer & { readonly atMs: number }>();
  readonly #asking = new Set<string>();

  /** Returns what is known, and requests outdated information again. */
  async latest(services: Services): Promise<readonly ClusterAnswer[]> {
    const { clusters, env } = services;
    const names = await clusters.names();
    for (const name of this.#answers.keys()) if (!names.includes(name)) this.#answers.delete(name);
    for (const name of names) {
      const known = this.#answers.get(name);
      if (this.#asking.has(name)) continue;
      if (known !== undefined && env.clock.monotonicMs() - known.atMs < FRESH_MS) continue;
      this.#asking.add(name);
      void this.#ask(name, services).finally(() => this.#asking.delete(name));
    }
    return [...this.#answers.values()];
  }

  async #ask(cluster: string, services: Services): Promise<void> {
    let connectors = this.#answers.get(cluster)?.connectors ?? [];
    let problem: string | undefined;
    try {
      const client = await services.clusters.client(cluster);
      const pictures = await Promise.all(
        Object.values(await client.list()).flatMap(({ info, status }) =>
          status === undefined ? [] : [look(client, status, info, [], services)],
        ),
      );
      connectors = answerOf(pictures, cluster);
    } catch (error) {
      problem = messageOf(error).replace(/\n.*/s, '');
    }
    this.#answers.set(cluster, { cluster, connectors, problem, atMs: services.env.clock.monotonicMs() });
  }
}
