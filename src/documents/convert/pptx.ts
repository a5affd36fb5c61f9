import { DomUtils, parseDocument } from 'htmlparser2';
import { posix } from 'node:path';
import { isXml } from '../archives/plain-zip.ts';
import { zipMembers } from '../archives/zip.ts';
import { DocumentError } from '../errors.ts';
import { markdownTable } from './tables.ts';

type Document = ReturnType<typeof parseDocument>;
type AnyNode = Document['children'][number];
type Element = ReturnType<typeof DomUtils.getElementsByTagName>[number];

/** A presentation's text, slide by slide in the order that they are shown: paragraphs, tables, notes. */
export async function pptxText(bytes: Uint8Array, most: number): Promise<string> {
  const parts = await readParts(bytes, most);
  const names = slideNames(parts);
  return names.map((name, index) => slideText(parts, name, index + 1)).join('\n\n');
}

type Parts = ReadonlyMap<string, string>;

async function readParts(bytes: Uint8Array, most: number): Promise<Parts> {
  const parts = new Map<string, string>();
  const decoder = new TextDecoder();
  let left = most;
  for await (const member of zipMembers(bytes)) {
    if (!isXml(member.name) || !WANTED.test(member.name)) continue;
    if (member.encrypted) throw new DocumentError('password', 'is password-protected: save it without a password');
    const content = await member.read(left);
    left -= content.length;
    parts.set(member.name, decoder.decode(content));
  }
  return parts;
}

const WANTED = /^ppt\/(?:_rels\/)?(?:presentation\.|slides\/|notesSlides\/notes|diagrams\/data)/;
const PRESENTATION = 'ppt/presentation.xml';

/** Parts of the slides, in the order of the presentation. */
function slideNames(parts: Parts): string[] {
  const presentation = parts.get(PRESENTATION);
  if (presentation === undefined) throw new DocumentError('broken', 'is broken: it has no part that lists its slides');
  const targets = relationsOf(parts, PRESENTATION);
  return byName('p:sldId', parseXml(presentation))
    .map((slide) => targets.find(({ id }) => id === slide.attribs['r:id'])?.target)
    .filter((target) => target !== undefined);
}

function slideText(parts: Parts, name: string, number: number): string {
  const slide = parseXml(parts.get(name) ?? '');
  const blocks = blocksOf(slide.children);
  for (const { type, target } of relationsOf(parts, name)) {
    const part = parts.get(target);
    if (part === undefined) continue;
    if (type.endsWith('/diagramData')) blocks.push(...paragraphsOf(parseXml(part).children));
    if (type.endsWith('/notesSlide')) {
      const notes = paragraphsOf(byName('p:txBody', parseXml(part))).filter((line) => !/^\d+$/.test(line));
      if (notes.length > 0) blocks.push(`Notes: ${notes.join('\n')}`);
    }
  }
  return [`# Slide ${number}`, ...blocks].join('\n\n');
}

/** Paragraphs and tables, in the order of the slide's XML. */
function blocksOf(nodes: readonly AnyNode[]): string[] {
  return nodes.filter(isElement).flatMap((element) => {
    switch (element.name) {
      case 'a:tbl':
        return [tableOf(element)].filter(Boolean);
      // Shows what its neighbour shows, to programs that cannot.
      case 'mc:Fallback':
        return [];
      case 'p:txBody':
        return [paragraphsOf([element]).join('\n')].filter(Boolean);
      default:
        return blocksOf(element.children);
    }
  });
}

function tableOf(table: Element): string {
  const rows = byName('a:tr', table).map((row) => byName('a:tc', row).map((cell) => paragraphsOf([cell]).join(' ')));
  return markdownTable(rows);
}

function paragraphsOf(nodes: AnyNode[]): string[] {
  return byName('a:p', nodes)
    .map((paragraph) => textOf(paragraph).trim())
    .filter(Boolean);
}

function textOf(element: Element): string {
  return element.children
    .filter(isElement)
    .map((child) => {
      if (child.name === 'a:t') return DomUtils.textContent(child);
      return child.name === 'a:br' ? '\n' : textOf(child);
    })
    .join('');
}

interface Relation {
  id: string;
  type: string;
  /** The part that it leads to. */
  target: string;
}

function relationsOf(parts: Parts, name: string): Relation[] {
  const { dir, base } = posix.parse(name);
  const relations = parseXml(parts.get(`${dir}/_rels/${base}.rels`) ?? '');
  return byName('Relationship', relations).map(({ attribs }) => ({
    id: attribs['Id'] ?? '',
    type: attribs['Type'] ?? '',
    target: posix.resolve('/', dir, attribs['Target'] ?? '').slice(1),
  }));
}

function byName(name: string, nodes: AnyNode | AnyNode[]): Element[] {
  return DomUtils.getElementsByTagName(name, nodes);
}

function isElement(node: AnyNode): node is Element {
  return 'name' in node && 'attribs' in node;
}

function parseXml(xml: string): Document {
  return parseDocument(xml, { xmlMode: true });
}
