import type { Env } from '../../base/env.ts';
import type { ConnectClient } from '../client/api.ts';
import { Herder, type WorkerOptions } from './herder.ts';
import { listenConnectRest } from './http.ts';
import { inProcessClient } from './in-process-client.ts';
import { LoggerLevels } from './logger-levels.ts';
import { handleRest, type RestRequest, type RestResponse } from './rest.ts';

/** The embedded worker as main sees it. */
export interface ConnectWorker {
  readonly client: ConnectClient;
  readonly herder: Herder;
  /** Answers one request of Connect's REST API; for listeners that main owns. */
  handle(request: RestRequest): Promise<RestResponse>;
  /** Serves the REST API on a port of its own. Resolves to the port. @throws the socket's error */
  listen(port: number, host?: string): Promise<number>;
  /** Stops the listener, then every connector, then the store. The log stays open. */
  close(): Promise<void>;
}

/** Starts the worker, and with it every connector that its store knows. */
export async function startConnectWorker(options: WorkerOptions): Promise<ConnectWorker> {
  const levels = new LoggerLevels(options.env.clock);
  const logger = levels.filter(options.env.logger);
  const env: Env = { ...options.env, logger };
  const herder = await Herder.start({ ...options, env });
  const rest = { herder, logger, levels, url: `http://${options.workerId}` };
  let server: Awaited<ReturnType<typeof listenConnectRest>> | undefined;
  return {
    client: inProcessClient(herder),
    herder,
    handle: (request) => handleRest(request, rest),
    listen: async (port, host) => {
      server = await listenConnectRest(rest, port, host);
      const address = server.address();
      return typeof address === 'object' && address !== null ? address.port : port;
    },
    close: async () => {
      const listening = server;
      server = undefined;
      if (listening) {
        listening.closeAllConnections();
        await new Promise<void>((resolve) => listening.close(() => resolve()));
      }
      await herder.close();
    },
  };
}
