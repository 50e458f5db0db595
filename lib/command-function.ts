import { Duration } from 'aws-cdk-lib';
import { type Alias, type FunctionUrl, FunctionUrlAuthType } from 'aws-cdk-lib/aws-lambda';
import { Construct } from 'constructs';
import { DOORS, type Door } from '../core/remediation/commands/doors.ts';
import { Handler, type HandlerProps } from './handler.ts';

/** The function that accepts the requests of people. Lambda verifies who asks, because its URLs require the signature of IAM. */
export class CommandFunction extends Construct {
  readonly handler: Handler;
  /** Aliases, each with a URL: IAM decides who may use which. */
  readonly aliases: Readonly<Record<Door, Alias>>;
  private readonly urls: Readonly<Record<Door, FunctionUrl>>;

  constructor(scope: Construct, id: string, props: Pick<HandlerProps, 'environment' | 'logRetention'>) {
    super(scope, id);
    this.handler = new Handler(this, 'Handler', { service: 'command', timeout: Duration.seconds(60), ...props });
    const aliasOf = (door: Door): Alias => this.handler.function.addAlias(door);
    const [approve, operate, administer] = DOORS;
    this.aliases = { approve: aliasOf(approve), operate: aliasOf(operate), administer: aliasOf(administer) };
    const urlOf = (door: Door): FunctionUrl => this.aliases[door].addFunctionUrl({ authType: FunctionUrlAuthType.AWS_IAM });
    this.urls = { approve: urlOf(approve), operate: urlOf(operate), administer: urlOf(administer) };
  }

  /** Returns the URLs as the command line takes them: `approve=https://… operate=https://… administer=https://…`. */
  get addresses(): string {
    return DOORS.map((door) => `${door}=${this.urls[door].url}`).join(' ');
  }
}
