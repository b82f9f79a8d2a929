import { afterAll, beforeAll } from 'vitest';
import { HttpSchemaRegistry } from '../../src/formats/schema-registry/client.ts';
import { describeWithServers } from '../support/servers/available.ts';
import { startRegistry, type RegistryServer } from '../support/servers/registry.ts';
import { registrySuite } from '../support/registry-suite.ts';

/** The client with a third-party registry. */
describeWithServers('HttpSchemaRegistry on Apicurio', () => {
  let server: RegistryServer;
  let registry: HttpSchemaRegistry;
  beforeAll(async () => {
    server = await startRegistry();
    registry = new HttpSchemaRegistry({
      urls: server.url,
      fetch,
      sleep: (ms) => new Promise((resolve) => setTimeout(resolve, ms)),
    });
  });
  afterAll(async () => {
    await server.stop();
  });
  registrySuite(() => registry);
});
