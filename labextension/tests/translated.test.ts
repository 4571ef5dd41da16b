/// <reference types="vite/client" />
// @vitest-environment node
import ts from 'typescript';
import { expect, it } from 'vitest';

const SOURCES = import.meta.glob<string>('../src/*.ts', { query: '?raw', import: 'default', eager: true });

it('shows nobody a text that cannot be translated', () => {
  const found = Object.entries(SOURCES).flatMap(([name, source]) => untranslated(source).map(text => `${name}: ${text}`));
  expect(Object.keys(SOURCES).length).toBeGreaterThan(20);
  expect(found).toEqual([]);
});

it('would find one', () => {
  const source = "h('p', { title: n ? 'Run' : `${n} runs`, class: 'nbt-dim' }, 'more'); new Error('no kernel'); a.textContent = b || 'none'; trans.__('a text')";
  expect(untranslated(source)).toEqual(['Run', '${n} runs', 'more', 'no kernel', 'none']);
});

/** Where what stands in the source is shown to a person. */
const SHOWN = new Set(['text', 'title', 'label', 'caption', 'placeholder', 'alt', 'message', 'textContent', 'okLabel', 'aria-label', 'aria-description', 'error', 'success', 'warning', 'info', 'Error', 'Nowhere', 'showErrorMessage', 'append', 'replaceChildren']);
/** Words that are the same in every language. */
const SAME = new Set(['nbtrack']);

/** The texts of a source that a person would see as they stand there. */
function untranslated(source: string): string[] {
  const found: string[] = [];
  const visit = (node: ts.Node, shown: boolean): void => {
    if (ts.isTypeNode(node) || ts.isImportDeclaration(node) || isTranslated(node)) return;
    if (ts.isStringLiteralLike(node) || ts.isTemplateExpression(node)) {
      const text = ts.isTemplateExpression(node) ? node.getText().slice(1, -1) : node.text;
      const plain = text.replace(/\$\{[^}]*\}/g, '');
      if ((shown || /[a-z]{2,} [a-z]{2,}.* [a-z]{2,}/i.test(plain)) && /[a-z]{2,}/i.test(plain) && !SAME.has(plain) && !isCode(node)) found.push(text);
    }
    ts.forEachChild(node, child => visit(child, showsIn(node, child, shown)));
  };
  visit(ts.createSourceFile('a.ts', source, ts.ScriptTarget.Latest, true), false);
  return found;
}

/** Whether a part of this node is shown: the value of a shown attribute, what an error or a notification says. */
function showsIn(node: ts.Node, child: ts.Node, shown: boolean): boolean {
  if (ts.isPropertyAssignment(node)) return child === node.initializer && SHOWN.has(nameOf(node.name));
  if (ts.isCallExpression(node) && ['h', 's'].includes(nameOf(node.expression))) return node.arguments.indexOf(child as ts.Expression) > 1;
  if (ts.isCallExpression(node) || ts.isNewExpression(node)) return child !== node.expression && SHOWN.has(nameOf(node.expression));
  if (ts.isBinaryExpression(node)) return isAssignment(node) ? child === node.right && SHOWN.has(nameOf(node.left)) : shown && !isComparison(node);
  if (ts.isConditionalExpression(node)) return shown && child !== node.condition;
  if (ts.isElementAccessExpression(node) || ts.isFunctionLike(node)) return false;
  return shown;
}

const nameOf = (node: ts.Node): string => (ts.isPropertyAccessExpression(node) ? node.name.text : ts.isStringLiteralLike(node) || ts.isIdentifier(node) ? node.text : '');
const isTranslated = (node: ts.Node): boolean => ts.isCallExpression(node) && ['__', '_n', '_p', '_np'].includes(nameOf(node.expression));
const isAssignment = (node: ts.BinaryExpression): boolean => node.operatorToken.kind === ts.SyntaxKind.EqualsToken;
const isComparison = (node: ts.BinaryExpression): boolean => /^[!=]==?$/.test(node.operatorToken.getText());

/** What a kernel, a page or a drawing reads, what one function tells another, and what a plugin says of itself in lists
 * that JupyterLab has in English. */
function isCode(node: ts.Node): boolean {
  const { parent } = node;
  if (/^[`']</.test(node.getText()) || (ts.isNewExpression(parent) && nameOf(parent.expression) === 'RangeError')) return true;
  return (ts.isVariableDeclaration(parent) && /^[A-Z_]+$/.test(parent.name.getText())) || (ts.isPropertyAssignment(parent) && ['description', 'svgstr', 'class'].includes(nameOf(parent.name)));
}
