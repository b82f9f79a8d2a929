import { SluiceError } from '../../base/errors.ts';
import type { Span } from '../../base/span.ts';
import { didYouMean } from '../../base/suggest.ts';
import type { ConnectorProperty } from '../../sql/ast/connectors.ts';
import type { StatementOf } from '../../sql/ast/statement.ts';
import { isSame, SecretUses } from '../secrets/users.ts';
import type { Services } from '../services.ts';
import type { Answer, Call } from './call.ts';

type Changing = StatementOf<'CreateSecret' | 'AlterSecret' | 'DropSecret'>;

/** CREATE [OR REPLACE] SECRET: executed by the server that received it, and on no log. */
export async function createSecret(statement: StatementOf<'CreateSecret'>, { services }: Call): Promise<Answer> {
  const { name, properties, span } = statement;
  if (properties.length === 0)
    throw new SluiceError('STATEMENT', `Secret ${name} would have no keys`, {
      span,
      hint: `CREATE SECRET ${name} WITH (password='…');`,
    });
  const { secrets } = services;
  const known = await secrets.find(name);
  if (known !== undefined && statement.ifNotExists)
    return { kind: 'warning_entity', message: `Secret ${known} already exists` };
  if (known !== undefined && !statement.orReplace)
    throw new SluiceError('CONFLICT', `Secret ${known} already exists`, {
      span,
      hint: `ALTER SECRET ${name} SET (…); changes some of its keys, CREATE OR REPLACE SECRET all.`,
    });
  if (known !== undefined) {
    const uses = await SecretUses.of(services);
    checkUnused(
      known,
      uses.keys(known).filter((key) => !properties.some((p) => isSame(p.key, key))),
      uses,
      span,
    );
  }
  await secrets.put(known ?? name, valuesOf(properties));
  return await changed(known ?? name, known === undefined ? 'Created secret' : 'Replaced secret', services);
}

/** ALTER SECRET: whatever refers to it restarts with the new value. */
export async function alterSecret(statement: StatementOf<'AlterSecret'>, { services }: Call): Promise<Answer> {
  const name = await known(statement, services);
  checkUnused(name, statement.reset, await SecretUses.of(services), statement.span);
  const taken = Object.fromEntries(statement.reset.map((key) => [key, null]));
  await services.secrets.change(name, { ...valuesOf(statement.properties), ...taken });
  return await changed(name, 'Altered secret', services);
}

/** DROP SECRET: refused while a connector refers to it. */
export async function dropSecret(statement: StatementOf<'DropSecret'>, { services }: Call): Promise<Answer> {
  if (statement.ifExists && (await services.secrets.find(statement.name)) === undefined)
    return { kind: 'warning_entity', message: `Secret ${statement.name} does not exist` };
  const name = await known(statement, services);
  const uses = await SecretUses.of(services);
  const users = uses.users(name);
  if (users.length > 0)
    throw new SluiceError('STATEMENT', `Cannot drop secret ${name}: it is used by ${users.join(', ')}`, {
      span: statement.span,
      hint: otherValue(users),
    });
  if (uses.unknown.length > 0)
    throw new SluiceError('STATEMENT', `Cannot drop secret ${name}: ${uses.unknown.join('. ')}`, {
      span: statement.span,
    });
  await services.secrets.drop(name);
  return { kind: 'secret_changed', secretName: name, message: `Dropped secret ${name}` };
}

/** SHOW SECRETS: names, keys and who refers to them; never a value. */
export async function listSecrets({ services }: Call): Promise<Answer> {
  const uses = await SecretUses.of(services);
  return {
    kind: 'secrets',
    secrets: (await services.secrets.list()).map(({ name, keys, changedAt }) => ({
      name,
      keys,
      usedBy: uses.users(name),
      changedAt,
    })),
    notes: uses.unknown,
  };
}

async function known(statement: Changing, { secrets }: Services): Promise<string> {
  const found = await secrets.find(statement.name);
  if (found !== undefined) return found;
  const names = (await secrets.list()).map((s) => s.name);
  throw new SluiceError('NOT_FOUND', `Secret ${statement.name} does not exist`, {
    span: statement.span,
    hint: didYouMean(statement.name, names) ?? 'SHOW SECRETS; lists the secrets.',
  });
}

/** Removed keys must not be referred to. */
function checkUnused(name: string, keys: readonly string[], uses: SecretUses, span: Span): void {
  for (const key of keys) {
    const users = uses.users(name, key);
    if (users.length === 0) continue;
    throw new SluiceError('STATEMENT', `Cannot take ${key} from secret ${name}: it is used by ${users.join(', ')}`, {
      span,
      hint: otherValue(users),
    });
  }
}

/** Connectors use the new value at once, unless they are set not to. */
async function changed(name: string, what: string, services: Services): Promise<Answer> {
  const uses = await SecretUses.of(services);
  const reloaded = await uses.reload(name);
  const others = uses.users(name).filter((user) => !reloaded.includes(user));
  const notes = [
    ...(reloaded.length > 0 ? [`Began anew with the new values: ${reloaded.join(', ')}`] : []),
    ...(others.length > 0 ? [`Take the new values up when they start: ${others.join(', ')}`] : []),
    ...uses.unknown,
  ];
  return { kind: 'secret_changed', secretName: name, message: `${what} ${name}`, notes };
}

function otherValue(users: readonly string[]): string {
  const connector = users.find((user) => !user.startsWith('CONNECT CLUSTER'));
  if (connector === undefined) return 'CREATE OR REPLACE CONNECT CLUSTER gives a cluster another login.';
  const [name, cluster] = connector.split(' IN CLUSTER ');
  return `ALTER CONNECTOR ${name!} SET (…)${cluster === undefined ? '' : ` IN CLUSTER ${cluster}`}; gives a connector another value.`;
}

function valuesOf(properties: readonly ConnectorProperty[]): Readonly<Record<string, string>> {
  return Object.fromEntries(properties.map((p) => [p.key, p.value]));
}
