import { CfnResource } from 'aws-cdk-lib';
import { Construct } from 'constructs';
import type { Runbook } from './read.ts';

export interface RunbookDocumentsProps {
  readonly runbooks: readonly Runbook[];
}

/** Number of documents that CloudFormation creates or deletes in parallel. SSM throttles more, and CloudFormation then rolls back. */
const AT_ONCE = 5;

/**
 * The runbooks as SSM documents in one account and Region. A change creates a new version, and csmm runs the newest one. The content
 * is the unchanged text of the file. CloudFormation allows that, but the CDK class does not.
 * https://docs.aws.amazon.com/AWSCloudFormation/latest/TemplateReference/aws-resource-ssm-document.html
 */
export class RunbookDocuments extends Construct {
  constructor(scope: Construct, id: string, { runbooks }: RunbookDocumentsProps) {
    super(scope, id);
    const created: CfnResource[] = [];
    for (const { name, text } of runbooks.flatMap(({ documents }) => documents)) {
      const document = new CfnResource(this, name, {
        type: 'AWS::SSM::Document',
        properties: { Name: name, DocumentType: 'Automation', DocumentFormat: 'YAML', Content: text, UpdateMethod: 'NewVersion' },
      });
      const earlier = created.at(-AT_ONCE);
      if (earlier) document.addDependency(earlier);
      created.push(document);
    }
  }
}
