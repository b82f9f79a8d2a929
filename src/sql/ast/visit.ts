import { assert } from '../../base/assert.ts';
import type { ColumnDefinition, Property } from './definition.ts';
import type { ConnectorName, ConnectorProperty } from './connectors.ts';
import type { CaseBranch, Expression, MapEntry, StructEntry } from './expressions.ts';
import type { Identifier, Node } from './node.ts';
import type { AliasedSource, Duration, From, Join, SelectItem, SortItem, Window, Within } from './query.ts';
import type { Statement } from './statement.ts';
import type { StructFieldSyntax, TypeSyntax } from './types.ts';

/** Any node of the tree. */
export type AnyNode =
  | Statement
  | Expression
  | TypeSyntax
  | StructFieldSyntax
  | Identifier
  | CaseBranch
  | MapEntry
  | StructEntry
  | SelectItem
  | SortItem
  | From
  | AliasedSource
  | Join
  | Within
  | Window
  | Duration
  | ColumnDefinition
  | Property
  | ConnectorName
  | ConnectorProperty;

type NodeKind = AnyNode['kind'];
type NodeOf<K extends NodeKind> = Extract<AnyNode, { readonly kind: K }>;

/** The keys of a node whose values are nodes, or lists of nodes. */
type ChildKey<N> = {
  [P in keyof N & string]: NonNullable<N[P]> extends Node ? P : NonNullable<N[P]> extends readonly Node[] ? P : never;
}[keyof N & string];

/**
 * Which keys of each kind hold child nodes, in the order of the text. A kind or a key that is
 * forgotten does not compile.
 */
export const CHILDREN = {
  Identifier: [],
  // types
  BOOLEAN: [],
  INTEGER: [],
  BIGINT: [],
  DOUBLE: [],
  STRING: [],
  BYTES: [],
  DATE: [],
  TIME: [],
  TIMESTAMP: [],
  DECIMAL: [],
  ARRAY: ['element'],
  MAP: ['key', 'value'],
  STRUCT: ['fields'],
  StructField: ['type'],
  TypeReference: [],
  // expressions
  NullLiteral: [],
  BooleanLiteral: [],
  IntegerLiteral: [],
  DecimalLiteral: [],
  DoubleLiteral: [],
  StringLiteral: [],
  ColumnReference: [],
  LambdaVariable: [],
  FieldAccess: ['base'],
  Subscript: ['base', 'index'],
  FunctionCall: ['args'],
  Lambda: ['body'],
  IntervalUnit: [],
  Unary: ['operand'],
  Arithmetic: ['left', 'right'],
  Comparison: ['left', 'right'],
  Logical: ['left', 'right'],
  Not: ['operand'],
  IsNull: ['operand'],
  Between: ['value', 'min', 'max'],
  In: ['value', 'list'],
  Like: ['value', 'pattern'],
  Case: ['operand', 'branches', 'otherwise'],
  CaseBranch: ['when', 'then'],
  Cast: ['operand', 'type'],
  ArrayConstructor: ['items'],
  MapConstructor: ['entries'],
  MapEntry: ['key', 'value'],
  StructConstructor: ['fields'],
  StructEntry: ['value'],
  // queries
  Query: ['select', 'from', 'window', 'where', 'partitionBy', 'groupBy', 'having', 'orderBy'],
  SortItem: ['expression'],
  AllColumns: [],
  StructAll: ['base'],
  SingleColumn: ['expression', 'alias'],
  From: ['source', 'joins'],
  AliasedSource: ['name', 'alias'],
  Join: ['source', 'within', 'on'],
  Within: ['before', 'after', 'grace'],
  TumblingWindow: ['size', 'retention', 'grace'],
  HoppingWindow: ['size', 'advance', 'retention', 'grace'],
  SessionWindow: ['gap', 'retention', 'grace'],
  Duration: [],
  // definitions
  CreateSource: ['name', 'columns', 'properties'],
  CreateSourceAs: ['name', 'properties', 'query'],
  ColumnDefinition: ['name', 'type'],
  Property: ['value'],
  AlterSource: ['name', 'columns'],
  DropSource: ['name'],
  CreateType: ['name', 'type'],
  DropType: ['name'],
  InsertInto: ['target', 'properties', 'query'],
  InsertValues: ['target', 'columns', 'values'],
  // introspection
  ListSources: [],
  ListTopics: [],
  ListQueries: [],
  ListProperties: [],
  ListFunctions: [],
  ListTypes: [],
  ShowLineage: [],
  ShowHealth: [],
  ListVariables: [],
  ListConnectors: [],
  ListConnectorPlugins: [],
  ShowCreateConnector: ['name'],
  ListConnectorOffsets: ['name'],
  ListDeadLetters: ['name', 'where'],
  DescribeSource: ['name'],
  DescribeSources: [],
  DescribeFunction: [],
  DescribeConnector: ['name'],
  DescribeConnectorPlugin: [],
  Explain: ['statement'],
  PrintTopic: [],
  // session
  SetProperty: [],
  UnsetProperty: [],
  AlterSystem: [],
  DefineVariable: [],
  UndefineVariable: [],
  TerminateQuery: ['query'],
  TerminateCluster: [],
  PauseQuery: ['query'],
  ResumeQuery: ['query'],
  RunScript: [],
  // assertions
  AssertTopic: ['properties', 'timeout'],
  AssertSchema: ['timeout'],
  AssertConnector: ['name', 'timeout'],
  AssertValues: ['source', 'columns', 'values'],
  AssertTombstone: ['source', 'columns', 'values'],
  AssertSource: ['name', 'columns', 'properties'],
  // connectors
  ConnectorName: [],
  ConnectorProperty: [],
  CreateConnector: ['name', 'properties'],
  AlterConnector: ['name', 'properties'],
  DropConnector: ['name'],
  RestartConnector: ['name'],
  PauseConnector: ['name'],
  ResumeConnector: ['name'],
  StopConnector: ['name'],
  AlterConnectorOffsets: ['name'],
  SnapshotTables: ['name'],
  ResetConnectorOffsets: ['name'],
  RetryDeadLetters: ['name', 'where'],
  ValidateConnector: ['connector'],
  CreateFromConnector: ['name', 'connector'],
  ListConnectorLogs: ['name'],
  // Connect clusters
  CreateConnectCluster: ['properties'],
  DropConnectCluster: [],
  ListConnectClusters: [],
  InCluster: ['statement'],
  // secrets
  CreateSecret: ['properties'],
  AlterSecret: ['properties'],
  DropSecret: [],
  ListSecrets: [],
  // topics
  DropTopic: [],
} as const satisfies { readonly [K in NodeKind]: readonly ChildKey<NodeOf<K>>[] };

