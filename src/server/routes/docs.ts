import { errorPage, errorPath } from '../../base/error-guide.ts';
import { ERRORS, SluiceError, type ErrorCode } from '../../base/errors.ts';
import { didYouMean } from '../../base/suggest.ts';
import type { HttpContext } from '../http-context.ts';

/**
 * GET /docs/errors/CODE: the page of an error code, as Markdown or, for a browser, as HTML.
 * @throws SluiceError NOT_FOUND
 */
export function errorDocs(http: HttpContext): void {
  const code = (http.params['code'] ?? '').replace(/\.md$/, '').toUpperCase();
  if (!Object.hasOwn(ERRORS, code)) {
    throw new SluiceError('NOT_FOUND', `There is no error code ${code}`, {
      hint: didYouMean(code, Object.keys(ERRORS)) ?? `The codes are ${Object.keys(ERRORS).join(', ')}.`,
    });
  }
  sendPage(http, code, errorPage(code as ErrorCode));
}

/** GET /docs/errors: the list of codes. */
export function errorIndex(http: HttpContext): void {
  const lines = Object.entries(ERRORS).map(([code, e]) => `- [${code}](${errorPath(code as ErrorCode)}): ${e.doc}`);
  sendPage(http, 'Errors', `# Errors\n\n${lines.join('\n')}\n`);
}

function sendPage(http: HttpContext, title: string, markdown: string): void {
  if ((http.header('accept') ?? '').includes('text/html'))
    http.send(200, 'text/html; charset=utf-8', html(title, markdown));
  else http.send(200, 'text/markdown; charset=utf-8', markdown);
}

/** Converts the Markdown that the pages use: headings, lists, indented code, inline code, links. */
function html(title: string, markdown: string): string {
  const body = markdown
    .split('\n\n')
    .map((block) => block.replace(/^\n+|\n+$/g, ''))
    .filter((block) => block !== '')
    .map((block) => {
      const heading = /^(#+) (.*)$/.exec(block);
      if (heading !== null) return `<h${heading[1]!.length}>${inline(heading[2]!)}</h${heading[1]!.length}>`;
      if (block.startsWith('    ')) return `<pre>${escaped(block.replaceAll(/^ {4}/gm, ''))}</pre>`;
      if (block.startsWith('- '))
        return `<ul>${block
          .split('\n')
          .map((line) => `<li>${inline(line.slice(2))}</li>`)
          .join('')}</ul>`;
      return `<p>${inline(block)}</p>`;
    })
    .join('\n');
  return `<!doctype html><meta charset="utf-8"><title>${escaped(title)}</title><body style="max-width:46rem;margin:2rem auto;font-family:sans-serif">\n${body}\n`;
}

function inline(text: string): string {
  return escaped(text)
    .replaceAll(/`([^`]+)`/g, '<code>$1</code>')
    .replaceAll(/\[([^\]]+)\]\((\/[^)]+)\)/g, '<a href="$2">$1</a>')
    .replaceAll(/\[([^\]]+)\]\(\.\.\/reference\/errors\.md\)/g, '<a href="/docs/errors">$1</a>')
    .replaceAll(/\[([^\]]+)\]\([^)]+\)/g, '$1');
}

function escaped(text: string): string {
  return text.replaceAll('&', '&amp;').replaceAll('<', '&lt;').replaceAll('>', '&gt;');
}
