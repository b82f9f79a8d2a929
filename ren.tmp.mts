import { parseSync } from 'oxc-parser';
import { readFileSync, writeFileSync } from 'node:fs';
// input: lines "file:line old new" or rules; usage: rename.mts LIST
type Decl = { name: string; start: number; line: number; scope: any; refs: { start: number; end: number; shorthand: boolean }[]; kind: string };
const wanted = readFileSync(process.argv[2]!, 'utf8').split('\n').filter((l) => l.trim() && !l.startsWith('#')).map((l) => { const [loc, a, b] = l.trim().split(/\s+/); const m = /^(.*):(\d+)$/.exec(loc!)!; return { file: m[1]!, line: Number(m[2]), from: a!, to: b! }; });
const byFile = new Map<string, typeof wanted>();
for (const w of wanted) (byFile.get(w.file) ?? byFile.set(w.file, []).get(w.file)!).push(w);
for (const [file, list] of byFile) {
  const text = readFileSync(file, 'utf8');
  const starts = [0]; for (let i = 0; i < text.length; i++) if (text[i] === '\n') starts.push(i + 1);
  const lineOf = (p: number) => { let a = 0, b = starts.length - 1; while (a < b) { const m = (a + b + 1) >> 1; if (starts[m]! <= p) a = m; else b = m - 1; } return a + 1; };
  const { program, errors } = parseSync(file, text);
  if (errors.length) { console.log('PARSE', file, errors[0]!.message); continue; }
  class Scope { decls = new Map<string, Decl>(); names = new Set<string>(); constructor(public parent: Scope | null, public node: any, public fn: boolean) {} }
  const all: Decl[] = []; const used: { name: string; scope: Scope; start: number }[] = [];
  const declare = (s: Scope, id: any, kind: string) => { if (s.decls.has(id.name)) return; const d: Decl = { name: id.name, start: id.start, line: lineOf(id.start), scope: s, refs: [], kind }; s.decls.set(id.name, d); all.push(d); };
  const ids = (p: any, out: any[] = []): any[] => { if (!p) return out; switch (p.type) { case 'Identifier': out.push(p); break; case 'ObjectPattern': for (const q of p.properties) ids(q.type === 'RestElement' ? q.argument : q.value, out); break; case 'ArrayPattern': for (const q of p.elements) ids(q, out); break; case 'AssignmentPattern': ids(p.left, out); break; case 'RestElement': ids(p.argument, out); break; case 'TSParameterProperty': ids(p.parameter, out); } return out; };
  const hoist = (n: any, s: Scope, top: boolean): void => { // let/const/class/function directly in block
    for (const st of n ?? []) { const d = st.type === 'ExportNamedDeclaration' || st.type === 'ExportDefaultDeclaration' ? st.declaration : st; if (!d) continue;
      if (d.type === 'VariableDeclaration') for (const v of d.declarations) for (const id of ids(v.id)) declare(s, id, 'local');
      else if ((d.type === 'FunctionDeclaration' || d.type === 'ClassDeclaration') && d.id) declare(s, d.id, 'fn');
      else if (d.type === 'ImportDeclaration') for (const sp of d.specifiers) declare(s, sp.local, 'import'); } };
  const ref = (id: any, s: Scope, shorthand: boolean) => { used.push({ name: id.name, scope: s, start: id.start }); for (let x: Scope | null = s; x; x = x.parent) { const d = x.decls.get(id.name); if (d) { d.refs.push({ start: id.start, end: id.start + id.name.length, shorthand }); return; } } };
  const walk = (n: any, s: Scope, parent: any): void => {
    if (!n || typeof n !== 'object') return;
    if (Array.isArray(n)) { for (const x of n) walk(x, s, parent); return; }
    if (typeof n.type !== 'string') { return; }
    switch (n.type) {
      case 'Identifier': ref(n, s, false); if (n.typeAnnotation) walk(n.typeAnnotation, s, n); return;
      case 'MemberExpression': walk(n.object, s, n); if (n.computed) walk(n.property, s, n); return;
      case 'Property': {
        if (n.computed) walk(n.key, s, n);
        if (n.shorthand) { const v = n.value.type === 'AssignmentPattern' ? n.value.left : n.value; ref(v, s, true); if (n.value.type === 'AssignmentPattern') walk(n.value.right, s, n); }
        else walk(n.value, s, n);
        return; }
      case 'PropertyDefinition': case 'MethodDefinition': case 'AccessorProperty': if (n.computed) walk(n.key, s, n); walk(n.value, s, n); walk(n.typeAnnotation, s, n); return;
      case 'LabeledStatement': walk(n.body, s, n); return;
      case 'BreakStatement': case 'ContinueStatement': return;
      case 'ImportDeclaration': case 'ExportAllDeclaration': return;
      case 'ExportSpecifier': ref(n.local, s, false); return;
      case 'TSQualifiedName': walk(n.left, s, n); return;
      case 'TSTypeReference': case 'TSTypeQuery': { const t = n.typeName ?? n.exprName; if (n.type === 'TSTypeQuery') walk(t, s, n); walk(n.typeArguments, s, n); return; }
      case 'TSFunctionType': case 'TSMethodSignature': case 'TSCallSignatureDeclaration': case 'TSConstructorType': case 'TSConstructSignatureDeclaration': walkTypeParams(n, s); walk(n.returnType, s, n); return;
      case 'TSPropertySignature': walk(n.typeAnnotation, s, n); return;
      case 'TSIndexSignature': case 'TSTypePredicate': if (n.type === 'TSTypePredicate') { if (n.parameterName?.type === 'Identifier') ref(n.parameterName, s, false); } walk(n.typeAnnotation, s, n); return;
      case 'TSNamedTupleMember': walk(n.elementType, s, n); return;
      case 'TSTypeParameter': walk(n.constraint, s, n); walk(n.default, s, n); return;
      case 'TSInterfaceDeclaration': case 'TSTypeAliasDeclaration': walk(n.body ?? n.typeAnnotation, s, n); return;
      case 'FunctionDeclaration': case 'FunctionExpression': case 'ArrowFunctionExpression': case 'TSDeclareFunction': case 'TSEmptyBodyFunctionExpression': {
        if (n.type === 'FunctionDeclaration' && n.id) ref(n.id, s, false);
        const f = new Scope(s, n, true);
        const params = n.params?.items ?? n.params ?? [];
        for (const p of params) for (const id of ids(p)) declare(f, id, 'param');
        for (const p of params) walk(p, f, n);
        walk(n.returnType, f, n);
        if (n.body?.type === 'BlockStatement') { hoist(n.body.body, f, true); walk(n.body.body, f, n); } else walk(n.body, f, n);
        return; }
      case 'BlockStatement': case 'StaticBlock': { const b = new Scope(s, n, false); hoist(n.body, b, false); walk(n.body, b, n); return; }
      case 'ForStatement': case 'ForOfStatement': case 'ForInStatement': { const b = new Scope(s, n, false); const init = n.init ?? n.left; if (init?.type === 'VariableDeclaration') for (const v of init.declarations) for (const id of ids(v.id)) declare(b, id, 'local'); for (const k of ['init', 'left', 'right', 'test', 'update', 'body']) walk(n[k], b, n); return; }
      case 'SwitchStatement': { walk(n.discriminant, s, n); const b = new Scope(s, n, false); for (const c of n.cases) hoist(c.consequent, b, false); for (const c of n.cases) { walk(c.test, b, n); walk(c.consequent, b, n); } return; }
      case 'CatchClause': { const b = new Scope(s, n, false); if (n.param) for (const id of ids(n.param)) declare(b, id, 'param'); walk(n.param, b, n); hoist(n.body.body, b, false); walk(n.body.body, b, n); return; }
      case 'ClassDeclaration': case 'ClassExpression': if (n.id) ref(n.id, s, false); walk(n.superClass, s, n); walk(n.body, s, n); walk(n.superTypeArguments, s, n); return;
      case 'JSXOpeningElement': { const nm = n.name; if (nm.type === 'JSXIdentifier') { /* components are upper case */ } walk(n.attributes, s, n); return; }
      case 'JSXClosingElement': return;
      case 'JSXAttribute': walk(n.value, s, n); return;
    }
    for (const k of Object.keys(n)) if (k !== 'type' && k !== 'start' && k !== 'end') walk(n[k], s, n);
  };
  const walkTypeParams = (n: any, s: Scope) => { for (const p of n.params?.items ?? n.params ?? []) walk(p.typeAnnotation ?? p.argument?.typeAnnotation, s, n); };
  const top = new Scope(null, program, true); hoist(program.body, top, true); walk(program.body, top, program);
  const edits: { start: number; end: number; text: string }[] = [];
  const inside = (s: Scope, a: Scope) => { for (let x: Scope | null = s; x; x = x.parent) if (x === a) return true; return false; };
  const renamed = new Map<Decl, string>();
  for (const w of list) {
    const found = all.filter((d) => d.name === w.from && d.line === w.line && !renamed.has(d));
    if (found.length === 0) { console.log('NOT FOUND', `${file}:${w.line}`, w.from); continue; }
    for (const d of found) {
      // new name visible in the scope or used within it
      const clash = used.some((u) => u.name === w.to && inside(u.scope, d.scope)) || all.some((o) => o !== d && o.name === w.to && inside(o.scope, d.scope)) || [...renamed].some(([o, t]) => t === w.to && (inside(o.scope, d.scope) || inside(d.scope, o.scope)));
      if (clash) { console.log('CLASH', `${file}:${w.line}`, w.from, '->', w.to); continue; }
      renamed.set(d, w.to);
    }
  }
  for (const [d, to] of renamed) { const seen = new Set<number>(); for (const r of [...d.refs]) { if (seen.has(r.start)) continue; seen.add(r.start); edits.push({ start: r.start, end: r.end, text: r.shorthand ? `${d.name}: ${to}` : to }); } if (!seen.has(d.start)) edits.push({ start: d.start, end: d.start + d.name.length, text: to }); }
  edits.sort((a, b) => b.start - a.start);
  let out = text; for (const e of edits) out = out.slice(0, e.start) + e.text + out.slice(e.end);
  if (edits.length) { writeFileSync(file, out); console.log('OK', file, renamed.size, edits.length); }
}
