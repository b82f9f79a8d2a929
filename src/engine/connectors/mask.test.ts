import { expect, test } from 'vitest';
import type { ConnectClient } from '../../connect/client/api.ts';
import { maskConfig } from './mask.ts';

function cluster(pluginConfig: () => Promise<unknown>): ConnectClient {
  return { pluginConfig } as unknown as ConnectClient;
}

const CONFIG = {
  'connector.class': 'X',
  pin: '1234',
  'database.password': 'p',
  'transforms.a.api.key': 'k',
  'connection.url': 'jdbc:postgresql://u:secret@db/x?user=u&password=secret&ssl=true',
  reference: '${file:/etc/x:pin}',
  'database.user': 'u',
};

test('by the definitions of the plug-in, asked once; by names; in URLs', async () => {
  let asked = 0;
  const connect = cluster(() => {
    asked++;
    return Promise.resolve([
      { name: 'pin', type: 'PASSWORD' },
      { name: 'reference', type: 'PASSWORD' },
      { name: 'database.user', type: 'STRING' },
    ]);
  });
  const masked = {
    ...CONFIG,
    pin: '[hidden]',
    'database.password': '[hidden]',
    'transforms.a.api.key': '[hidden]',
    'connection.url': 'jdbc:postgresql://u:[hidden]@db/x?user=u&password=[hidden]&ssl=true',
  };
  expect(await maskConfig(connect, CONFIG)).toEqual(masked);
  expect(await maskConfig(connect, CONFIG)).toEqual(masked);
  expect(asked).toBe(1);
});

test('names must do where the cluster does not tell; it is asked again', async () => {
  let asked = 0;
  const connect = cluster(() =>
    asked++ === 0 ? Promise.reject(new Error('no')) : Promise.resolve([{ name: 'pin', type: 'PASSWORD' }]),
  );
  expect(await maskConfig(connect, CONFIG)).toMatchObject({ pin: '1234', 'database.password': '[hidden]' });
  expect(await maskConfig(connect, CONFIG)).toMatchObject({ pin: '[hidden]' });
});
