import { CfnResource } from 'aws-cdk-lib';
import { Construct } from 'constructs';
import type { Runbook } from './read.ts';

export interface RunbookDocumentsProps {
  readonly runbooks: readonly Runbook[];
}

/** So many documents are made or deleted at once: SSM throttles more, and CloudFormation then rolls everything back. */
const AT_ONCE = 5;

/**
 * The runbooks as documents of an account in one Region. A change makes a new version, which becomes the one that is run. Their
 * content is the text of the file, as CloudFormation allows and the CDK's own class does not: what is run is what was read.
 * https://docs.aws.amazon.com/AWSCloudFormation/latest/TemplateReference/aws-resource-ssm-document.html
 */
export class RunbookDocuments extends Construct {
  constructor(scope: Construct, id: string, { runbooks }: RunbookDocumentsProps) {
    super(scope, id);
    const made: CfnResource[] = [];
    for (const { name, text } of runbooks.flatMap(({ documents }) => documents)) {
      const document = new CfnResource(this, name, {
        type: 'AWS::SSM::Document',
        properties: { Name: name, DocumentType: 'Automation', DocumentFormat: 'YAML', Content: text, UpdateMethod: 'NewVersion' },
      });
      const earlier = made.at(-AT_ONCE);
      if (earlier) document.addDependency(earlier);
      made.push(document);
    }
  }
}
