import { SluiceClient } from '../../src/client/sluice-client.ts';
import { startSluice, type Sluice } from '../../src/main/compose.ts';
import { MemoryStore } from '../../src/store/memory-store.ts';
import { testEnv } from './env.ts';

/** A server in this process, with its data in memory and on a free port, and a client of it. */
export async function memoryServer(
  properties: Readonly<Record<string, string>> = {},
): Promise<{ readonly sluice: Sluice; readonly client: SluiceClient }> {
  const sluice = await startSluice({
    properties: { listeners: 'http://127.0.0.1:0', 'connect.listeners': '', ...properties },
    store: new MemoryStore(),
    env: testEnv(),
  });
  return { sluice, client: new SluiceClient({ url: sluice.url }) };
}
