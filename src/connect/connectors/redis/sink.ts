import { tlsProblem, topicsOf } from '../internal/probing.ts';
import { invalidSetting, writtenText, type Config, type ConfigProblem } from '../../api/config-spec.ts';
import { messageOf } from '../../../base/errors.ts';
import type { Choice, ChoiceContext, SinkImplementation } from '../../api/connector.ts';
import { RetriableError } from '../../api/errors.ts';
import { AccessRefused } from '../internal/access-refused.ts';
import { OneConfigSinkConnector } from '../internal/one-config-sink.ts';
import { RedisServer } from './server.ts';
import { SINK, topicPlans, type RedisType } from './sink-keys.ts';
import { RedisSinkTask } from './sink-task.ts';

/** Types whose commands only some servers have. */
const MODULES: Partial<Readonly<Record<RedisType, readonly [command: string, where: string]>>> = {
  JSON: ['JSON.SET', 'Redis 8, Redis Stack, or one with the module ReJSON'],
  TIMESERIES: ['TS.ADD', 'Redis 8, Redis Stack, or one with the module RedisTimeSeries'],
};

/** Whether the server is reachable, accepts the login, and has the database and the commands of the types. */
async function probe(config: Config): Promise<readonly ConfigProblem[]> {
  let server: RedisServer;
  try {
    server = new RedisServer(config);
  } catch (error) {
    return [tlsProblem(error, SINK.uri)];
  }
  try {
    await server.ask(['PING']);
    const planOf = topicPlans(config.raw);
    const problems: ConfigProblem[] = [];
    for (const type of new Set([planOf('').type, ...topicsOf(config).map((topic) => planOf(topic).type)])) {
      const [command, where] = MODULES[type] ?? [];
      if (command === undefined) continue;
      const [known] = (await server.ask(['COMMAND', 'INFO', command])) as readonly unknown[];
      if (known === null || known === undefined)
        problems.push(
          invalidSetting(SINK.type.name, type, `the server has no command ${command}: ${where ?? ''} has it`),
        );
    }
    return problems;
  } catch (error) {
    const { name } = server.address;
    const reason = messageOf(error);
    if (error instanceof AccessRefused)
      // The login is accepted but some commands are denied: whether the task needs them will be seen there.
      return /NOPERM/.test(reason) ? [] : [invalidSetting(SINK.password.name, '[hidden]', reason)];
    if (/DB index is out of range|SELECT is not allowed/i.test(reason))
      return [invalidSetting(SINK.database.name, String(server.database), reason)];
    return [invalidSetting(SINK.uri.name, name, error instanceof RetriableError ? reason : `${name}: ${reason}`)];
  } finally {
    server.close();
  }
}

/** The types of records, for the answer of CREATE. */
async function choose(config: Config, _context: ChoiceContext): Promise<Choice> {
  const planOf = topicPlans(config.raw);
  const separator = writtenText(config.raw, SINK.separator);
  const notes = topicsOf(config).map((topic) => {
    const { type, key } = planOf(topic);
    const name = key.replaceAll('${topic}', topic);
    const ofRecord = name.includes('${') ? name : name === '' ? 'KEY' : `${name}${separator}KEY`;
    switch (type) {
      case 'HASH':
      case 'STRING':
      case 'JSON':
        return `A record of topic ${topic} is the ${type === 'JSON' ? 'document' : type.toLowerCase()} ${ofRecord}`;
      case 'STREAM':
        return `A record of topic ${topic} is an entry of the stream ${name}`;
      case 'TIMESERIES':
        return `A record of topic ${topic} is a sample of the time series ${name}`;
      case 'LIST':
      case 'SET':
      case 'ZSET':
        return `A record of topic ${topic} is a member of the ${type === 'ZSET' ? 'sorted set' : type.toLowerCase()} ${name}`;
    }
  });
  return { settings: {}, notes };
}

export const redisSinkImplementation: SinkImplementation = {
  probe,
  choose,
  createConnector: () => new OneConfigSinkConnector(),
  createTask: () => new RedisSinkTask(),
};
