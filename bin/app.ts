import { App } from 'aws-cdk-lib';
import { readSettings } from '../core/deployment/options.ts';
import { compose } from '../lib/compose.ts';

const { CDK_DEFAULT_ACCOUNT: account, CDK_DEFAULT_REGION: region } = process.env;

const app = new App();
compose(app, { settings: readSettings((key) => app.node.tryGetContext(key), region), ...(account && { account }) });
