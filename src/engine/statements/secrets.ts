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
    const uses = await SecretUses.of(services.connect);
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

/** ALTER SECRET: what refers to it begins anew with the new value. */
export async function alterSecret(statement: StatementOf<'AlterSecret'>, { services }: Call): Promise<Answer> {
  const name = await known(statement, services);
  checkUnused(name, statement.reset, await SecretUses.of(services.connect), statement.span);
  const taken = Object.fromEntries(statement.reset.map((key) => [key, null]));
  await services.secrets.change(name, { ...valuesOf(statement.properties), ...taken });
  return await changed(name, 'Altered secret', services);
}

/** DROP SECRET: refused while a connector refers to it. */
export async function dropSecret(statement: StatementOf<'DropSecret'>, { services }: Call): Promise<Answer> {
  if (statement.ifExists && (await services.secrets.find(statement.name)) === undefined)
    return { kind: 'warning_entity', message: `Secret ${statement.name} does not exist` };
  const name = await known(statement, services);
  const users = (await SecretUses.of(services.connect)).connectors(name);
  if (users.length > 0)
    throw new SluiceError('STATEMENT', `Cannot drop secret ${name}: connectors refer to it: ${users.join(', ')}`, {
      span: statement.span,
      hint: `ALTER CONNECTOR ${users[0]!} SET (…); gives a connector another value.`,
    });
  await services.secrets.drop(name);
  return { kind: 'secret_changed', secretName: name, message: `Dropped secret ${name}` };
}

/** SHOW SECRETS: names, keys and who refers to them; never a value. */
export async function listSecrets({ services }: Call): Promise<Answer> {
  const uses = await SecretUses.of(services.connect).catch(() => undefined);
  return {
    kind: 'secrets',
    secrets: (await services.secrets.list()).map(({ name, keys, changedAt }) => ({
      name,
      keys,
      usedBy: uses?.connectors(name) ?? [],
      changedAt,
    })),
    notes: uses === undefined ? ['Kafka Connect does not answer: who uses them is not known'] : [],
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

/** Keys that go must be referred to by nobody. */
function checkUnused(name: string, keys: readonly string[], uses: SecretUses, span: Span): void {
  for (const key of keys) {
    const users = uses.connectors(name, key);
    if (users.length === 0) continue;
    throw new SluiceError(
      'STATEMENT',
      `Cannot take ${key} from secret ${name}: connectors refer to it: ${users.join(', ')}`,
      {
        span,
        hint: `ALTER CONNECTOR ${users[0]!} SET (…); gives a connector another value.`,
      },
    );
  }
}

/** Connectors of the embedded worker take the new value up at once. */
async function changed(name: string, what: string, { connect }: Services): Promise<Answer> {
  const users = (await SecretUses.of(connect)).connectors(name);
  const reloaded = (await connect?.embedded?.reload(users)) ?? [];
  const others = users.filter((user) => !reloaded.includes(user));
  const notes = [
    ...(reloaded.length > 0 ? [`Began anew with the new values: ${reloaded.join(', ')}`] : []),
    ...(others.length > 0 && connect?.embedded === undefined
      ? [`The workers of the Connect cluster look references up themselves: ${others.join(', ')}`]
      : others.length > 0
        ? [`Take the new values up when they start: ${others.join(', ')}`]
        : []),
  ];
  return { kind: 'secret_changed', secretName: name, message: `${what} ${name}`, notes };
}

function valuesOf(properties: readonly ConnectorProperty[]): Readonly<Record<string, string>> {
  return Object.fromEntries(properties.map((p) => [p.key, p.value]));
}
