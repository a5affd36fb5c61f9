import { z } from 'zod';
import { ToolError } from '../../tool-error.ts';
import { requestJson } from '../request-json.ts';
import type { ServiceRequest } from '../request-json.ts';
import type { SearchRequest } from './search-service.ts';

/**
 * Sends a search and reads the answer by its schema.
 *
 * @throws {ToolError} also for an answer that does not fit
 */
export async function readAnswer<T>(
  { settings, userAgent, signal, milliseconds }: SearchRequest,
  service: string,
  schema: z.ZodType<T>,
  { headers = {}, ...request }: Pick<ServiceRequest, 'url' | 'body' | 'explain'> & { headers?: Record<string, string> },
): Promise<T> {
  const { key, urlVariable } = settings;
  const { json } = await requestJson({
    ...{ service, urlVariable, signal },
    ...request,
    headers: { 'user-agent': userAgent, ...headers },
    ...(key === undefined ? {} : { key }),
    ...(milliseconds === undefined ? {} : { milliseconds }),
  });
  const parsed = schema.safeParse(json);
  if (parsed.success) return parsed.data;
  const problem = z.prettifyError(parsed.error).replace(/\s+/g, ' ').slice(0, 200);
  throw new ToolError(`${service} sent an answer of another form than its documentation says: ${problem}`, {
    type: 'BrokenAnswer',
  });
}
