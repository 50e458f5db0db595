import control from '../../../controls/compute/cmp-l2-01-imdsv2-required.ts';
import { testControl } from '../../support/control.ts';

testControl(control, 'AWS::EC2::Instance', {
  COMPLIANT: {
    'IMDSv2 is required': { state: 'running', httpTokens: 'required', httpEndpoint: 'enabled' },
    'the metadata service is disabled': { state: 'running', httpTokens: 'optional', httpEndpoint: 'disabled' },
  },
  NON_COMPLIANT: {
    'IMDSv1 is possible': { state: 'stopped', httpTokens: 'optional', httpEndpoint: 'enabled' },
    'tokens are optional and the endpoint is at its default, on': { httpTokens: 'optional' },
  },
  NOT_APPLICABLE: { 'the instance is terminated': { state: 'terminated', httpTokens: 'optional', httpEndpoint: 'enabled' } },
  INSUFFICIENT_DATA: {
    'the metadata options were not read': { state: 'running' },
    'the tokens were not read': { httpEndpoint: 'enabled' },
  },
});
