import { factParser } from './parser.ts';
import { oneOf, type Shapes } from './shape.ts';

/** Type of an OpenID Connect provider of IAM with those who use it. The resource ID is the ARN of the provider. */
export const OIDC_PROVIDER_AUDIENCE = 'AWS::IAM::OIDCProviderAudience';

export interface OidcProviderAudienceFacts {
  /** `applications` in which people sign in, or `workloads` such as build jobs and containers. */
  audience?: 'applications' | 'workloads';
}

const SHAPES: Shapes<OidcProviderAudienceFacts> = { audience: oneOf('applications', 'workloads') };

/**
 * Domains of issuers that give tokens to workloads. Amazon EKS and Amazon Cognito are under amazonaws.com.
 * https://docs.aws.amazon.com/IAM/latest/UserGuide/id_roles_providers_create_oidc.html
 */
const WORKLOAD_DOMAINS: readonly string[] = [
  'amazonaws.com',
  'amazonaws.com.cn',
  'amazonaws.eu',
  'bitbucket.org',
  'buildkite.com',
  'circleci.com',
  'dev.azure.com',
  'githubusercontent.com',
  'gitlab.com',
  'googleapis.com',
  'harness.io',
  'openshiftapps.com',
  'prod-aks.azure.com',
  'pulumi.com',
  'scalr.io',
  'spacelift.io',
  'terraform.io',
  'vercel.com',
  'windows.net',
];

/** Client IDs of workloads: those of AWS STS, HCP Terraform and Kubernetes, and URLs. Applications have a name or a number. */
const isOfWorkload = (clientId: string): boolean => /^sts\.|^aws\.workload\.identity$|\.svc(\.|$)|:/.test(clientId);

/** Parses https://docs.aws.amazon.com/IAM/latest/APIReference/API_GetOpenIDConnectProvider.html. */
export const oidcProviderAudienceParser = factParser<OidcProviderAudienceFacts>(SHAPES, {
  audience: ({ configuration }) => {
    const host = configuration
      .at('url')
      .text()
      ?.replace(/^https:\/\//, '')
      .split(/[/:]/, 1)[0]
      ?.toLowerCase();
    const clientIds = configuration
      .at('clientIDList')
      .list()
      ?.map((clientId) => clientId.text());
    if (host === undefined || clientIds === undefined) return undefined;
    const isKnown = WORKLOAD_DOMAINS.some((domain) => host === domain || host.endsWith(`.${domain}`));
    const areApplications = clientIds.length > 0 && clientIds.every((clientId) => clientId !== undefined && !isOfWorkload(clientId));
    return !isKnown && areApplications ? 'applications' : 'workloads';
  },
});
