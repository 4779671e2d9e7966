// One request in, one answer out. Finds the route, runs the pipeline and the route in one transaction, waits until it is
// durable, and turns every failure into a problem document. Never throws.
import type { CaContext } from '../context.ts';
import { matchPath, paths } from '../paths.ts';
import { Problem } from '../problem.ts';
import type { CaRequest, CaResponse, Exchange } from './exchange.ts';
import { type Checked, checkSignedRequest } from './pipeline.ts';
import { indexLink, problemResponse } from './respond.ts';
import { type Route, type RouteName, routes } from './routes.ts';

interface Matched {
  readonly name: RouteName;
  readonly route: Route;
  readonly params: Readonly<Record<string, string>>;
}

/** Serves one request. Hostile mode may delay, refuse or lose it. */
export async function respondTo(ca: CaContext, request: CaRequest): Promise<CaResponse> {
  await ca.hostile.delay();
  const matched = findRoute(request.path);
  const fate = matched === undefined ? { kind: 'serve' as const } : ca.hostile.drawFate(matched.name);
  switch (fate.kind) {
    case 'html':
      return gatewayPage();
    case 'refuse':
      return finish(ca, { request, response: refusal(ca, fate) });
    default: {
      const response = finish(ca, { request, response: await serve(ca, { request, matched }) });
      return fate.kind === 'lose' ? { ...response, lost: true } : response;
    }
  }
}

function findRoute(path: string): Matched | undefined {
  const [pathname = ''] = path.split('?', 1);
  for (const [name, route] of Object.entries(routes) as [RouteName, Route][]) {
    const params = matchPath(paths[name], pathname);
    if (params !== undefined) return { name, route, params };
  }
  return undefined;
}

async function serve(ca: CaContext, { matched, request }: { readonly request: CaRequest; readonly matched: Matched | undefined }): Promise<CaResponse> {
  try {
    if (matched === undefined) throw new Problem('malformed', 'there is no such resource', { status: 404 });
    checkUserAgent(ca, request);
    checkMethod(matched.route, request);
    const response = ca.store.transaction(() => run(matched, { ca, request, params: matched.params }));
    await ca.store.flush();
    return response;
  } catch (error) {
    return problemResponse(ca, error);
  }
}

/** RFC 8555 §6.1 makes it a duty of clients; enforced where the operator says so. */
function checkUserAgent(ca: CaContext, request: CaRequest): void {
  if (!ca.requireUserAgent || (request.headers['user-agent'] ?? '') !== '') return;
  throw new Problem('malformed', 'the request has no User-Agent');
}

function checkMethod(route: Route, { method }: CaRequest): void {
  const allowed = route.signer === 'none' ? ['GET', 'HEAD'] : ['POST'];
  if (allowed.includes(method)) return;
  throw new Problem('malformed', `this resource takes ${allowed.join(' and ')} only`, { status: 405, headers: { allow: allowed.join(', ') } });
}

function run({ route }: Matched, exchange: Exchange): CaResponse {
  if (route.signer === 'none') return route.run(exchange);
  const checked: Checked = checkSignedRequest(exchange.ca, exchange.request, route);
  const { signer } = checked;
  switch (route.signer) {
    case 'either':
      return route.run({ ...exchange, ...checked });
    case 'account':
      if (signer.by === 'account') return route.run({ ...exchange, ...checked, account: signer.account });
      break;
    case 'key':
      if (signer.by === 'key') return route.run({ ...exchange, ...checked, jwk: signer.jwk, key: signer.key });
      break;
  }
  throw new TypeError('the pipeline let the wrong kind of signer pass');
}

/** What every answer carries: a nonce for each POST, errors included (§6.5), the index link, and no caching of POSTs. */
function finish(ca: CaContext, { request, response }: { readonly request: CaRequest; readonly response: CaResponse }): CaResponse {
  if (request.method !== 'POST') return response;
  const known = response.headers['link'];
  const links = known === undefined ? [] : typeof known === 'string' ? [known] : known;
  return {
    ...response,
    headers: { 'cache-control': 'no-store', ...response.headers, 'replay-nonce': ca.nonces.issue(), link: [indexLink(ca), ...links] },
  };
}

function refusal(ca: CaContext, { retryAfter, status }: { readonly status: 429 | 503; readonly retryAfter: string }): CaResponse {
  const detail = status === 429 ? 'too many requests' : 'the service is busy';
  return problemResponse(ca, new Problem('rateLimited', detail, { status, headers: { 'retry-after': retryAfter } }));
}

/** What stands in front of a real authority answers like this when it breaks. */
function gatewayPage(): CaResponse {
  return {
    status: 502,
    headers: { 'content-type': 'text/html' },
    body: '<html><head><title>502 Bad Gateway</title></head><body><center><h1>502 Bad Gateway</h1></center></body></html>\n',
  };
}
