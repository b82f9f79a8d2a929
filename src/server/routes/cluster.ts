import type { HttpContext } from '../http-context.ts';

/** A single node: this one. */
export function clusterStatus(http: HttpContext): void {
  const { app } = http;
  const self = app.engine.services.serverUrl.replace(/^https?:\/\//, '');
  const queries = [...app.engine.catalog.queries.values()];
  http.sendJson(200, {
    clusterStatus: {
      [self]: {
        hostAlive: true,
        lastStatusUpdateMs: app.nowMs(),
        activeStandbyPerQuery: Object.fromEntries(
          queries.map((query) => {
            const positions = app.engine.services.queries.status(query.id)?.positions ?? [];
            return [
              query.id,
              {
                activeStores: [],
                activePartitions: positions.map(({ topic, partition }) => ({ topic, partition })),
                standByStores: [],
                standByPartitions: [],
              },
            ];
          }),
        ),
        hostStoreLags: { stateStoreLags: {}, updateTimeMs: 0 },
      },
    },
  });
}

export async function heartbeat(http: HttpContext): Promise<void> {
  await http.readJson();
  http.sendJson(200, { ok: true });
}

export async function lag(http: HttpContext): Promise<void> {
  await http.readJson();
  http.sendJson(200, { ok: true });
}
