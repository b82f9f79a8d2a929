import type { Identifier, Node } from './node.ts';

/** Statements on properties, variables and running queries. */
export type SessionStatement =
  | SetProperty
  | UnsetProperty
  | AlterSystem
  | DefineVariable
  | UndefineVariable
  | TerminateQuery
  | TerminateCluster
  | PauseQuery
  | ResumeQuery
  | RunScript;

export interface SetProperty extends Node {
  readonly kind: 'SetProperty';
  readonly name: string;
  readonly value: string;
}
export interface UnsetProperty extends Node {
  readonly kind: 'UnsetProperty';
  readonly name: string;
}
export interface AlterSystem extends Node {
  readonly kind: 'AlterSystem';
  readonly name: string;
  readonly value: string;
}
/** `name` is as written; variable names ignore case. */
export interface DefineVariable extends Node {
  readonly kind: 'DefineVariable';
  readonly name: string;
  readonly value: string;
}
export interface UndefineVariable extends Node {
  readonly kind: 'UndefineVariable';
  readonly name: string;
}
/** `query` is null for ALL. */
export interface TerminateQuery extends Node {
  readonly kind: 'TerminateQuery';
  readonly query: Identifier | null;
}
export interface TerminateCluster extends Node {
  readonly kind: 'TerminateCluster';
}
/** `query` is null for ALL. */
export interface PauseQuery extends Node {
  readonly kind: 'PauseQuery';
  readonly query: Identifier | null;
}
/** `query` is null for ALL. */
export interface ResumeQuery extends Node {
  readonly kind: 'ResumeQuery';
  readonly query: Identifier | null;
}
/** In test scripts only (ParseOptions.testStatements); a console reads its own `RUN SCRIPT` before it gets here. */
export interface RunScript extends Node {
  readonly kind: 'RunScript';
  readonly path: string;
}