/** The child keys that the table lacks; must be never. */
type Forgotten = { [K in NodeKind]: Exclude<ChildKey<NodeOf<K>>, (typeof CHILDREN)[K][number]> }[NodeKind];
const COMPLETE: [Forgotten] extends [never] ? true : Forgotten = true;
void COMPLETE;

/** Kinds that have no children: a list of thousands of values is gone through a dozen times while it is planned. */
const LEAVES: ReadonlySet<string> = new Set(
  Object.entries(CHILDREN).flatMap(([kind, children]) => (children.length === 0 ? [kind] : [])),
);

type Slot = AnyNode | readonly AnyNode[] | null;
type Slots = Readonly<Record<string, Slot>>;

/**
 * Calls `enter` on every node, parents first, in the order of the text. A node for which it answers false is not gone
 * into.
 */
export function visit(node: AnyNode, enter: (node: AnyNode) => boolean | void): void {
  if (enter(node) === false || LEAVES.has(node.kind)) return;
  for (const key of CHILDREN[node.kind]) {
    const child = (node as unknown as Slots)[key];
    assert(child !== undefined, 'a node has its children');
    if (child === null) continue;
    if (Array.isArray(child)) for (const item of child as readonly AnyNode[]) visit(item, enter);
    else visit(child as AnyNode, enter);
  }
}

/** All nodes of one kind below (and including) `node`, in the order of the text. */
export function collect<K extends NodeKind>(node: AnyNode, kind: K): NodeOf<K>[] {
  const found: NodeOf<K>[] = [];
  visit(node, (n) => {
    if (n.kind === kind) found.push(n as NodeOf<K>);
  });
  return found;
}

/**
 * Rebuilds a tree from the leaves up: `fn` gets each node with its children already rewritten and answers the node to
 * put there. A node none of whose children changed is handed over as it is, so an identity `fn` returns `node` itself.
 */
export function rewrite<N extends AnyNode>(node: N, fn: (node: AnyNode) => AnyNode): N {
  if (LEAVES.has(node.kind)) return fn(node) as N;
  let changed: Record<string, unknown> | null = null;
  for (const key of CHILDREN[node.kind]) {
    const child = (node as unknown as Slots)[key];
    assert(child !== undefined, 'a node has its children');
    if (child === null) continue;
    if (Array.isArray(child)) {
      const items = child as readonly AnyNode[];
      const next = rewriteAll(items, fn);
      if (next !== items) (changed ??= {})[key] = next;
    } else {
      const next = rewrite(child as AnyNode, fn);
      if (next !== child) (changed ??= {})[key] = next;
    }
  }
  return fn(changed === null ? node : { ...node, ...changed }) as N;
}

/** The list itself where none of its nodes changed. */
function rewriteAll(items: readonly AnyNode[], fn: (node: AnyNode) => AnyNode): readonly AnyNode[] {
  let next: AnyNode[] | undefined;
  for (const [i, item] of items.entries()) {
    const rewritten = rewrite(item, fn);
    if (rewritten !== item) next ??= items.slice(0, i);
    next?.push(rewritten);
  }
  return next ?? items;
}

/**
 * Rewrites an expression bottom-up: `fn` is called on every sub-expression (children first) and answers its
 * replacement; answering the argument keeps it.
 */
export function rewriteExpression(expression: Expression, fn: (expression: Expression) => Expression): Expression {
  return rewrite<AnyNode>(expression, (node) => (isExpression(node) ? fn(node) : node)) as Expression;
}

/** True for the nodes of the union `Expression` (not for types, branches, entries). */
export function isExpression(node: AnyNode): node is Expression {
  return EXPRESSION_KINDS.has(node.kind);
}

const EXPRESSION_KINDS: ReadonlySet<string> = new Set(
  Object.keys({
    NullLiteral: 1,
    BooleanLiteral: 1,
    IntegerLiteral: 1,
    DecimalLiteral: 1,
    DoubleLiteral: 1,
    StringLiteral: 1,
    ColumnReference: 1,
    LambdaVariable: 1,
    FieldAccess: 1,
    Subscript: 1,
    FunctionCall: 1,
    Lambda: 1,
    IntervalUnit: 1,
    Unary: 1,
    Arithmetic: 1,
    Comparison: 1,
    Logical: 1,
    Not: 1,
    IsNull: 1,
    Between: 1,
    In: 1,
    Like: 1,
    Case: 1,
    Cast: 1,
    ArrayConstructor: 1,
    MapConstructor: 1,
    StructConstructor: 1,
  } satisfies Record<Expression['kind'], 1>),
);
