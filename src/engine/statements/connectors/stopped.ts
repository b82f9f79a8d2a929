import { Backoff } from '../../../base/backoff.ts';
import { SluiceError } from '../../../base/errors.ts';
import { ConnectRequestError, type ConnectClient, type TargetState } from '../../../connect/client/api.ts';
import { connectError, guarded } from '../../../connect/client/errors.ts';
import type { Services } from '../../services.ts';

/** How long a connector may take to stop, in ms. */
const STOP_WAIT_MS = 30_000;

/**
 * Performs what Connect permits only for a stopped connector (offsets: KIP-875). STOPPED is reached some time after the
 * request, and a task may take longer to end: retries until then. @throws SluiceError
 */
export async function whileStopped<T>(
  connect: ConnectClient,
  name: string,
  services: Services,
  prefix: string,
  change: () => Promise<T>,
): Promise<T> {
  await guarded(() => connect.stop(name), 'Failed to stop connector: ');
  const deadline = services.env.clock.monotonicMs() + STOP_WAIT_MS;
  const backoff = new Backoff(50, 1000);
  for (;;) {
    const isOver = services.env.clock.monotonicMs() > deadline;
    const status = await connect.status(name).catch(() => undefined);
    if (status?.connector.state === 'STOPPED') {
      try {
        return await change();
      } catch (error) {
        if (isOver || !isTransient(error)) throw connectError(error, prefix);
      }
    } else if (isOver) throw new SluiceError('CONNECTOR', `${prefix}connector ${name} does not stop`);
    await services.env.timers.sleep(backoff.nextMs());
  }
}

/** Like `whileStopped`, and restores the connector's previous state at the end. */
export async function betweenRuns<T>(
  connect: ConnectClient,
  name: string,
  services: Services,
  prefix: string,
  change: () => Promise<T>,
): Promise<T> {
  const before = (await guarded(() => connect.status(name), prefix)).connector.state;
  try {
    return await whileStopped(connect, name, services, prefix, change);
  } finally {
    if (before !== 'STOPPED') await restore(connect, name, before === 'PAUSED' ? 'PAUSED' : 'RUNNING');
  }
}

export async function restore(connect: ConnectClient, name: string, state: TargetState): Promise<void> {
  const reach = { RUNNING: 'resume', PAUSED: 'pause', STOPPED: 'stop' } as const;
  await guarded(() => connect[reach[state]](name), `Failed to ${reach[state]} connector: `);
}

/** Connect responds like this while tasks are ending, or its workers are rebalancing. */
function isTransient(error: unknown): boolean {
  return (
    error instanceof ConnectRequestError &&
    (error.status === 409 || error.status >= 500 || /stopped state|zombie|running tasks/i.test(error.message))
  );
}
