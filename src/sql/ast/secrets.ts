import type { ConnectorProperty } from './connectors.ts';
import type { Node } from './node.ts';

export type SecretStatement = CreateSecret | AlterSecret | DropSecret | ListSecrets;

/** A name upper-cased like any identifier, where it is not quoted. */
interface Named extends Node {
  readonly name: string;
}

/** CREATE [OR REPLACE] SECRET [IF NOT EXISTS] name WITH (key='…', …). */
export interface CreateSecret extends Named {
  readonly kind: 'CreateSecret';
  readonly orReplace: boolean;
  readonly ifNotExists: boolean;
  readonly properties: readonly ConnectorProperty[];
}
/** ALTER SECRET name SET (key='…', …) | RESET (key, …): the given keys are changed or removed, the others stay. */
export interface AlterSecret extends Named {
  readonly kind: 'AlterSecret';
  readonly properties: readonly ConnectorProperty[];
  readonly reset: readonly string[];
}
/** DROP SECRET [IF EXISTS] name. */
export interface DropSecret extends Named {
  readonly kind: 'DropSecret';
  readonly ifExists: boolean;
}
/** SHOW SECRETS: names and keys, never a value. */
export interface ListSecrets extends Node {
  readonly kind: 'ListSecrets';
}
