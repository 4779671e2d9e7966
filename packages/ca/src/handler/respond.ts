// Writes answers: JSON resources, problem documents (RFC 7807), links. The only place where a problem document is built.
import type { CaContext } from '../context.ts';
import { paths } from '../paths.ts';
import { Problem, type StoredProblem } from '../problem.ts';
import type { CaResponse } from './exchange.ts';

const typePrefix = 'urn:ietf:params:acme:error:';

/** A JSON answer. */
export function json(body: unknown, options: { readonly status?: number; readonly headers?: CaResponse['headers'] } = {}): CaResponse {
  return {
    status: options.status ?? 200,
    headers: { 'content-type': 'application/json', ...options.headers },
    body: `${JSON.stringify(body)}\n`,
  };
}

/** An answer without content. */
export function empty(status: number, headers: CaResponse['headers'] = {}): CaResponse {
  return { status, headers, body: '' };
}

/** One value of a Link header (RFC 8288). */
export function link(url: string, relation: string): string {
  return `<${url}>;rel="${relation}"`;
}

/** The URL of a path. */
export function urlOf(ca: Pick<CaContext, 'publicUrl'>, path: string): string {
  return `${ca.publicUrl}${path}`;
}

/** Any error as a problem document. What is not a {@link Problem} is ours to fix: logged in full, shown without detail. */
export function problemResponse(ca: Pick<CaContext, 'log' | 'publicUrl'>, error: unknown): CaResponse {
  if (!(error instanceof Problem)) {
    ca.log.error('request failed inside the authority', { error });
    return problemResponse(ca, new Problem('serverInternal', 'the server had an internal error'));
  }
  return {
    status: error.status,
    headers: { 'content-type': 'application/problem+json', ...error.headers },
    body: `${JSON.stringify({ ...problemBody(error.toStored()), ...error.members })}\n`,
  };
}

/** A problem as a JSON object: in an error answer, a challenge's or an order's `error`. */
export function problemBody(problem: StoredProblem): Record<string, unknown> {
  const { type, subproblems, ...rest } = problem;
  return {
    type: `${typePrefix}${type}`,
    ...rest,
    ...(subproblems === undefined ? {} : { subproblems: subproblems.map((one) => ({ ...one, type: `${typePrefix}${one.type}` })) }),
  };
}

/** An instant as RFC 3339 in whole seconds, as Boulder writes it; some clients do not parse fractions. */
export function rfc3339(date: Date): string {
  return `${date.toISOString().slice(0, 19)}Z`;
}

/** The Link every answer under the directory carries (RFC 8555 §7.1). */
export function indexLink(ca: Pick<CaContext, 'publicUrl'>): string {
  return link(urlOf(ca, paths.directory), 'index');
}

/** Headers asking a client to come back in `seconds`; none where it may come at once. */
export function retryAfter(seconds: number): Record<string, string> {
  return seconds > 0 ? { 'retry-after': String(Math.ceil(seconds)) } : {};
}
