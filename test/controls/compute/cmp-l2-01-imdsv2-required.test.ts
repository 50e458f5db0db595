import control from '../../../controls/compute/cmp-l2-01-imdsv2-required.ts';
import { testControl } from '../../support/control.ts';

testControl(control, 'AWS::EC2::Instance', {
  COMPLIANT: {
    'instance requires IMDSv2': { 'IMDSv2 is required': { state: 'running', httpTokens: 'required', httpEndpoint: 'enabled' } },
    'metadata service is disabled': {
      'the metadata service is disabled': { state: 'running', httpTokens: 'optional', httpEndpoint: 'disabled' },
    },
  },
  NON_COMPLIANT: {
    'imdsv1-allowed': {
      'IMDSv1 is possible': { state: 'stopped', httpTokens: 'optional', httpEndpoint: 'enabled' },
      'tokens are optional and the endpoint is at its default, on': { httpTokens: 'optional' },
    },
  },
  NOT_APPLICABLE: {
    'instance is terminated': { 'the instance is terminated': { state: 'terminated', httpTokens: 'optional', httpEndpoint: 'enabled' } },
  },
  INSUFFICIENT_DATA: {
    'not-read': {
      'the metadata options were not read': { state: 'running' },
      'the tokens were not read': { httpEndpoint: 'enabled' },
    },
  },
});
