import { webSettings } from '../../config/web.ts';
import type { Tool } from '../define-tool.ts';
import { webTools } from '../web/index.ts';
import { askModel } from './ask-model.ts';
import { calculateTool } from './calculate.ts';
import { readDocument } from './read-document.ts';
import { searchDocuments } from './search-documents.ts';

/** The tools that every run has. */
export const builtInTools: readonly Tool[] = [searchDocuments, readDocument, calculateTool, askModel];

/**
 * The tools that a worker with this environment serves: those of every run, and the web's where it configures them.
 *
 * @throws {SettingError} when a variable cannot be right
 */
export function builtInToolsOf(env: NodeJS.ProcessEnv = process.env): readonly Tool[] {
  return [...builtInTools, ...webTools(webSettings(env))];
}
