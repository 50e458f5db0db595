import type { IncomingMessage } from 'node:http';
import { createRequire } from 'node:module';
import { iamActionOf } from '../../../adapters/aws/actions.ts';

/** A request of the SDK, from the wire. */
export interface WireCall {
  readonly accessKeyId: string;
  readonly region: string;
  /** As the signature names it, such as `monitoring`. */
  readonly service: string;
  /** Such as `DescribeVolumes`. */
  readonly operation: string;
  /** The IAM action, such as `ec2:DescribeVolumes`. */
  readonly action: string;
  /** Service and operation as a JSON protocol names them, such as `AmazonSQS.SendMessage`; else empty. */
  readonly target: string;
  readonly path: string;
  /** What is asked, where the protocol is JSON or a form; else empty. */
  readonly input: Readonly<Record<string, unknown>>;
  readonly body: Buffer;
}

/** Reads a request. @throws Error if it is not signed, or if no operation of the service has such a request */
export function wireCallOf({ headers, method = '', url = '' }: IncomingMessage, body: Buffer): WireCall {
  const [, accessKeyId = '', region = '', service = ''] =
    /Credential=([^/]+)\/\d+\/([^/]+)\/([^/]+)\/aws4_request/.exec(String(headers.authorization)) ?? [];
  if (!service) throw new Error(`${method} ${url} is not signed`);
  const target = String(headers['x-amz-target'] ?? '');
  const form = String(headers['content-type']).includes('x-www-form-urlencoded') ? new URLSearchParams(body.toString()) : undefined;
  const cbor = /\/operation\/(\w+)$/.exec(url)?.[1];
  const named = target.split('.').at(-1) || form?.get('Action') || cbor;
  const rest = named ? undefined : restOperationOf(service, method, url);
  const operation = named ?? rest?.operation ?? '';
  const input = target ? JSON.parse(body.toString() || '{}') : form ? Object.fromEntries(form) : {};
  const action = service === 'apigateway' ? `apigateway:${method}` : iamActionOf(rest?.client ?? PREFIXES[service] ?? service, operation);
  return { accessKeyId, region, service, operation, action, target, path: url, input, body };
}

/** Prefixes of IAM actions that the signature does not name. */
const PREFIXES: Readonly<Record<string, string>> = { monitoring: 'cloudwatch', tagging: 'tag' };

/** The clients of services whose operations have a method and a path instead of a name, by the service of the signature. */
const REST_CLIENTS: Readonly<Record<string, readonly string[]>> = {
  apigateway: ['api-gateway'],
  backup: ['backup'],
  cloudfront: ['cloudfront'],
  eks: ['eks'],
  elasticfilesystem: ['efs'],
  es: ['opensearch'],
  guardduty: ['guardduty'],
  lambda: ['lambda'],
  s3: ['s3-control', 's3'],
  securityhub: ['securityhub'],
};

interface Route {
  /** Name of the client without hyphens, such as `s3control`. */
  readonly client: string;
  readonly operation: string;
  readonly method: string;
  readonly path: RegExp;
  /** Parameters that the path of the operation has, such as `versioning` or `x-id=GetObject`. */
  readonly query: readonly string[];
}

const require = createRequire(import.meta.url);
const routes = new Map<string, readonly Route[]>();

/** The operations of a service as the SDK's own schemas describe them. */
function routesOf(service: string): readonly Route[] {
  const known = routes.get(service);
  if (known) return known;
  const clients = REST_CLIENTS[service];
  if (!clients) throw new Error(`which client signs as ${service} is not known here`);
  const found = clients.flatMap((client) =>
    Object.values(require(`@aws-sdk/client-${client}`) as Record<string, unknown>).flatMap((schema) => {
      const [kind, , operation, traits] = (Array.isArray(schema) ? schema : []) as [number?, string?, string?, { http?: string[] }?];
      const [method = '', template = ''] = kind === 9 ? (traits?.http ?? []) : [];
      return operation && method ? [routeOf({ client: client.replace('-', ''), operation, method }, template)] : [];
    }),
  );
  const sorted = found.sort((one, other) => other.query.length - one.query.length || weight(other) - weight(one));
  routes.set(service, sorted);
  return sorted;
}

/** The more of a path is fixed, the sooner it is tried. */
const weight = ({ path }: Route): number => path.source.replaceAll(/\(\?:.*?\)|\[\^\/]\+|\.\+/g, '').length;

function routeOf(route: Pick<Route, 'client' | 'operation' | 'method'>, template: string): Route {
  const [path = '', query = ''] = template.split('?');
  const pattern = path
    .replace(/\/$/, '')
    .replaceAll(/[.$]/g, '\\$&')
    .replaceAll(/\{\w+\+\}/g, '.+')
    .replaceAll(/\{\w+\}/g, '[^/]+');
  return { ...route, path: new RegExp(`^${pattern}/?$`), query: query === '' ? [] : query.split('&') };
}

function restOperationOf(service: string, method: string, url: string): Route {
  const [path = '', search = ''] = url.split('?');
  const parameters = new URLSearchParams(search);
  // An emulator gets the bucket in the path, not in the host.
  const paths = service === 's3' && !path.startsWith('/v20180820/') ? [path.replace(/^\/[^/]+/, '')] : [path];
  if (service === 's3' && path === '/') return { client: 's3', operation: 'ListBuckets', method, path: /^\/$/, query: [] };
  const found = routesOf(service).find(
    (route) =>
      route.method === method &&
      paths.some((each) => route.path.test(each)) &&
      route.query.every((pair) => {
        const [name = '', value] = pair.split('=');
        return parameters.has(name) && (value === undefined || parameters.get(name) === value);
      }),
  );
  if (!found) throw new Error(`${method} ${url} is no operation of ${service} that is known here`);
  return found;
}
