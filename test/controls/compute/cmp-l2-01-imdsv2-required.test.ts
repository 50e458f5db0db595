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
    'instance is shutting-down': { 'the instance is shutting down': { state: 'shutting-down', httpTokens: 'optional' } },
    'instance is terminated': { 'the instance is terminated': { state: 'terminated', httpTokens: 'optional', httpEndpoint: 'enabled' } },
  },
  INSUFFICIENT_DATA: {
    'state-unknown': { 'its state is unknown': { state: 'hibernating', httpTokens: 'required', httpEndpoint: 'enabled' } },
    'tokens-unknown': { 'its tokens are unknown': { state: 'running', httpTokens: 'preferred', httpEndpoint: 'enabled' } },
    'endpoint-unknown': { 'its endpoint is unknown': { state: 'running', httpTokens: 'optional', httpEndpoint: 'maybe' } },
    'not-read': {
      'the metadata options were not read': { state: 'running' },
      'the tokens were not read': { httpEndpoint: 'enabled' },
    },
  },
});
