import { CloudTrailClient, DescribeTrailsCommand, type Trail } from '@aws-sdk/client-cloudtrail';
import type { Known } from '../../../core/doctor/check.ts';
import { isKnown } from '../../../core/doctor/check.ts';
import type { TrailFacts, TrailsFacts } from '../../../core/doctor/trails.ts';
import { trailStatusParser } from '../../../core/facts/cloudtrail-trail-status.ts';
import { describeTrail } from '../readers/cloudtrail-trails.ts';
import type { ReadContext } from '../readers/reader.ts';
import { type DoctorPlace, needed } from './place.ts';

/** Reads the trails that the Regions show, each once. */
export async function readTrails(place: DoctorPlace, regions: readonly string[]): Promise<TrailsFacts> {
  const trails = new Map<string, Trail>();
  const seen = await Promise.all(
    regions.map(async (region) => {
      const found = await readTrailsOf(place, region);
      if (!isKnown(found)) return { region, arns: found };
      for (const trail of found) trails.set(trail.TrailARN ?? '', trail);
      return { region, arns: found.map(({ TrailARN = '' }) => TrailARN) };
    }),
  );
  return { seen, trails: await Promise.all([...trails.values()].map((trail) => readTrail(trail, place))) };
}

const readTrailsOf = ({ clients }: DoctorPlace, region: string): Promise<Known<Trail[]>> =>
  needed(async () => {
    const { trailList = [] } = await clients(CloudTrailClient, region).send(new DescribeTrailsCommand({ includeShadowTrails: true }));
    return trailList;
  });

/** Reads a trail as the controls read it, with what says that its selectors are those of a new trail. */
async function readTrail(trail: Trail, { clients, identity, options, now }: DoctorPlace): Promise<TrailFacts> {
  const { accountId, partition } = identity;
  const context: ReadContext = {
    accountId,
    partition,
    region: options.homeRegion,
    startedAt: now().toISOString(),
    accountIds: [accountId],
    clients,
  };
  const { resourceType, resourceId, region = '', configuration } = await describeTrail(trail, context.region, context);
  const { facts, missing } = trailStatusParser.parse({
    resource: { accountId, region, resourceType, resourceId },
    capturedAt: context.startedAt,
    state: 'recorded',
    configuration,
    supplementaryConfiguration: {},
    tags: {},
    relationships: [],
    source: 'api',
  });
  const { HasCustomEventSelectors: custom } = trail;
  return { arn: resourceId, homeRegion: region, facts, missing, ...(custom !== undefined && { customSelectors: custom }) };
}
