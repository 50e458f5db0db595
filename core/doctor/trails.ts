import type { TrailStatusFacts } from '../facts/cloudtrail-trail-status.ts';
import { Unread } from '../facts/view.ts';
import { type Check, fail, isKnown, type Known, listed, ok, type Subject, shellWord, unread, warn } from './check.ts';

/** A trail as one account sees it. */
export interface TrailFacts {
  readonly arn: string;
  readonly homeRegion: string;
  readonly facts: TrailStatusFacts;
  /** Why facts are missing, by fact. */
  readonly missing: Readonly<Record<string, string>>;
  /** `false` if the trail has the selectors of a new trail, which record all management events. */
  readonly customSelectors?: boolean;
}

export interface TrailsFacts {
  /** The ARNs of the trails that each Region shows, those of other Regions and of the organization included. */
  readonly seen: readonly { readonly region: string; readonly arns: Known<readonly string[]> }[];
  readonly trails: readonly TrailFacts[];
}

/**
 * Checks whether EventBridge receives the API calls that change something: it needs a trail that logs the management events of the
 * Region. https://docs.aws.amazon.com/eventbridge/latest/userguide/eb-service-event-cloudtrail.html
 */
export function trailChecks({ seen, trails }: TrailsFacts, accountId: string): Check[] {
  const about: Subject = { group: 'trails', id: 'management-events', accountId };
  const checks = seen.map(({ region, arns }): Check => {
    const subject = { ...about, region };
    if (!isKnown(arns)) return unread(subject, 'the trails of CloudTrail', arns);
    return regionCheck(
      trails.filter(({ arn, facts, homeRegion }) => arns.includes(arn) && (facts.multiRegion === true || homeRegion === region)),
      subject,
    );
  });
  const isFine = checks.length > 1 && checks.every(({ outcome }) => outcome === 'ok');
  return isFine
    ? [
        ok(
          about,
          `a trail records the management events of ${listed(
            seen.map(({ region }) => region),
            20,
          )}`,
        ),
      ]
    : checks;
}

function regionCheck(trails: readonly TrailFacts[], subject: Subject): Check {
  if (trails.length === 0) {
    return fail(subject, 'no trail records this Region, so that csmm hears of API calls only with the next sweep', {
      fix: 'create a trail of all Regions with management events',
      command: 'aws cloudtrail create-trail --name management-events --is-multi-region-trail --s3-bucket-name YOUR-BUCKET',
    });
  }
  const verdicts = trails.map((trail) => trailCheck(trail, subject));
  for (const outcome of ['ok', 'warn', 'unread'] as const) {
    const found = verdicts.find((check) => check.outcome === outcome);
    if (found) return found;
  }
  return verdicts[0] as Check;
}

function trailCheck({ arn, homeRegion, facts, missing, customSelectors }: TrailFacts, subject: Subject): Check {
  const write = facts.managementEvents?.write ?? (customSelectors === false ? 'all' : undefined);
  const name = shellWord(arn);
  if (facts.logging === false) {
    return fail(subject, `the trail ${arn} is not logging`, {
      fix: 'start it',
      command: `aws cloudtrail start-logging --name ${name} --region ${shellWord(homeRegion)}`,
    });
  }
  const selectors = {
    fix: 'record all management events',
    command: `aws cloudtrail get-event-selectors --trail-name ${name} --region ${shellWord(homeRegion)}`,
  };
  if (write === 'none') return fail(subject, `the trail ${arn} does not record management events that write`, selectors);
  if (facts.logging === undefined) return unread(subject, `whether the trail ${arn} is logging`, new Unread(missing.logging ?? 'not read'));
  if (write === undefined) {
    return unread(subject, `which events the trail ${arn} records`, new Unread(missing.managementEvents ?? 'not read'), {
      fix: facts.organizationTrail ? 'check its event selectors in the management account' : 'allow the action',
      command: selectors.command,
    });
  }
  if (write === 'some') return warn(subject, `the trail ${arn} leaves some management events out`, selectors);
  return ok(subject, `the trail ${arn} records management events`);
}
