/** Events that arrive with AWS Config's items and are not items, or are forged. */
import type { AwsConfig, Resource } from './aws-config.ts';

/**
 * Returns a result of one of AWS Config's own rules:
 * https://docs.aws.amazon.com/config/latest/developerguide/monitor-config-with-cloudwatchevents.html
 */
export function complianceChange(config: AwsConfig, { account, region, type, id, arn }: Resource): string {
  const configRuleName = 'restricted-ssh';
  const configRuleARN = `arn:aws:config:${region}:${account}:config-rule/config-rule-a1b2c3`;
  const evaluationResultQualifier = { configRuleName, resourceType: type, resourceId: id, evaluationMode: 'DETECTIVE' };
  const detail = {
    resourceId: id,
    awsRegion: region,
    awsAccountId: account,
    configRuleName,
    recordVersion: '1.0',
    configRuleARN,
    messageType: 'ComplianceChangeNotification',
    newEvaluationResult: {
      evaluationResultIdentifier: { evaluationResultQualifier, orderingTimestamp: config.now() },
      complianceType: 'NON_COMPLIANT',
      resultRecordedTime: config.now(),
      configRuleInvokedTime: config.now(),
    },
    notificationCreationTime: config.now(),
    resourceType: type,
  };
  return JSON.stringify(config.envelope(account, region, 'Config Rules Compliance Change', arn === null ? [] : [arn], detail));
}

/** Returns an event of another account. Its item claims the account of `line`, and that its buckets are open. */
export function forgery(line: string, sender: string): string {
  const event = JSON.parse(line);
  const configuration = { blockPublicAcls: false, ignorePublicAcls: false, blockPublicPolicy: false, restrictPublicBuckets: false };
  const configurationItem = { ...event.detail.configurationItem, configuration };
  return JSON.stringify({ ...event, account: sender, detail: { ...event.detail, configurationItem } });
}
