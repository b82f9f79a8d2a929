import type { Column } from '../types/schema.ts';
import type { SqlType } from '../types/sql-type.ts';
import type { PersistentQuery } from './query.ts';
import type { Source, SourceKind } from './source.ts';

/**
 * Changes of the catalog as plain data: the planner creates them, the command log stores them, and `Catalog.apply`
 * executes them.
 */
export type Ddl = CreateSource | DropSource | AlterSource | RegisterType | DropType;

export interface CreateSource {
  readonly kind: 'CreateSource';
  readonly source: Source;
  readonly orReplace: boolean;
}

/** DROP STREAM or DROP TABLE; `deleteTopic`: also delete the source's topic. */
export interface DropSource {
  readonly kind: 'DropSource';
  readonly name: string;
  readonly sourceKind: SourceKind;
  readonly deleteTopic: boolean;
}

/** ALTER ... ADD COLUMN: value columns to append. */
export interface AlterSource {
  readonly kind: 'AlterSource';
  readonly name: string;
  readonly sourceKind: SourceKind;
  readonly columns: readonly Column[];
}

/** CREATE TYPE. */
export interface RegisterType {
  readonly kind: 'RegisterType';
  readonly name: string;
  readonly type: SqlType;
}

export interface DropType {
  readonly kind: 'DropType';
  readonly name: string;
}

/** Changes of the set of queries. */
export type QueryChange =
  | { readonly kind: 'AddQuery'; readonly query: PersistentQuery }
  | { readonly kind: 'RemoveQuery'; readonly id: string }
  | { readonly kind: 'SetQueryState'; readonly id: string; readonly state: PersistentQuery['state'] };
