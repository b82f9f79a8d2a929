import { mkdtempSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import path from 'node:path';
import { afterEach, expect, test } from 'vitest';
import { testEnv } from '../../test/support/env.ts';
import { startVault, type VaultServer } from '../../test/support/vault-server.ts';
import { serverConfig } from '../config/server-config.ts';
import { vaultOf } from './vault.ts';

let vault: VaultServer;
afterEach(async () => {
  await vault.close();
});

async function open(settings: Record<string, string>, leaseSeconds?: number) {
  vault = await startVault(leaseSeconds);
  vault.secrets.set('secret/app/db', { password: 'p1', port: 5432 });
  return vaultOf(serverConfig({ 'vault.address': vault.url, ...settings }), testEnv())!;
}

const logins = (): number => vault.requests.filter((r) => r.path.endsWith('/login')).length;

test('a token: values, what is not there, what is not allowed', async () => {
  const read = await open({ 'vault.token': 'root', 'vault.allowed.paths': 'secret/app/.*' });
  expect(await read('secret/app/db', 'password')).toEqual({ value: 'p1' });
  expect(await read('secret/app/db', 'port')).toEqual({ value: '5432' });
  expect(await read('secret/app/db', 'pasword')).toEqual({
    missing: 'secret/app/db in the vault has no key pasword: it has password, port',
  });
  expect(await read('secret/app/none', 'x')).toEqual({ missing: 'the vault has nothing at secret/app/none' });
  vault.secrets.set('secret/app/gone', null);
  expect(await read('secret/app/gone', 'x')).toEqual({ missing: 'the vault has nothing at secret/app/gone' });
  expect(await read('secret/other', 'x')).toEqual({
    missing: 'secret/other is not for connectors (vault.allowed.paths)',
  });
  const asked = vault.requests.length;
  expect(await read('secret/app/../other', 'x')).toEqual({ missing: 'secret/app/../other is no MOUNT/PATH' });
  expect(vault.requests.length).toBe(asked);
});

test('AppRole: one login for many reads, another when the token is refused', async () => {
  const read = await open({
    'vault.auth.method': 'approle',
    'vault.role.id': 'role-1',
    'vault.secret.id': 'secret-id-1',
  });
  for (let i = 0; i < 3; i++) expect(await read('secret/app/db', 'password')).toEqual({ value: 'p1' });
  expect(logins()).toBe(1);
  vault.tokens.clear();
  vault.secrets.set('secret/app/db', { password: 'p2' });
  expect(await read('secret/app/db', 'password')).toEqual({ value: 'p2' });
  expect(logins()).toBe(2);
});

test('Kubernetes: the token of the pod; one that ends soon is replaced before', async () => {
  const file = path.join(mkdtempSync(path.join(tmpdir(), 'vault-')), 'token');
  writeFileSync(file, 'pod-token\n');
  const read = await open(
    { 'vault.auth.method': 'kubernetes', 'vault.role': 'sluice', 'vault.kubernetes.token.file': file },
    0.002,
  );
  await read('secret/app/db', 'password');
  await new Promise((resolve) => setTimeout(resolve, 5));
  expect(await read('secret/app/db', 'password')).toEqual({ value: 'p1' });
  expect(logins()).toBe(2);
});

test('a token of an agent is read from its file each time', async () => {
  const file = path.join(mkdtempSync(path.join(tmpdir(), 'vault-')), 'token');
  writeFileSync(file, 'root\n');
  const read = await open({ 'vault.token.file': file });
  expect(await read('secret/app/db', 'password')).toEqual({ value: 'p1' });
  vault.tokens.delete('root');
  vault.tokens.add('next');
  writeFileSync(file, 'next\n');
  expect(await read('secret/app/db', 'password')).toEqual({ value: 'p1' });
});

test('what it refuses is told in its words, and what may pass is known', async () => {
  const wrong = await open({ 'vault.auth.method': 'approle', 'vault.role.id': 'role-1', 'vault.secret.id': 'bad' });
  await expect(wrong('secret/app/db', 'password')).rejects.toThrow(
    'The vault refused logging in by approle: invalid role or secret ID (400)',
  );
  await vault.close();
  const read = await open({ 'vault.token': 'root' });
  vault.isSealed = true;
  await expect(read('secret/app/db', 'password')).rejects.toMatchObject({
    message: 'The vault refused reading secret/app/db: Vault is sealed (503)',
    retriable: true,
  });
  expect(() => vaultOf(serverConfig({ 'vault.address': 'vault:8200' }), testEnv())).toThrow('not an http or https URL');
});
