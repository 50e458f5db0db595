import { RegionInfo } from 'aws-cdk-lib/region-info';
import { describe, expect, it } from 'vitest';
import { UsageError } from '../../cli/exit.ts';
import { KNOWN_REGIONS, regionIssues } from '../../cli/known-regions.ts';
import { readSettingsText } from '../../cli/settings-file.ts';

const issuesOf = (...approvedRegions: string[]) => regionIssues({ version: 1, approvedRegions });

describe('the known Regions', () => {
  it('hold every Region that the CDK knows, each once', () => {
    const known = new Set(KNOWN_REGIONS);
    expect(known.size).toBe(KNOWN_REGIONS.length);
    expect(RegionInfo.regions.map(({ name }) => name).filter((name) => !known.has(name))).toEqual([]);
  });

  it('cause no issue, in any partition', () => {
    expect(issuesOf('eu-west-1', 'cn-north-1', 'us-gov-west-1', 'eusc-de-east-1', 'us-isob-east-1')).toEqual([]);
  });
});

describe('a Region that does not exist', () => {
  it.each([
    ['eu-wst-1', 'eu-west-1'],
    ['us-esat-1', 'us-east-1'],
    ['eu-centrl-1', 'eu-central-1'],
    ['ap-southest-2', 'ap-southeast-2'],
  ])('is a problem if it is a misspelling: %s', (name, meant) => {
    expect(issuesOf('eu-west-1', name)).toEqual([
      {
        kind: 'problem',
        path: ['approvedRegions', 1],
        text: `is not a Region: given "${name}"; did you mean ${meant}?`,
      },
    ]);
  });

  it.each(['eu-west-9', 'us-east-3', 'nz-south-1', 'ap-east-7', 'eusc-fr-west-1'])('is a warning if AWS can open it: %s', (name) => {
    expect(issuesOf(name)).toMatchObject([{ kind: 'warning', text: expect.stringContaining(`does not know: given "${name}"`) }]);
  });

  it('is found in exceptions and remediation rules too, in which global is allowed', async () => {
    const text = `version: 1
exceptions:
  - {control: STR-L2-01, region: eu-wst-1, owner: a, reason: b, ticket: c, expires: 2099-01-31}
  - {control: STR-L2-02, region: global, owner: a, reason: b, ticket: c, expires: 2099-01-31}
remediation:
  rules:
    - {mode: plan, controls: [STR-L2-01], regions: [global, eu-wst-2]}
`;
    const thrown = await readSettingsText(text, 'csmm.yaml', '2026-01-01T00:00:00.000Z').catch((error: unknown) => error);
    expect(thrown).toBeInstanceOf(UsageError);
    expect((thrown as UsageError).problems).toEqual([
      expect.stringMatching(/^csmm\.yaml:3:34: exceptions\[0\]\.region is not a Region: given "eu-wst-1"; did you mean eu-west-1\?$/),
      expect.stringMatching(/^csmm\.yaml:7:\d+: remediation\.rules\[0\]\.regions\[1\] is not a Region: given "eu-wst-2"/),
    ]);
  });

  it('is a warning of a file that csmm reads all the same', async () => {
    const { warnings } = await readSettingsText('version: 1\napprovedRegions: [eu-west-9]\n', 'csmm.yaml', '2026-01-01T00:00:00.000Z');
    expect(warnings).toEqual([expect.stringMatching(/^csmm\.yaml:2:19: approvedRegions\[0\] is a Region that csmm does not know/)]);
  });
});
