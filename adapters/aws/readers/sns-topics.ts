import { GetTopicAttributesCommand, paginateListTopics, SNSClient } from '@aws-sdk/client-sns';
import { attempt, told } from '../failures.ts';
import { describeEach, type Observation, type Reader } from './reader.ts';

/** SNS topics, each asked for its attributes. */
export const snsTopics: Reader = {
  id: 'sns-topics',
  scope: 'region',
  lists: ['AWS::SNS::Topic'],
  permissions: ['sns:ListTopics', 'sns:GetTopicAttributes'],
  refreshedBy: [],
  read: async function* ({ clients, region }) {
    const client = clients(SNSClient, region);
    for await (const { Topics = [] } of paginateListTopics({ client }, {})) {
      yield* describeEach(Topics, ({ TopicArn = '' }) => describeTopic(TopicArn, client));
    }
  },
};

async function describeTopic(TopicArn: string, client: SNSClient): Promise<Observation> {
  const topic = await attempt(() => client.send(new GetTopicAttributesCommand({ TopicArn })));
  return { resourceType: 'AWS::SNS::Topic', resourceId: TopicArn, configuration: told(topic, ({ Attributes }) => Attributes) };
}
