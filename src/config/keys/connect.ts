import { from, group, guard, query, server } from '../server-key.ts';

/** The embedded Connect worker, and external Connect clusters. */
export const CONNECT_KEYS = group(
  'Connect',
  {
    high: ['connectUrl'],
    medium: [
      'connectListeners',
      'pluginPath',
      'connectAllowedPaths',
      'connectAllowedEnvironment',
      'connectWorkerConfig',
      'connectBasicAuthCredentialsSource',
      'connectBasicAuthCredentialsFile',
      'connectUnknownSettings',
    ],
  },
  {
    connectUrl: guard(
      server(
        'ksql.connect.url',
        'LIST',
        null,
        'URLs of a Kafka Connect cluster; without it the embedded worker is used.',
      ),
    ),
    connectListeners: guard(
      server(
        'connect.listeners',
        'LIST',
        'http://127.0.0.1:8083',
        'Addresses of the embedded worker’s REST API, http:// or https://; empty turns it off. Default: `listeners` of ksql.connect.worker.config, where it has any.',
      ),
    ),
    pluginPath: guard(
      server(
        'plugin.path',
        'LIST',
        null,
        'Modules, folders of modules, or packages with further connectors, transforms, predicates and converters (docs/guide/plugins.md). Each connector of theirs runs in a thread of its own, and each class of the others in one for each task.',
      ),
    ),
    pluginWatch: server(
      'plugin.watch',
      'BOOLEAN',
      'false',
      'Whether changed files of plugin.path are loaded anew while the server runs, for the development of plug-ins: connectors that use them start again. Packages are not watched.',
    ),
    connectAllowedPaths: guard(
      server(
        'connect.allowed.paths',
        'LIST',
        '',
        'Folders below which connectors of the embedded worker may read and write files, and references like `${file:PATH:KEY}` and `${dir:PATH:FILE}` be looked up. Default: `files` in the data folder.',
      ),
    ),
    connectAllowedEnvironment: guard(
      server(
        'connect.allowed.environment',
        'STRING',
        'CONNECT_.*',
        'Which variables of the environment `${env:NAME}` in settings of connectors may stand for: a regular expression for the whole name.',
      ),
    ),
    connectWorkerConfig: guard(
      server(
        'ksql.connect.worker.config',
        'STRING',
        null,
        'Properties file of a Connect worker: its converters are those of connectors that name none.',
      ),
    ),
    connectBasicAuthCredentialsSource: server(
      'ksql.connect.basic.auth.credentials.source',
      'STRING',
      'NONE',
      'NONE or FILE.',
      ['NONE', 'FILE'],
    ),
    connectBasicAuthCredentialsFile: server(
      'ksql.connect.basic.auth.credentials.file',
      'STRING',
      null,
      'File with `username=` and `password=`.',
    ),
    connectRequestTimeoutMs: from(
      1,
      server('ksql.connect.request.timeout.ms', 'LONG', '5000', 'Time-out of a call to Connect, in ms.'),
    ),
    connectResolveSecrets: guard(
      server(
        'ksql.connect.resolve.secrets',
        'LIST',
        '',
        'Providers (secret, vault, env, file, dir) whose references, such as `${secret:NAME:KEY}`, this server looks up in settings of the connectors of a Connect cluster; the others go to it as they are written. What they stand for then lies in clear in the cluster’s configuration topic.',
      ),
    ),
    connectPollingEnable: server(
      'ksql.connect.polling.enable',
      'BOOLEAN',
      'true',
      'Declare sources for the topics of blessed connectors as they appear.',
    ),
    connectUnknownSettings: query(
      'ksql.connect.unknown.settings',
      'STRING',
      'error',
      'What CREATE and ALTER CONNECTOR do about settings that the connector does not know: error, warn or ignore. On a Connect cluster, error is warn.',
      ['error', 'warn', 'ignore'],
    ),
    connectRestShowPasswords: guard(
      server(
        'connect.rest.show.passwords',
        'BOOLEAN',
        'false',
        'Whether the embedded worker’s REST API shows passwords of connectors, as Kafka Connect’s does; else `[hidden]`. SQL never does.',
      ),
    ),
    pluginMemoryMaxBytes: from(
      1,
      server(
        'plugin.memory.max.bytes',
        'LONG',
        '536870912',
        'Memory that a thread with code from plugin.path may use, in bytes: of its heap, and as much of buffers outside of it. Beyond, it is ended and its tasks fail.',
      ),
    ),
    pluginStallMs: server(
      'plugin.stall.ms',
      'LONG',
      '30000',
      'How long code from plugin.path may keep its thread without coming back to the event loop, in ms. Beyond, the thread is ended and its tasks fail.',
    ),
  },
);
