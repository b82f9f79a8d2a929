import { from, group, server } from '../server-key.ts';

/** The sources of secrets. */
export const SECRET_KEYS = group(
  'Secrets and Vault',
  { high: [], medium: ['secretsKeyFile', 'vaultAddress', 'vaultAuthMethod', 'vaultAllowedPaths'] },
  {
    secretsKeyFile: server(
      'secrets.key.file',
      'STRING',
      null,
      'File of mode 0600 with the key that encrypts secrets and the passwords of connectors: 32 bytes in base64; more lines are earlier keys. Default: `secrets.key` in the data folder, made at the first start; on Kafka none, for all servers of a service need the same: there is no CREATE SECRET without it.',
    ),
    vaultAddress: server(
      'vault.address',
      'STRING',
      null,
      'URL of a HashiCorp Vault for `${vault:MOUNT/PATH:KEY}` in settings of connectors: secrets of a KV engine, version 2.',
    ),
    vaultAuthMethod: server('vault.auth.method', 'STRING', 'token', 'How the server logs in to Vault.', [
      'token',
      'approle',
      'kubernetes',
    ]),
    vaultAllowedPaths: server(
      'vault.allowed.paths',
      'STRING',
      '.*',
      'Which `MOUNT/PATH` references may name: a regular expression for the whole of it. What the policy of the server’s token allows is the outer bound.',
    ),
    vaultNamespace: server('vault.namespace', 'STRING', null, 'Namespace of Vault Enterprise or HCP Vault.'),
    vaultAuthMount: server(
      'vault.auth.mount',
      'STRING',
      null,
      'Where the auth method is mounted in Vault. Default: its name.',
    ),
    vaultToken: server('vault.token', 'PASSWORD', null, 'Token for `vault.auth.method=token`.'),
    vaultTokenFile: server(
      'vault.token.file',
      'STRING',
      null,
      'File that holds the token, as Vault’s agent writes it; read anew at each use.',
    ),
    vaultRoleId: server('vault.role.id', 'STRING', null, 'Role id for `vault.auth.method=approle`.'),
    vaultSecretId: server('vault.secret.id', 'PASSWORD', null, 'Secret id for `vault.auth.method=approle`.'),
    vaultSecretIdFile: server('vault.secret.id.file', 'STRING', null, 'File that holds the secret id.'),
    vaultRole: server('vault.role', 'STRING', null, 'Role for `vault.auth.method=kubernetes`.'),
    vaultKubernetesTokenFile: server(
      'vault.kubernetes.token.file',
      'STRING',
      '/var/run/secrets/kubernetes.io/serviceaccount/token',
      'Token of the pod’s service account for `vault.auth.method=kubernetes`.',
    ),
    vaultRequestTimeoutMs: from(
      1,
      server('vault.request.timeout.ms', 'INT', '5000', 'How long an answer of Vault may take, in ms.'),
    ),
  },
);
