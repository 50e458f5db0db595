import { brief, type Check, counted, fail, isKnown, type Known, listed, ok, type Subject, shellWord, unread, warn } from './check.ts';

/** The recorder of AWS Config in one Region. https://docs.aws.amazon.com/config/latest/APIReference/API_RecordingGroup.html */
export interface Recorder {
  readonly name: string;
  readonly allSupported: boolean;
  /** Whether a recorder of all types records users, roles, groups and policies of IAM too. */
  readonly includesGlobal: boolean;
  /** The types that it records, if it does not record all. */
  readonly types: readonly string[];
  /** The types that it leaves out of all. `undefined` if it does not record by exclusion. */
  readonly excluded?: readonly string[];
  /** Types that it records once a day; `all` if that is its normal frequency. */
  readonly daily: readonly string[] | 'all';
}

/** https://docs.aws.amazon.com/config/latest/APIReference/API_ConfigurationRecorderStatus.html */
export interface RecorderStatus {
  readonly recording: boolean;
  /** Such as `SUCCESS` or `FAILURE`, in capitals. */
  readonly lastStatus: string;
  readonly error?: string;
}

/** The last delivery of AWS Config to its bucket. */
export interface Delivery {
  readonly lastStatus: string;
  readonly error?: string;
}

export interface RecordingFacts {
  readonly region: string;
  readonly recorder: Known<Recorder | undefined>;
  readonly status: Known<RecorderStatus | undefined>;
  /** `undefined` if there is no delivery channel. */
  readonly delivery: Known<Delivery | undefined>;
}

/** Checks whether AWS Config records what csmm reads. @param types the types that csmm reads from AWS Config */
export function recordingChecks(facts: readonly RecordingFacts[], types: readonly string[], accountId: string): Check[] {
  const checks = facts.flatMap((one) => {
    const problems = regionProblems(one, types.filter(isRegional), {
      group: 'recording',
      id: 'config-recorder',
      accountId,
      region: one.region,
    });
    return problems.length > 0
      ? problems
      : [ok({ group: 'recording', id: 'config-recorder', accountId, region: one.region }, 'AWS Config records the types that csmm reads')];
  });
  return [...checks, ...globalChecks(facts, types, accountId)];
}

/** AWS Config records the resources of global services in some Regions only: https://docs.aws.amazon.com/config/latest/developerguide/select-resources.html */
const isRegional = (type: string): boolean => !/^AWS::(IAM|CloudFront|Organizations|Route53|GlobalAccelerator)::/.test(type);
const isIam = (type: string): boolean => type.startsWith('AWS::IAM::');

const startCommand = (name: string, region: string): string =>
  `aws configservice start-configuration-recorder --configuration-recorder-name ${shellWord(name)} --region ${shellWord(region)}`;

function regionProblems({ region, recorder, status, delivery }: RecordingFacts, types: readonly string[], subject: Subject): Check[] {
  if (!isKnown(recorder)) return [unread(subject, 'the recorder of AWS Config', recorder)];
  if (!recorder) {
    return [
      fail(subject, 'AWS Config has no recorder', {
        fix: 'set up AWS Config in this Region, in the console or by a stack set, with all resource types',
        command: `aws configservice describe-configuration-recorders --region ${shellWord(region)}`,
      }),
    ];
  }
  return [...statusProblems(status, recorder, subject), ...typeProblems(recorder, types, subject), ...deliveryProblems(delivery, subject)];
}

function statusProblems(status: RecordingFacts['status'], { name }: Recorder, subject: Subject): Check[] {
  if (!isKnown(status)) return [unread(subject, 'whether AWS Config records', status)];
  const command = startCommand(name, subject.region ?? '');
  if (!status?.recording) return [fail(subject, `the recorder ${name} of AWS Config is off`, { fix: 'start the recorder', command })];
  if (status.lastStatus !== 'FAILURE') return [];
  return [
    fail(subject, `the recorder ${name} of AWS Config fails${status.error === undefined ? '' : `: ${brief(status.error)}`}`, {
      fix: 'repair its role or its bucket',
      command: `aws configservice describe-configuration-recorder-status --region ${shellWord(subject.region ?? '')}`,
    }),
  ];
}

function typeProblems(recorder: Recorder, types: readonly string[], subject: Subject): Check[] {
  const left = types.filter((type) => !records(recorder, type));
  const daily = recorder.daily === 'all' ? types : types.filter((type) => recorder.daily.includes(type));
  const fix = { fix: 'record all resource types continuously, or add these. The daily sweep reads them until then' };
  return [
    ...(left.length > 0
      ? [
          warn(
            { ...subject, id: 'config-types' },
            `AWS Config does not record ${counted(left.length, 'type')} that csmm reads: ${listed(left)}`,
            fix,
          ),
        ]
      : []),
    ...(daily.length > 0
      ? [
          warn(
            { ...subject, id: 'config-frequency' },
            `AWS Config records ${counted(daily.length, 'type')} that csmm reads once a day: ${listed(daily)}`,
            {
              fix: 'record continuously: the score follows a change of these types only after a day',
            },
          ),
        ]
      : []),
  ];
}

function records({ allSupported, includesGlobal, types, excluded }: Recorder, type: string): boolean {
  if (excluded !== undefined) return !excluded.includes(type);
  if (allSupported) return includesGlobal || !isIam(type);
  return types.includes(type);
}

function deliveryProblems(delivery: RecordingFacts['delivery'], subject: Subject): Check[] {
  const about = { ...subject, id: 'config-delivery' };
  const command = `aws configservice describe-delivery-channel-status --region ${shellWord(subject.region ?? '')}`;
  if (!isKnown(delivery)) return [unread(about, 'the delivery channel of AWS Config', delivery)];
  if (!delivery)
    return [
      warn(about, 'AWS Config has no delivery channel', { fix: 'create one: a recorder that stops cannot start without it', command }),
    ];
  if (delivery.lastStatus !== 'FAILURE') return [];
  const why = delivery.error === undefined ? '' : `: ${brief(delivery.error)}`;
  return [warn(about, `AWS Config cannot deliver to its bucket${why}`, { fix: 'repair the policy of the bucket or of its key', command })];
}

/** Types of global services need one Region that records them. */
function globalChecks(facts: readonly RecordingFacts[], types: readonly string[], accountId: string): Check[] {
  const subject: Subject = { group: 'recording', id: 'config-global-types', accountId };
  const recorders = facts.flatMap(({ recorder }) => (isKnown(recorder) && recorder ? [recorder] : []));
  const isComplete = facts.every(({ recorder }) => isKnown(recorder));
  const left = types.filter((type) => !isRegional(type) && !recorders.some((recorder) => records(recorder, type)));
  // Without a recorder, or with one that was not read, the Region has its own line.
  if (left.length === 0 || !isComplete || recorders.length === 0) return [];
  return [
    warn(
      subject,
      `no recorder in ${listed(
        facts.map(({ region }) => region),
        5,
      )} records ${listed(left, 5)}`,
      {
        fix: 'include the global resource types in the recorder of one Region',
      },
    ),
  ];
}
