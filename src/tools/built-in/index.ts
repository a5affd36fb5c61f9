import type { Tool } from '../define-tool.ts';
import { askModel } from './ask-model.ts';
import { calculateTool } from './calculate.ts';
import { readDocument } from './read-document.ts';
import { searchDocuments } from './search-documents.ts';

/** The tools that every run has. */
export const builtInTools: readonly Tool[] = [searchDocuments, readDocument, calculateTool, askModel];
