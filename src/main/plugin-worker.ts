/**
 * The entry point of a thread that runs a connector from `plugin.path`. The thread may be terminated at any moment, so
 * it opens no store: the worker accesses the log and the offsets in its own thread.
 */
import { parentPort, receiveMessageOnPort, workerData } from 'node:worker_threads';
import { SILENT_LOGGER } from '../base/env.ts';
import type { Outcome, ThreadData, ToThread } from '../connect/plugins/messages.ts';
import { servePlugin } from '../connect/plugins/serve.ts';
import { nodeEnv } from '../host/node-env.ts';

const { specifier, className, answers, counters, beatMs } = workerData as ThreadData;
const port = parentPort!;

servePlugin(
  {
    counters: new Int32Array(counters),
    beatMs,
    send: (message) => port.postMessage(message),
    receive: () => receiveMessageOnPort(answers)?.message as Outcome | undefined,
    onMessage: (handler) => port.on('message', (message) => handler(message as ToThread)),
    bufferBytes: () => process.memoryUsage().arrayBuffers,
  },
  { env: nodeEnv(SILENT_LOGGER), importModule: () => import(specifier) as Promise<unknown>, className },
);
