import { describe } from 'vitest';
import { registrySuite } from '../../../test/support/registry-suite.ts';
import { HttpSchemaRegistry } from './client.ts';
import { MemorySchemaRegistry } from './memory-registry.ts';
import { createRegistryHandler } from './rest.ts';

describe('in memory', () => {
  const registry = new MemorySchemaRegistry();
  registrySuite(() => registry);
});

describe('our REST API through our client', () => {
  const handle = createRegistryHandler(new MemorySchemaRegistry());
  const client = new HttpSchemaRegistry({
    urls: 'http://registry',
    sleep: async () => {},
    fetch: async (url, init) => {
      const answer = await handle(
        init.method,
        url.slice('http://registry'.length),
        init.body === undefined ? undefined : JSON.parse(init.body),
      );
      return { status: answer.status, text: async () => JSON.stringify(answer.body) };
    },
  });
  registrySuite(() => client);
});
