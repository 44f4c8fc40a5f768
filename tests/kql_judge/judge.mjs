// Judges KQL with Microsoft's own parser and analyzer, the library behind the query editors.
//
//   node judge.mjs SCHEMA.json        SCHEMA.json: {"Table": [{"name": "Column", "type": "string"}]}
//
// One JSON object a line in:   {"query": text, "tree": false}
// One JSON object a line out:  {"ok", "diagnostics", "literals", "shape", "columns", "tree"}
//
//   diagnostics  one readable line each: Microsoft's, and ours where Microsoft's analyzer is more
//                lenient than the service (codes beginning with X)
//   literals     the values of all string literals, decoded by Microsoft, in the order of the text
//   shape        digest of the tokens with the values of literals blanked: two texts made from one
//                template have one shape, unless a value broke out of its literal
//   columns      [name, type] of each column of the answer
//   tree         on request, the syntax tree as nested lists without parentheses, chains of the
//                same `and`/`or` flattened: two texts with equal trees mean the same
import crypto from 'node:crypto';
import fs from 'node:fs';
import { createRequire } from 'node:module';
import path from 'node:path';
import readline from 'node:readline';
import vm from 'node:vm';

const library = path.dirname(createRequire(import.meta.url).resolve('@kusto/language-service-next'));
for (const name of ['bridge.min.js', 'Kusto.Language.Bridge.min.js']) {
  // Classic scripts that share one global scope; `require` would look for their siblings and fail.
  const file = path.join(library, name);
  new vm.Script(fs.readFileSync(file, 'utf8'), { filename: file }).runInThisContext();
}
const { Language } = globalThis.Kusto;
const { Symbols, Syntax } = Language;
const { Array: NetArray, Enum } = globalThis.System;

const items = (list) =>
  list ? Array.from({ length: NetArray.getCount(list) }, (_, i) => NetArray.getItem(list, i)) : [];
const kinds = new Map();  // Enum.toString looks through all names, each time
const kind = ({ Kind }) => {
  if (!kinds.has(Kind)) kinds.set(Kind, Enum.toString(Syntax.SyntaxKind, Kind));
  return kinds.get(Kind);
};
const typeName = (expression) => expression?.ResultType?.Name;

function globalsFor(schema) {
  const tables = Object.entries(schema).map(([table, columns]) => {
    const symbols = columns.map(({ name, type }) => {
      const scalar = Symbols.ScalarTypes.GetSymbol(type);
      if (!scalar) throw new Error(`${table}.${name}: KQL has no type ${type}`);
      return new Symbols.ColumnSymbol(name, scalar, null, null, null, null);
    });
    return new Symbols.TableSymbol.$ctor4(table, symbols);
  });
  return Language.GlobalState.Default.WithDatabase(new Symbols.DatabaseSymbol.ctor('Hunting', tables));
}

const NUMBERS = new Set(['int', 'long', 'real', 'decimal']);
const family = (type) => (NUMBERS.has(type) ? 'number' : type);
const unlike = (left, right) =>
  left && right && ![left, right].some((type) => type === 'dynamic' || type === 'unknown') &&
  family(left) !== family(right);

/** The service refuses to compare unlike types; the analyzer lets `==`, `!=` and `in` pass. */
function comparison(node) {
  const name = kind(node);
  if (name === 'EqualExpression' || name === 'NotEqualExpression') {
    const [left, right] = [typeName(node.Left), typeName(node.Right)];
    return unlike(left, right) ? `compares ${left} with ${right}` : null;
  }
  if (/^(Not)?In(Cs)?Expression$/.test(name)) {
    const left = typeName(node.Left);
    for (const option of items(node.Right?.Expressions)) {
      const right = typeName(option.Element ?? option);
      if (Symbols.ScalarTypes.GetSymbol(right ?? '') && unlike(left, right)) {
        return `looks for ${right} among ${left}`;
      }
    }
  }
  return null;
}

const line = (code, message, start) => `${code} at ${start}: ${message}`;

function diagnosticsOf(code) {
  const found = items(code.GetDiagnostics()).map((d) => line(d.Code, d.Message, d.Start));
  if (code.Kind !== 'Query') return [...found, line('X001', `not a query but a ${code.Kind}`, 0)];
  const statements = items(code.Syntax.Statements).map((s) => kind(s.Element ?? s));
  const answers = statements.filter((name) => name === 'ExpressionStatement').length;
  const others = statements.filter((name) => !['ExpressionStatement', 'LetStatement'].includes(name));
  if (answers !== 1 || others.length) {
    found.push(line('X002', `want lets and one tabular expression, got ${statements.join(', ')}`, 0));
  }
  if (!(code.ResultType instanceof Symbols.TableSymbol)) {
    found.push(line('X003', 'the answer is not a table', 0));
  }
  Syntax.SyntaxElement.WalkNodes(code.Syntax, (node) => {
    const problem = comparison(node);
    if (problem) found.push(line('X004', problem, node.TextStart));
  });
  return found;
}

function literalsOf(code) {
  const found = [];
  Syntax.SyntaxElement.WalkNodes(code.Syntax, (node) => {
    if (/^(Compound)?StringLiteralExpression$/.test(kind(node))) found.push([node.TextStart, node.LiteralValue]);
  });
  return found.sort((a, b) => a[0] - b[0]).map(([, value]) => value);
}

function shapeOf(code) {
  const digest = crypto.createHash('sha256');
  for (const token of items(code.GetLexicalTokens())) {
    const name = kind(token);
    digest.update(JSON.stringify([name, name.endsWith('LiteralToken') ? null : token.Text]));
    if (token.Trivia?.includes('//')) digest.update('comment');
  }
  return digest.digest('hex').slice(0, 16);
}

function treeOf(node) {
  const name = kind(node);
  if (name === 'ParenthesizedExpression') return treeOf(node.Expression);
  if (name === 'AndExpression' || name === 'OrExpression') {
    const flat = [node.Left, node.Right].map(treeOf).flatMap((t) => (t[0] === name ? t.slice(1) : [t]));
    return [name, ...flat];
  }
  const children = [];
  for (let i = 0; i < node.ChildCount; i++) {
    const child = node.GetChild(i);
    if (!child) continue;
    if (child.IsToken) children.push(child.Text);
    else children.push(treeOf(child));
  }
  return [name, ...children];
}

function judge(query, globals, wantTree) {
  const code = Language.KustoCode.ParseAndAnalyze(query, globals);
  const diagnostics = diagnosticsOf(code);
  const answer = code.ResultType instanceof Symbols.TableSymbol ? items(code.ResultType.Columns) : [];
  return {
    ok: diagnostics.length === 0,
    diagnostics,
    literals: literalsOf(code),
    shape: shapeOf(code),
    columns: answer.map((column) => [column.Name, column.Type?.Name ?? 'unknown']),
    tree: wantTree ? treeOf(code.Syntax) : null,
  };
}

const globals = globalsFor(JSON.parse(fs.readFileSync(process.argv[2], 'utf8')));
for await (const request of readline.createInterface({ input: process.stdin })) {
  const { query, tree = false } = JSON.parse(request);
  let verdict;
  try {
    verdict = judge(query, globals, tree);
  } catch (error) {
    const message = error instanceof RangeError ? 'nested too deeply for the analyzer' : String(error);
    verdict = { ok: false, diagnostics: [`X000: ${message}`], literals: [], shape: '', columns: [], tree: null };
  }
  process.stdout.write(`${JSON.stringify(verdict)}\n`);
}
