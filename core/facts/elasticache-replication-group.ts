import { factParser } from './parser.ts';
import { flag, type Shapes } from './shape.ts';

export interface ReplicationGroupFacts {
  encrypted?: boolean;
}

const SHAPES: Shapes<ReplicationGroupFacts> = { encrypted: flag };

export const replicationGroupParser = factParser<ReplicationGroupFacts>(SHAPES, {
  // The flag can be false although the group is encrypted, for example a durable one. The type of encryption shows the effective
  // state, but items in the form of CloudFormation lack it:
  // https://docs.aws.amazon.com/AmazonElastiCache/latest/APIReference/API_ReplicationGroup.html
  encrypted: ({ configuration }) => {
    const flag = configuration.at('AtRestEncryptionEnabled').flag();
    const type = configuration.at('StorageEncryptionType');
    return flag || !type.exists ? flag : type.meaning({ none: false, 'sse-elasticache': true, 'sse-kms': true });
  },
});
