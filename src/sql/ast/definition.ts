import type { Literal } from './expressions.ts';
import type { Identifier, Node } from './node.ts';
import type { Query } from './query.ts';
import type { TypeSyntax } from './types.ts';

export type SourceType = 'STREAM' | 'TABLE';

/** Statements that define, change and drop streams, tables and types. */
export type DefinitionStatement = CreateSource | CreateSourceAs | AlterSource | DropSource | CreateType | DropType;

/** CREATE [OR REPLACE] [SOURCE] STREAM|TABLE [IF NOT EXISTS] name [(columns)] WITH (...). */
export interface CreateSource extends Node {
  readonly kind: 'CreateSource';
  readonly sourceType: SourceType;
  readonly orReplace: boolean;
  readonly ifNotExists: boolean;
  /** CREATE SOURCE STREAM|TABLE: read-only. */
  readonly readOnly: boolean;
  readonly name: Identifier;
  /** Empty without a column list: the columns are inferred. */
  readonly columns: readonly ColumnDefinition[];
  readonly properties: readonly Property[];
}
/** CREATE [OR REPLACE] STREAM|TABLE [IF NOT EXISTS] name [WITH (...)] AS SELECT. */
export interface CreateSourceAs extends Node {
  readonly kind: 'CreateSourceAs';
  readonly sourceType: SourceType;
  readonly orReplace: boolean;
  readonly ifNotExists: boolean;
  readonly name: Identifier;
  readonly properties: readonly Property[];
  readonly query: Query;
}
export interface ColumnDefinition extends Node {
  readonly kind: 'ColumnDefinition';
  readonly name: Identifier;
  readonly type: TypeSyntax;
  /** HEADERS takes all headers; HEADER the one named by `headerKey`. */
  readonly role: 'VALUE' | 'KEY' | 'PRIMARY KEY' | 'HEADERS' | 'HEADER';
  readonly headerKey: string | null;
}
/** One entry of WITH (...). `name` is upper-cased where it was not quoted; property names ignore case. */
export interface Property extends Node {
  readonly kind: 'Property';
  readonly name: string;
  readonly value: Literal;
}
/** ALTER STREAM|TABLE name ADD [COLUMN] a INT, ... */
export interface AlterSource extends Node {
  readonly kind: 'AlterSource';
  readonly sourceType: SourceType;
  readonly name: Identifier;
  readonly columns: readonly ColumnDefinition[];
}
export interface DropSource extends Node {
  readonly kind: 'DropSource';
  readonly sourceType: SourceType;
  readonly ifExists: boolean;
  readonly name: Identifier;
  readonly deleteTopic: boolean;
}
export interface CreateType extends Node {
  readonly kind: 'CreateType';
  readonly ifNotExists: boolean;
  readonly name: Identifier;
  readonly type: TypeSyntax;
}
export interface DropType extends Node {
  readonly kind: 'DropType';
  readonly ifExists: boolean;
  readonly name: Identifier;
}
