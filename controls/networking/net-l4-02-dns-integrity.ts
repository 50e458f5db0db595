import { type ControlPage, defineControl } from '../../core/control.ts';

export default defineControl({
  id: 'NET-L4-02',
  title: 'Public DNS cannot be hijacked or dangle',
  pillar: 'networking',
  level: 4,
  severity: 'high',
  rules: [],
});

export const page: ControlPage = {
  slug: 'dns-integrity',
  topic: 'DNS security',
  scope: 'resource',
  evidence: 'api',
  rule: 'Passes if every public hosted zone is DNSSEC SIGNING with an ACTIVE key-signing key, no A, AAAA, CNAME or alias record points to an AWS resource absent from the organization, and every registered domain has transfer lock. Fails otherwise. Not applicable if there are no public hosted zones or registered domains.',
  why: 'An attacker who takes over a forgotten record or a domain can serve content and get certificates in your name.',
  apiFacts: ['route53:ListHostedZones', 'route53:ListResourceRecordSets', 'route53:GetDNSSEC', 'route53domains:ListDomains'],
  triggers: {
    configTypes: ['AWS::Route53::HostedZone', 'AWS::CloudFront::Distribution', 'AWS::EC2::EIP'],
    cloudTrail: [
      {
        source: 'route53.amazonaws.com',
        names: [
          'ChangeResourceRecordSets',
          'CreateHostedZone',
          'EnableHostedZoneDNSSEC',
          'DisableHostedZoneDNSSEC',
          'DeactivateKeySigningKey',
        ],
      },
      { source: 'ec2.amazonaws.com', names: ['ReleaseAddress'] },
      { source: 's3.amazonaws.com', names: ['DeleteBucket'] },
    ],
    schedule: 'rate(24 hours)',
  },
  remediation: { kind: 'custom', note: 'Delete the dangling record after approval.' },
  crosswalk: {
    cisAwsV3: [],
    cisAwsV5: [],
    securityHub: ['CloudFront.12'],
    prowler: [
      'route53_dangling_ip_subdomain_takeover',
      'route53_domains_transferlock_enabled',
      'cloudfront_distributions_s3_origin_non_existent_bucket',
    ],
    nistCsf2: ['PR.IR-01', 'ID.AM-02'],
    awsSmmV2: [{ phase: 2, category: 'Infrastructure protection', recommendation: 'Limit Network Access' }],
    iansCsmm2: ['Network Security', 'Application Security'],
  },
};
