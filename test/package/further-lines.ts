/** A line that the documentation does not have, with its expected result. */
export interface FurtherLine {
  readonly line: string;
  readonly code: number;
  /** Text on standard output or standard error. */
  readonly shows: RegExp;
}

const ID = '0123456789abcdef01234567';
const AT = '--region eu-west-1 --profile audit';
/** All options of a request to the command function. */
const TO_FUNCTION = `--yes --table Csmm-Remediation-Table --commands "$CSMM_COMMANDS" --json ${AT}`;

/** Filters and gates of a report. No account scores 100, so the first gate fails. */
const REPORT =
  '--explain --quiet --status failed --severity high --pillar iam --control IAM-L1-06 --fail-under 100 --fail-on critical,level-lost';

/** Commands and options that no example and no block of the documentation shows. */
export const FURTHER_LINES: readonly FurtherLine[] = [
  { line: 'csmm --version', code: 0, shows: /^\d+\.\d+\.\d+$/m },
  { line: 'csmm', code: 2, shows: /Usage: csmm/ },
  { line: 'csmm help replay', code: 0, shows: /Usage: csmm replay/ },
  { line: 'csmm settings', code: 2, shows: /Usage: csmm settings/ },
  { line: 'csmm remediation', code: 2, shows: /Usage: csmm remediation/ },
  { line: 'csmm scam', code: 2, shows: /scan/ },

  { line: 'csmm play --file facts.ndjson --settings csmm.yaml --speed max', code: 0, shows: /networking/i },
  { line: 'csmm replay facts.ndjson --settings csmm.yaml --json', code: 0, shows: /"approvedRegions"|"accounts"/ },
  {
    line: `csmm replay facts.ndjson --json --output replay.json; csmm replay facts.ndjson --no-settings --baseline replay.json ${REPORT}`,
    code: 4,
    shows: /gate failed: --fail-under 100: the overall score is \d/,
  },
  {
    line: `csmm score --statuses statuses.json --json --output score.json; csmm score --statuses statuses.json --baseline score.json ${REPORT}`,
    code: 4,
    shows: /gate failed: --fail-under 100: the overall score is \d/,
  },
  {
    line: `csmm scan --regions eu-west-1 --json --output scan.json; csmm scan --regions eu-west-1 --no-settings --baseline scan.json ${REPORT}`,
    code: 4,
    shows: /gate failed: --fail-under 100: the overall score is \d/,
  },
  { line: 'csmm play --speed max --explain', code: 0, shows: /strict/i },
  { line: 'csmm remediate --plan --regions eu-west-1 --no-settings --quiet', code: 3, shows: /CSMM-\w+/ },
  { line: 'csmm replay - --json', code: 3, shows: /\(stdin\):1: not valid JSON/ },
  { line: 'csmm settings validate facts.ndjson', code: 2, shows: /facts\.ndjson:\d+:\d+: / },
  { line: 'csmm score --statuses statuses.json', code: 0, shows: /networking/i },
  { line: 'csmm controls --severity critical --json', code: 0, shows: /"NET-L1-01"/ },

  {
    line: 'csmm scan --regions eu-west-1 --accounts 111111111111 --role-name reader --external-id x --concurrency 8 --json',
    code: 3,
    shows: /"111111111111"/,
  },
  {
    line: 'csmm scan --regions eu-west-1 --record new.ndjson > first.txt; csmm scan --regions eu-west-1 --resume new.ndjson --json',
    code: 3,
    shows: /"accounts"/,
  },
  {
    line: 'csmm remediate --plan --organization --role-name reader --external-id x --concurrency 8 --regions eu-west-1',
    code: 3,
    shows: /CSMM-\w+/,
  },
  { line: 'csmm remediate --plan --regions eu-west-1 --profile audit', code: 3, shows: /CSMM-\w+/ },
  { line: 'csmm remediate --plan --accounts 111111111111 --role-name reader --regions eu-west-1 --json', code: 3, shows: /"111111111111"/ },

  { line: 'csmm doctor -c homeRegion=eu-west-1 --quiet', code: 4, shows: /the CDK bootstrap is missing/ },
  { line: 'csmm doctor -c homeRegion', code: 2, shows: /--context is not name=value: given "homeRegion"/ },

  { line: `csmm settings diff csmm.yaml ${AT}`, code: 0, shows: /targets/ },
  { line: `csmm settings apply csmm.yaml --yes ${AT}`, code: 0, shows: /targets/ },
  { line: `csmm settings show --table Csmm-StateTable ${AT}`, code: 0, shows: /approvedRegions/ },

  { line: `csmm remediation list --control STR-L2-01 --account 111111111111 --json ${AT}`, code: 0, shows: new RegExp(ID) },
  { line: `csmm remediation list --table Csmm-Remediation-Table`, code: 0, shows: new RegExp(ID) },
  { line: `csmm remediation show ${ID} --table Csmm-Remediation-Table --json ${AT}`, code: 0, shows: /"WAITING_FOR_APPROVAL"/ },
  { line: `csmm remediation show ${'f'.repeat(24)}`, code: 2, shows: /does not exist/i },
  { line: `csmm remediation approve ${ID} ${TO_FUNCTION}`, code: 0, shows: /"APPROVED"/ },
  { line: `csmm remediation reject ${ID} --reason "not ours" ${TO_FUNCTION}`, code: 0, shows: /"REFUSED"/ },
  { line: `csmm remediation exempt ${ID} --until 30d --reason "moves in May" ${TO_FUNCTION}`, code: 0, shows: /"REFUSED"/ },
  { line: `csmm remediation rollback ${ID} ${TO_FUNCTION}`, code: 0, shows: /"ROLLBACK_REQUESTED"/ },
  {
    line: `csmm remediation rollback --between 11:00 13:00 --account 111111111111 --control STR-L2-01 --json --table Csmm-Remediation-Table`,
    code: 0,
    shows: /"requested": \[\]/,
  },
  { line: `csmm remediation release ${ID} ${TO_FUNCTION}`, code: 0, shows: /"NEW"/ },
  { line: `csmm remediation resume ${ID} --reason "it is safe" ${TO_FUNCTION}`, code: 0, shows: /"NEW"/ },
  {
    line: `csmm remediation stop --all --control STR-L2-01 --rollbacks --table Csmm-Remediation-Table --commands "$CSMM_COMMANDS" --json ${AT}`,
    code: 0,
    shows: /"cancelling": \[\]/,
  },
  {
    line: `csmm remediation record-policy deploy/orders --account 111111111111 --document orders.json ${TO_FUNCTION}`,
    code: 0,
    shows: /deploy\/orders/,
  },
];
